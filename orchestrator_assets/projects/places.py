"""Which files are project specifications."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestrator_assets.kinds import Settings

FILE = re.compile(r"PROJECT-(?P<number>\d{1,6})(?:[-_ ][^/]*)?\.md", re.IGNORECASE)


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """`PROJECT-NN-*.md` in folders called `project-specs`, or those that the setting `places` names."""
    places = settings.get("places")
    named = {place.strip("/") for place in places if isinstance(place, str)} if isinstance(places, list) else set()
    found = []
    for path in paths:
        folder, _, name = path.rpartition("/")
        if FILE.fullmatch(name) and (folder.rpartition("/")[2] == "project-specs" or folder in named):
            found.append(path)
    return found

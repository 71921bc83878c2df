"""Which files are read for claims: READMEs, pages that report a state, generated catalogs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestrator_assets.kinds import Settings

_PAGE = re.compile(
    r"README\.md|(.*_)?(RESOLVED|GAP|COMPLETE|COMPLETED|SUMMARY|STATUS)(_[A-Z0-9_]*)?\.md|session[-_].*summary.*\.md",
    re.I,
)
_CATALOG = re.compile(r"[\w.-]*catalog[\w.-]*\.json", re.IGNORECASE)
_FOREIGN = frozenset({"node_modules", "vendor", ".git", "dist", "third_party"})


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Pages by their names (`README.md`, `*_RESOLVED.md`, `*_GAP.md`, `*_COMPLETE.md`, `*SUMMARY*.md`, `*STATUS.md`),
    JSON catalogs, and whatever stands below the folders of the setting `places`."""
    places = settings.get("places")
    folders = (
        tuple(f"{place.strip('/')}/" for place in places if isinstance(place, str)) if isinstance(places, list) else ()
    )
    return [path for path in paths if _is_one(path) or (folders and path.startswith(folders) and path.endswith(".md"))]


def _is_one(path: str) -> bool:
    parts = path.split("/")
    if not _FOREIGN.isdisjoint(parts[:-1]):
        return False
    return bool(_PAGE.fullmatch(parts[-1]) or _CATALOG.fullmatch(parts[-1]))

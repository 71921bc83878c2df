"""What a repository sets for itself: `.orchestrator.yaml` at its root, over its entry in the fleet registry.

    decisions:
      places: [doc/choices]
    session-notes:
      places: [notes]

Each top-level key is the name of an index; what stands below it is that kind's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import decode
from orchestrator_assets.fleet.scan_problems import SETTINGS_INVALID
from orchestrator_assets.problems import Problem

SETTINGS_FILE = ".orchestrator.yaml"


def effective_settings(
    of_entry: Mapping[str, Any], data: bytes | None
) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """Settings per index name: the repository's own file over the registry's entry, key by key. A file that cannot be
    used is a problem, and the entry's settings stand."""
    merged: dict[str, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    own: Any = {}
    if data is not None:
        try:
            own = safe_yaml.load(decode(data).text) or {}
        except safe_yaml.YamlRefused as error:
            problems.append(SETTINGS_INVALID.at(SETTINGS_FILE, error.line, reason=error.reason))
        if not isinstance(own, Mapping):
            problems.append(SETTINGS_INVALID.at(SETTINGS_FILE, 1, reason="expected a mapping at the top"))
            own = {}
    for source in (of_entry, own):
        for name, values in source.items():
            if isinstance(values, Mapping):
                merged[str(name)] = {**merged.get(str(name), {}), **values}
            else:
                problems.append(SETTINGS_INVALID.at(SETTINGS_FILE, None, reason=f"{name}: expected a mapping"))
    return merged, problems

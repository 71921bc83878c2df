"""What a repository sets for itself: `.orchestrator.yaml` at its root, over its entry in the fleet registry.

    decisions:
      places: [doc/choices]
    session-notes:
      places: [notes]

Each top-level key is the name of an index; what stands below it is that kind's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import decode
from orchestrator_assets.fleet.scan_problems import SETTINGS_INVALID, SETTINGS_UNKNOWN
from orchestrator_assets.problems import Problem

SETTINGS_FILE = ".orchestrator.yaml"
NAMED_SETS = "distribute"
"""Besides the indexes: sets of files to distribute, whose names are the team's own."""


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


def unknown_keys(
    of_entry: Mapping[str, Any], data: bytes | None, known: Mapping[str, Collection[str]]
) -> list[Problem]:
    """What a repository sets that nobody reads, here and in its entry: `known` are the keys of each index name. Lines
    are those where the key first stands."""
    text = decode(data).text if data else ""
    try:
        own: Any = safe_yaml.load(text) or {}
    except safe_yaml.YamlRefused:
        own = {}
    problems = []
    for source, path in ((of_entry, None), (own, SETTINGS_FILE)):
        for where, key, names in _strange(source, known) if isinstance(source, Mapping) else ():
            line = next(
                (n for n, row in enumerate(text.splitlines(), 1) if re.match(rf"\s*['\"]?{re.escape(key)}\b", row)),
                None,
            )
            near = get_close_matches(key, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(names))}"
            problems.append(SETTINGS_UNKNOWN.at(path, line, where=where, key=key, hint=hint))
    return problems


def _strange(source: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, list[str]]]:
    for name, values in source.items():
        if name == NAMED_SETS:
            continue
        if name not in known:
            yield "settings", str(name), [*known, NAMED_SETS]
        elif isinstance(values, Mapping):
            for key in values:
                if key not in known[name]:
                    yield str(name), str(key), list(known[name])


def _line_of(key: str, text: str) -> int | None:
    begins = re.compile(rf"\s*['\"]?{re.escape(key)}['\"]?\s*:")
    return next((number for number, row in enumerate(text.splitlines(), 1) if begins.match(row)), None)

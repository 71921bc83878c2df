"""The entries of a playbook registry, as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator_assets.documents import safe_json, safe_yaml
from orchestrator_assets.documents.text import decode, visible
from orchestrator_assets.kinds import Parsed, Settings
from orchestrator_assets.playbooks import problems as codes
from orchestrator_assets.problems import Problem

_FILE = re.compile(r"playbooks?[-_]registry\.(?:ya?ml|json)", re.IGNORECASE)
_FLAGS = ("mcp_native", "manual_steps", "automation_possible")


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """`playbooks-registry.yaml` (or `.json`) anywhere, and the files that the setting `registries` names."""
    named = settings.get("registries")
    more = {path for path in named if isinstance(path, str)} if isinstance(named, list) else set()
    return [path for path in paths if path in more or _FILE.fullmatch(path.rpartition("/")[2])]


def parse(data: bytes, suffix: str) -> Parsed:
    """The entries, flags beside their other keys wherever they are written. Refused if there is no list of them."""
    text = decode(data).text
    try:
        told = safe_json.load(text) if suffix == ".json" else safe_yaml.load(text)
    except (safe_json.JsonRefused, safe_yaml.YamlRefused) as error:
        return Parsed(None, (codes.UNREADABLE.at(None, error.line, reason=error.reason),))
    rows = told.get("playbooks") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        return Parsed(None, (codes.UNREADABLE.at(reason="it holds no list `playbooks`"),))
    entries, problems = [], []
    lines = _lines(text)
    for number, row in enumerate(rows, 1):
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name.strip():
            problems.append(_bad(number, "it has no name", None))
            continue
        line = lines.get(name.strip(), 1)
        try:
            entries.append({"line": line, **_entry(row, name.strip())})
        except ValueError as error:
            problems.append(_bad(name, str(error), line))
    return Parsed({"entries": entries}, tuple(problems))


def _entry(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    nested = row.get("metadata")
    metadata = nested if isinstance(nested, dict) else {}
    flags = {flag: row.get(flag, metadata.get(flag)) for flag in _FLAGS}
    for flag, value in flags.items():
        if not isinstance(value, bool | None):
            raise ValueError(f"{flag} is {visible(str(value))[:40]!r}; expected true or false")
    texts = {key: _text(row, key) for key in ("domain", "activity", "path", "description", "summary", "network")}
    return {
        "name": name[:200],
        **texts,
        **flags,
        "inputs": _parameters(row, "inputs"),
        "outputs": _parameters(row, "outputs"),
    }


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")
    return visible(value.strip())[:1000] or None


def _parameters(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = row.get(key) or []
    if not isinstance(rows, list):
        raise ValueError(f"{key} is no list")
    found = []
    for item in rows:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,99}", name):
            raise ValueError(f"{key} hold one without a usable name")
        required = item.get("required", False)
        if not isinstance(required, bool):
            raise ValueError(f"required of {name} is neither true nor false")
        description = item.get("description")
        found.append(
            {
                "name": name,
                "type": str(item.get("type", "string")).strip().lower()[:40],
                "required": required,
                "default": item.get("default"),
                "description": visible(description)[:300] if isinstance(description, str) else None,
            }
        )
    return found


def _lines(text: str) -> dict[str, int]:
    """Where each name is written first."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if match := re.match(r"[\s-]{0,40}\"?name\"?\s*:\s*[\"']?(?P<name>[^\"'\n#,]{1,200})", line):
            found.setdefault(match["name"].strip(), number)
    return found


def _bad(name: object, reason: str, line: int | None) -> Problem:
    return codes.BAD_ENTRY.at(None, line, name=visible(str(name))[:80], reason=reason)

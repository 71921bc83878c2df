"""One YAML file: a registry of patterns (`patterns:`), of capabilities (`capabilities:`), or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from orchestrator_assets.capabilities import problems as codes
from orchestrator_assets.capabilities.model import Row
from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem

_SIZE_LIMIT = 1024 * 1024
_TELLING = re.compile(r"^(?:patterns|capabilities)\s*:", re.MULTILINE)
_ROW_LIKE = re.compile(r"^\s*-?\s*(?:id|implements_patterns|derives_from)\s*:", re.MULTILINE)
OTHER = Parsed(None, (), counted=False)


def parse(data: bytes, suffix: str) -> Parsed:
    """The rows of a registry; a YAML file that is none is nobody's. `{"rows": [...], "lists": [...]}`, where `lists`
    names the top-level lists that there are."""
    text = decode(data).text
    if not _TELLING.search(text):
        return OTHER
    try:
        found = safe_yaml.load(text, _SIZE_LIMIT)
    except safe_yaml.YamlRefused as refused:
        if not _ROW_LIKE.search(text):
            return OTHER
        return Parsed(None, (codes.NOT_YAML.at(None, refused.line, reason=refused.reason),))
    if not isinstance(found, Mapping):
        return OTHER
    lists = [name for name in ("patterns", "capabilities") if isinstance(found.get(name), list)]
    written = [(name, item) for name in lists for item in found[name]]
    if not lists or (written and not any(isinstance(item, Mapping) for _, item in written)):
        return OTHER
    problems: list[Problem] = []
    lines = _Lines(text)
    rows = [
        {"line": lines.of(row.id), **row.model_dump(mode="json")}
        for number, (name, item) in enumerate(written, 1)
        if (row := _row("pattern" if name == "patterns" else "capability", number, item, problems)) is not None
    ]
    return Parsed({"rows": rows, "lists": lists}, tuple(problems))


def _row(type_: Literal["pattern", "capability"], number: int, item: Any, problems: list[Problem]) -> Row | None:
    identity = _text(item.get("id")) if isinstance(item, Mapping) else None
    if identity is None:
        reason = "it has no id" if isinstance(item, Mapping) else f"it is no mapping: {item!r:.60}"
        problems.append(codes.MALFORMED.at(row=number, reason=reason))
        return None
    documentation, source = item.get("documentation"), item.get("source")
    return Row(
        type=type_,
        id=identity,
        name=_text(item.get("name")) or _text(item.get("preferred_label")),
        definition=_text(item.get("definition")) or _text(item.get("description")),
        status=_text(item.get("status")),
        provenance=_lower(_text(item.get("provenance"))),
        pattern_type=_text(item.get("pattern_type")) or _text(item.get("type")),
        derives_from=_texts(item.get("derives_from")),
        alt_labels=_texts(item.get("alt_labels")),
        source=_text(source.get("org") if isinstance(source, Mapping) else source),
        origin=_text(item.get("origin")),
        adoption=_text(item.get("adoption")),
        classification=_text(item.get("strategic_classification")),
        documentation=_text(documentation.get("primary"))
        if isinstance(documentation, Mapping)
        else _text(documentation),
        implements_patterns=_texts(item.get("implements_patterns")),
        delivered_by=_texts(item.get("delivered_by")),
        projects=_texts(item.get("projects")),
    )


class _Lines:
    """Where ids stand, found in the order of the file: each id's first line that has not been taken."""

    def __init__(self, text: str) -> None:
        self._places: dict[str, list[int]] = {}
        for number, line in enumerate(text.split("\n"), 1):
            name, _, value = line.strip().removeprefix("- ").partition(":")
            if name.strip() in ("id", '"id"'):
                value = value.split(" #")[0].strip().strip("'\"")
                self._places.setdefault(value, []).append(number)

    def of(self, identity: str) -> int:
        places = self._places.get(identity)
        return places.pop(0) if places else 1


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _lower(value: str | None) -> str | None:
    return value.lower() if value else None


def _texts(value: Any) -> tuple[str, ...]:
    listed: Iterator[Any] = iter(value) if isinstance(value, list) else iter([value])
    return tuple(text for item in listed if (text := _text(item)))

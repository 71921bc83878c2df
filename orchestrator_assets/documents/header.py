"""The header of a document: its title, and what its labels say, in all the ways people write labels.

Only what stands before the first section speaks for a document: front matter, label lines (plain, bold, quoted, in
bullets, several on one line), tables of two columns, reST fields. Comments, code and the body do not.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.markdown import markdown_outline
from orchestrator_assets.documents.outline import Block, BlockKind, Outline
from orchestrator_assets.documents.rst import rst_outline
from orchestrator_assets.documents.text import storable

_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9 ()/&.'’_-]{0,48}?)\s*"
_EMPHASIZED = re.compile(
    rf"(?P<mark>\*\*|__|\*|_)\s*[^\x00-\x7f]{{0,8}}\s*{_NAME}"
    r"(?:[:：]\s*(?P=mark)|(?P=mark)\s*(?:[:：]|[-–—](?=\s)))(?P<value>.*)",
    re.DOTALL,
)
_DASHED = re.compile(r"(?P<name>status|date)\s+[-–—]\s+(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_ALONE = re.compile(r"(?P<mark>\*\*|__)(?P<name>[A-Za-z][A-Za-z -]{0,30})(?P=mark)")
_TAGGED = re.compile(r"<(?P<tag>b|strong|em|i)>(?P<inside>[^<>]{1,100})</(?P=tag)>", re.IGNORECASE)
_BADGE = re.compile(r"\[?!\[(?P<alt>[^\[\]]{1,100})\]\([^()]{0,500}\)(?:\]\([^()]{0,500}\))?\s*")
_BETWEEN = re.compile(
    r"\s+[|·•]\s+|\s*<br\s*/?>\s*|\s?[|/;,—–]\s?(?=\*\*[^*\n]{1,40}(?::\*\*|\*\*\s?:))", re.IGNORECASE
)
"""What stands between the labels of one line."""
_NEXT_VALUE_LIMIT = 80
_PLAIN = re.compile(rf"{_NAME}[:：](?!//|:)(?P<value>.*)", re.DOTALL)
_WHOLE = re.compile(r"(?P<mark>\*\*|__|\*|_)(?P<inside>[^*_]{1,300})(?P=mark)")
_BEFORE = re.compile(r"^[\s>*+-]*(?:\d+[.)]\s+)?")
_FENCE = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_SECTION = re.compile(
    r"[\W\d_]*(?:(?:decision )?status|context(?: and problem statement)?|decision(?: drivers| outcome)?|consequences"
    r"|date|summary|considered options|metadata|problem(?: statement)?|background)\W*|[\W_]*status\s*:.*",
    re.IGNORECASE,
)
"""Headings that are sections, never titles."""
_GENERIC = re.compile(
    r"[\W_]*(?:architectur(?:e|al) decision records?(?: \(adrs?\))?|adr|decision records?)\W*", re.IGNORECASE
)
"""Headings that say only what sort of document it is."""
_METADATA = re.compile(r"[\W\d_]*(?:(?:adr|document) )?(?:metadata|meta data|meta)\W*", re.IGNORECASE)
_RST_SUFFIXES = (".rst", ".rest")


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says: its raw value, where (1-based line), and the style it is written in."""

    value: str
    line: int
    style: str


@dataclass(frozen=True, slots=True)
class Header:
    """Title (raw inline source; None: there is none), its line, and labels by lower-case name, the first of each.
    `front_matter` is the YAML mapping (empty without one), `refused` why it could not be read."""

    title: str | None
    title_line: int
    labels: Mapping[str, Label]
    outline: Outline
    front_matter: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None

    def first(self, *names: str) -> Label | None:
        """The first of these labels that says anything."""
        for name in names:
            label = self.labels.get(name)
            if label is not None and label.value:
                return label
        return None


def read_header(text: str, suffix: str) -> Header:
    """The header of a document's text; `suffix` (".md", ".rst", "") says how to read it. Never raises."""
    if suffix in _RST_SUFFIXES:
        return _header(rst_outline(text), {}, {}, None)
    found = _FENCE.match(text)
    if found is None:
        return _header(markdown_outline(text), {}, {}, None)
    try:
        data = safe_yaml.load(found.group("yaml"))
    except safe_yaml.YamlRefused as error:
        return _fenced_by_rules(text, f"front matter: {error.reason}")
    if not isinstance(data, dict):
        return _fenced_by_rules(text, None)  # bullets between rules look like front matter and are not
    # The front matter's lines are kept empty, so that line numbers stay those of the file.
    rest = "\n" * found.group().count("\n") + text[found.end() :]
    return _header(markdown_outline(rest), data, _from_front_matter(data, found.group("yaml")), None)


def _fenced_by_rules(text: str, refused: str | None) -> Header:
    # Without the opening fence: Markdown would take the closing one for the underline of a heading.
    read = _header(markdown_outline("\n" + text.partition("\n")[2]), {}, {}, None)
    if any(label.style == "bullet" for label in read.labels.values()):
        refused = None  # never meant to be YAML
    return Header(read.title, read.title_line, read.labels, read.outline, {}, refused)


def _header(outline: Outline, front: Mapping[str, Any], labels: dict[str, Label], refused: str | None) -> Header:
    title = _title(outline)
    for name, label in _written(outline, title):
        if name not in labels or not labels[name].value:
            labels[name] = label
    said = next((value for key, value in front.items() if str(key).lower() == "title"), None)
    if title is not None:
        return Header(title.raw, title.line, labels, outline, front, refused)
    return Header(str(said) if isinstance(said, str) else None, 1, labels, outline, front, refused)


def _title(outline: Outline) -> Block | None:
    """The first heading of level 1; else the first heading, unless it is plainly a section."""
    headings = outline.headings
    if len(headings) > 1 and _GENERIC.fullmatch(headings[0].raw) and not _is_section(headings[1].raw):
        headings = headings[1:]  # "Architecture Decision Record" over the decision's own title
    for heading in headings:
        if heading.level == 1 and heading.raw and not heading.quoted and not _is_section(heading.raw):
            return heading
    first = headings[0] if headings else None
    return first if first is not None and first.raw and not _is_section(first.raw) else None


def _is_section(raw: str) -> bool:
    return bool(_SECTION.fullmatch(raw))


def _written(outline: Outline, title: Block | None) -> Iterator[tuple[str, Label]]:
    """The labels written before the first section."""
    rows: list[Block] = []
    waiting: str | None = None
    passed = False
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            if block is title or _METADATA.fullmatch(block.raw) or (not passed and _GENERIC.fullmatch(block.raw)):
                passed = passed or block is title
                continue
            break
        if waiting and _is_value(block):
            yield waiting, Label(block.raw.split("\n")[0], block.line, "bullet" if block.item else "line")
        waiting = None
        if block.kind is BlockKind.ROW:
            rows.append(block)
        elif block.kind is BlockKind.FIELD:
            yield (block.field or "").strip().lower(), Label(block.raw, block.line, "field")
        elif block.kind is BlockKind.TEXT:
            if block.quoted and not _speaks(block):
                continue
            name = None
            for name, label in text_labels(block):
                yield name, label
            waiting = name if name and not label.value else None
    yield from row_labels(rows)


def _speaks(block: Block) -> bool:
    """Whether a quoted block is written as labels; if not, it quotes something, maybe another decision's labels."""
    first = block.raw.split("\n")[0]
    label = _label(first)
    return label is not None and (bool(label[1]) or first.lstrip().startswith(("*", "_")))


def _is_value(block: Block) -> bool:
    """Whether a block can be what a label alone in the block before it says: an item, or one short line."""
    if block.kind is not BlockKind.TEXT or not block.raw:
        return False
    return block.item > 0 or ("\n" not in block.raw and len(block.raw) <= _NEXT_VALUE_LIMIT and not _label(block.raw))


def text_labels(block: Block) -> Iterator[tuple[str, Label]]:
    """The labels at the beginnings of a text block's lines."""
    style = "quote" if block.quoted else "bullet" if block.item else "line"
    open_label: tuple[str, int] | None = None
    for number, line in enumerate(block.raw.split("\n")):
        labels = [found for part in _parts(line) if (found := _label(part))]
        if open_label and line.strip() and not labels:
            yield open_label[0], Label(line.strip().removeprefix(": "), block.line + number, style)
        for name, value in labels:
            yield name, Label(value, block.line + number, style)
        # "**Status:**" alone on its line speaks with the next one
        open_label = (labels[-1][0], number) if labels and not labels[-1][1] else None


def _parts(line: str) -> list[str]:
    """The label statements of a line: several where labels stand after pipes, dots or breaks, else the whole line."""
    parts = _BETWEEN.split(line)
    if len(parts) == 1 or not _label(parts[0]):
        return [line]
    statements = parts[:1]
    for part in parts[1:]:
        # "Status: x | Date: y" has labels after its pipes; "Status: Draft | Accepted" has a template's choices
        if _label(part):
            statements.append(part)
        elif part:
            statements[-1] += f" | {part}"
    return statements if len(statements) > 1 else [line]


def _label(text: str) -> tuple[str, str] | None:
    text = _undecorated(text)
    if tagged := _TAGGED.match(text):
        text = f"**{tagged['inside']}**{text[tagged.end() :]}"
    elif badge := _BADGE.fullmatch(text):
        text = badge["alt"]
    if alone := _ALONE.fullmatch(text.strip()):
        return " ".join(alone["name"].lower().split()), ""
    whole = _WHOLE.fullmatch(text.strip())
    found = _EMPHASIZED.match(text) or _PLAIN.match(whole["inside"] if whole else text) or _DASHED.match(text)
    return (" ".join(found["name"].lower().split()), found["value"].strip()) if found else None


def _undecorated(text: str) -> str:
    """Without what stands before a label: quote and list marks, emoji."""
    text = _BEFORE.sub("", text, count=1) if not text.lstrip().startswith(("**", "__", "*", "_")) else text.strip()
    start = 0
    while start < len(text) and not (text[start].isalnum() or text[start] in "*_[`(") and ord(text[start]) > 127:
        start += 1
    return text[start:].lstrip() if start else text


def row_labels(rows: list[Block]) -> Iterator[tuple[str, Label]]:
    """Labels of tables: rows of label and value, or a head of labels over one row of values."""
    for number in sorted({row.table for row in rows}):
        table = [row for row in rows if row.table == number]
        head, body = [row for row in table if row.header], [row for row in table if not row.header]
        width = max(len(row.cells) for row in table)
        if width > 2 and head and _cell_label(head[0].cells[0]) in _LABEL_COLUMNS:
            table, width = [dataclasses.replace(row, cells=row.cells[:2]) for row in table], 2
        if width == 2 and not (len(body) == 1 and head and _are_labels(head[0])):
            for row in table:
                name = _cell_label(row.cells[0])
                if name and len(row.cells) == 2 and row.cells[1].strip():
                    yield name, Label(row.cells[1].strip(), row.line, "table")
        elif head and len(body) == 1:
            for name, value in zip(head[0].cells, body[0].cells, strict=False):
                if _cell_label(name):
                    yield _cell_label(name), Label(value.strip(), body[0].line, "table")


_LABEL_COLUMNS = {"field", "key", "property", "attribute", "item", "metadata"}


def _are_labels(row: Block) -> bool:
    known = {"status", "date", "decision date", "deciders", "author", "authors", "owner", "version", "id"}
    return all(_cell_label(cell) in known for cell in row.cells)


def _cell_label(cell: str) -> str:
    text = _undecorated(cell.strip()).strip("*_ ").rstrip(":").strip("*_ ")
    return " ".join(text.lower().split()) if len(text) <= 50 else ""


def _from_front_matter(data: Mapping[Any, Any], text: str) -> dict[str, Label]:
    lines = {
        line.partition(":")[0].strip().strip("\"'").lower(): number for number, line in enumerate(text.split("\n"), 2)
    }
    labels: dict[str, Label] = {}
    for key, value in data.items():
        name = " ".join(str(key).lower().replace("_", " ").replace("-", " ").split())
        labels[name] = Label(storable(_flat(value)), lines.get(str(key).lower(), 1), "front-matter")
    return labels


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_flat(item)}" for key, item in value.items())
    return str(value).strip()


def suffix_of(path: str) -> str:
    """The suffix that `read_header` takes, of a path."""
    return PurePosixPath(path).suffix.lower()

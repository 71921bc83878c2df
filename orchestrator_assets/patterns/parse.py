"""What one Markdown file of a pattern folder says: a pattern's header, and the rows it would list as an index page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from orchestrator_assets.documents.dates import read_date
from orchestrator_assets.documents.header import Header, read_header
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import BlockKind, Outline
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.patterns import problems as codes
from orchestrator_assets.patterns.model import DerivesForm, Style
from orchestrator_assets.problems import Problem

_LINK = re.compile(r"\[[^\[\]]{0,300}\]\(\s*<?([^()<>\s]{1,300})>?[^()]{0,300}\)")
_COUNTED = re.compile(r"(.{1,120}?)\s*\((\d{1,6})\)\s*")
_TICKED = re.compile(r"`([^`\n]{1,200})`")
_NONE = re.compile(r"[\u2014\u2013-]|none|n/a", re.IGNORECASE)
_PROVENANCE = re.compile(r"\s*([123])\s*p\b", re.IGNORECASE)
_TEXT_LIMIT = 100_000
_ROWS_LIMIT = 5_000
STYLES: dict[str, Style] = {"quote": "blockquote", "line": "plain-bold", "front-matter": "front-matter"}


class PageRow(BaseModel):
    """A row of an index page: where it links to, and under which headings it stands."""

    target: str
    line: int
    headings: list[str]


class Claim(BaseModel):
    """A heading with a number in brackets, and how many rows stand below it (guides not counted)."""

    what: str
    claimed: int
    counted: int
    line: int


class PatternFile(BaseModel):
    """A file of a pattern folder. What it says as a pattern, and as a page."""

    title: str | None
    version: str | None
    status: str | None
    last_updated: str | None
    provenance: str | None
    derives_from: str | None
    style: Style | None
    line: int
    rows: list[PageRow]
    claims: list[Claim]
    text: str


def parse(data: bytes, suffix: str) -> Parsed:
    """Reads one blob. Refused only if it is no text at all."""
    if b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Parsed(None, (codes.BINARY.at(),))
    decoded = decode(data)
    problems: list[Problem] = [codes.REPAIRED.at(what=decoded.repaired)] if decoded.repaired else []
    header = read_header(decoded.text, suffix)
    if header.outline.limited:
        problems.append(codes.CUT.at(what=header.outline.limited))
    rows = list(_rows(header.outline))
    payload = PatternFile(
        title=plain(header.title) if header.title else None,
        version=_value(header, "version"),
        status=_value(header, "status"),
        last_updated=_value(header, "last updated", "updated", "date"),
        provenance=_value(header, "provenance"),
        derives_from=_value(header, "derives from", "derives_from"),
        style=_style(header),
        line=header.title_line,
        rows=rows,
        claims=list(_claims(header.outline, rows)),
        text=decoded.text[:_TEXT_LIMIT],
    )
    return Parsed(payload.model_dump(mode="json"), tuple(problems))


def provenance_of(raw: str | None) -> str | None:
    """1p, 2p or 3p; None if the text begins with none of them."""
    found = _PROVENANCE.match(raw or "")
    return f"{found.group(1)}p" if found else None


def derives_of(raw: str | None) -> tuple[DerivesForm | None, tuple[str, ...]]:
    """How parents are named, and the ids: only where every item begins with an id in backticks."""
    if raw is None:
        return None, ()
    if _NONE.fullmatch(raw.strip()):
        return "none-dash", ()
    items = [item.strip() for item in raw.split(",") if item.strip()]
    if items and all(item.startswith("`") and _TICKED.match(item) for item in items):
        return "backticked ids", tuple(dict.fromkeys(match for item in items for match in _TICKED.findall(item)[:1]))
    return "free text", ()


def day_of(raw: str | None) -> str | None:
    """The day that a text names, None if it names none for certain."""
    return read_date(raw).value if raw else None


def _value(header: Header, *names: str) -> str | None:
    label = header.first(*names)
    return label.value.strip() if label else None


def _style(header: Header) -> Style | None:
    label = header.first("version", "status", "last updated", "provenance")
    return STYLES.get(label.style, "other") if label else None


def _rows(outline: Outline) -> Iterator[PageRow]:
    path: list[tuple[int, str]] = []
    number = 0
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            path = [*(item for item in path if item[0] < block.level), (block.level, plain(block.raw))]
        elif block.kind is BlockKind.ROW and not block.header and block.cells and number < _ROWS_LIMIT:
            link = _LINK.search(block.cells[0][:2000])
            if link:
                number += 1
                yield PageRow(target=link.group(1), line=block.line, headings=[name for _, name in path])


def _claims(outline: Outline, rows: list[PageRow]) -> Iterator[Claim]:
    for heading in outline.headings:
        name = plain(heading.raw)
        found = _COUNTED.fullmatch(name[:200])
        if found:
            below = [row for row in rows if name in row.headings and not is_guide_row(row)]
            if below:
                yield Claim(what=found.group(1), claimed=int(found.group(2)), counted=len(below), line=heading.line)


def is_guide_row(row: PageRow) -> bool:
    """Whether a row stands under a heading of guides."""
    return any("guide" in heading.lower() for heading in row.headings)


def is_retired_row(row: PageRow) -> bool:
    """Whether a row stands under a heading of retired patterns, or leads into their folder."""
    return any("retired" in heading.lower() for heading in row.headings) or row.target.startswith("retired/")

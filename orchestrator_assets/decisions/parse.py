"""What one decision document says by itself. Only its header speaks for it, and a section named "Status"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator_assets.decisions import problems as codes
from orchestrator_assets.decisions.model import (
    DecisionStatus,
    IndexRow,
    ParsedDecision,
    PlacedLink,
    Reference,
)
from orchestrator_assets.decisions.references import mentions, references
from orchestrator_assets.decisions.status import read_status
from orchestrator_assets.documents.dates import DateReading, read_date
from orchestrator_assets.documents.header import Header, Label, read_header, row_labels, text_labels
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Outline
from orchestrator_assets.documents.session_log import session_log_entries
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem

_DATE_LABELS = ("date", "decision date", "date decided", "decided on", "decided", "accepted on", "created",
                "date created", "created on", "created at", "creation date", "proposed on", "date of decision",
                "date accepted", "accepted date", "datum")  # fmt: skip
_STATUS_LABELS = ("status", "decision status", "adr status", "state", "status and date")
_LOG_SECTIONS = ("changelog", "change log", "status history", "status log", "history")
_PEOPLE_LABELS = (
    "decision makers",
    "decision-makers",
    "decision maker",
    "deciders",
    "decider",
    "authors",
    "author",
    "owner",
)
_SECTION = re.compile(r"[\W\d]*(?P<name>[A-Za-z][A-Za-z ]{1,30}?)\W*")
_INLINE = re.compile(r"[\W\d]*(?P<name>[A-Za-z][A-Za-z ]{1,30}?)\s*:\s*(?P<value>[^\s:].*)")
_STRUCK = re.compile(r"~~[^~]*~~")
_BARE = re.compile(r"[^\w\n]*[A-Za-z]+(?: [Pp]rogress)?[^\w\n]*(?:\d{4}-\d{2}-\d{2}[^\w\n]*)?")
_ONLY_DATE = re.compile(r"[\d\W]*\d{4}[\d\W]*")
_TEXT_LIMIT = 100_000
_ROWS_LIMIT = 5000


def parse(data: bytes, suffix: str) -> Parsed:
    """Reads one blob. Refused only if it is no text at all."""
    if b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Parsed(None, (codes.BINARY.at(),))
    decoded = decode(data)
    problems: list[Problem] = []
    if decoded.repaired:
        problems.append(codes.REPAIRED.at(what=decoded.repaired))
    header = read_header(decoded.text, suffix)
    if header.refused:
        problems.append(codes.FRONT_MATTER.at(None, 1, reason=header.refused))
    if header.outline.limited:
        problems.append(codes.CUT.at(what=header.outline.limited))
    return Parsed(_read(header, decoded.text).model_dump(mode="json"), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Status:
    raw: str
    line: int
    whole: str


def _read(header: Header, text: str) -> ParsedDecision:
    status = _status(header)
    date, date_line, date_raw = _date(header, status)
    supersedes, superseded_by = _supersession(header, status)
    return ParsedDecision(
        title_raw=header.title,
        title_line=header.title_line,
        status_raw=status.raw if status else None,
        status=read_status(status.raw) if status else None,
        status_line=status.line if status else None,
        date_raw=date_raw,
        date=date.value if date else None,
        date_choices=date.choices if date else None,
        date_line=date_line,
        deciders=_names(header.first(*_PEOPLE_LABELS)),
        tags=_names(header.first("tags", "tag", "keywords", "labels")),
        supersedes=supersedes,
        superseded_by=superseded_by,
        links=[PlacedLink(target=link.target, line=link.line) for link in header.outline.links],
        rows=list(_rows(header.outline)),
        session_log_entries=len(session_log_entries(header.outline)),
        empty=not text.strip(),
        text=text[:_TEXT_LIMIT],
    )


def _status(header: Header) -> _Status | None:
    label = header.first(*_STATUS_LABELS)
    if label is not None:
        return _Status(label.value, label.line, label.value)
    section = _section(header, *_STATUS_LABELS)
    if section is None:
        return _bare(header) or _logged(header)
    if inline := _INLINE.fullmatch(section.raw):
        return _Status(inline["value"].strip(), section.line, inline["value"])
    blocks = header.outline.body(section)
    rows = dict(row_labels([block for block in blocks if block.kind is BlockKind.ROW]))
    for name in _STATUS_LABELS:
        if name in rows:
            lines = "\n".join(f"{key}: {label.value}" for key, label in rows.items())
            return _Status(rows[name].value, rows[name].line, lines)
    if newest := _newest(blocks):
        return newest
    body = [block for block in blocks if block.kind in (BlockKind.TEXT, BlockKind.FIELD) and block.raw]
    for block in body:
        chosen = _checked(body) or block
        line = next((line for line in chosen.raw.split("\n") if _STRUCK.sub("", line).strip()), "")
        if line:
            said = dict(text_labels(Block(BlockKind.TEXT, line, chosen.line)))
            label = next((said[name] for name in _STATUS_LABELS if name in said), None)
            whole = "\n".join(block.raw for block in body)
            return _Status(label.value if label else line.strip(), chosen.line, whole)
    return None


def _bare(header: Header) -> _Status | None:
    """A line of the header that is a status, perhaps with a date, and nothing else: "✅ Accepted", "(Draft)"."""
    for block in header.outline.blocks:
        if block.kind is BlockKind.HEADING and block.line > header.title_line:
            break
        if block.kind is BlockKind.TEXT and not block.quoted and _BARE.fullmatch(block.raw) and read_status(block.raw):
            return _Status(block.raw.strip(), block.line, block.raw)
    return None


def _logged(header: Header) -> _Status | None:
    """The newest status of a change log, for a decision that states it nowhere else."""
    section = _section(header, *_LOG_SECTIONS)
    return _newest(header.outline.body(section)) if section else None


def _newest(body: list[Block]) -> _Status | None:
    """The newest line of a status that is kept as a log: two or more lines, each a date and a status."""
    logged: list[tuple[str, _Status]] = []
    for block in body:
        if block.header:
            continue
        for number, line in enumerate(block.raw.split("\n")):
            date = read_date(line).value
            if date and read_status(line):
                logged.append((date, _Status(line.strip(), block.line + number, block.raw)))
    return max(logged, key=lambda item: item[0])[1] if len({date for date, _ in logged}) > 1 else None


def _checked(body: list[Block]) -> Block | None:
    """The one item of a checklist of statuses that is ticked."""
    ticked = [block for block in body if block.checked]
    return ticked[0] if len(ticked) == 1 else None


def _section(header: Header, *names: str) -> Block | None:
    """A section of the document itself, by name: not one within another section, nor one that is quoted."""
    above: list[Block] = []
    for heading in header.outline.headings:
        above = [other for other in above if other.level < heading.level]
        own = not heading.quoted and all(other.line <= header.title_line for other in above)
        if own and len(heading.raw) < 200 and any(name in heading.raw.lower() for name in names):
            text = plain(heading.raw)
            found = _SECTION.fullmatch(text) or _INLINE.fullmatch(text)
            if found and found["name"].strip().lower() in names:
                return heading
        above.append(heading)
    return None


def _date(header: Header, status: _Status | None) -> tuple[DateReading | None, int | None, str | None]:
    """The decision's date: its label, else a section "Date", else a date on the status line."""
    label = header.first(*_DATE_LABELS)
    if label is None:
        label = _dated_section(header)
    if label is not None:
        return read_date(label.value), label.line, label.value
    if status is not None:
        reading = read_date(status.raw)
        if reading.value or reading.choices:
            return reading, status.line, status.raw
        for number, line in enumerate(status.whole.split("\n")):
            if len(line) <= 40 and _ONLY_DATE.fullmatch(line):
                return read_date(line), status.line + number, line.strip()
            said = dict(text_labels(Block(BlockKind.TEXT, line, status.line + number)))
            dated = next((said[name] for name in _DATE_LABELS if name in said and said[name].value), None)
            if dated is not None:
                return read_date(dated.value), dated.line, dated.value
    return None, None, None


def _dated_section(header: Header) -> Label | None:
    section = _section(header, *_DATE_LABELS)
    if section is not None and (inline := _INLINE.fullmatch(section.raw)):
        return Label(inline["value"].strip(), section.line, "section")
    body = [block for block in header.outline.body(section) if block.raw.strip()] if section else []
    return Label(body[0].raw.strip().split("\n")[0], body[0].line, "section") if body else None


def _supersession(header: Header, status: _Status | None) -> tuple[list[Reference], list[Reference]]:
    supersedes: list[Reference] = []
    superseded_by: list[Reference] = []
    for name, label in header.labels.items():
        if re.fullmatch(r"super[sc]edes|replaces|obsoletes", name):
            supersedes += references(label.value, label.line)
        elif re.match(r"super[sc]edes\b", name):  # "Supersedes/Amends": not all of it
            supersedes += [item.model_copy(update={"partial": True}) for item in references(label.value, label.line)]
        elif re.fullmatch(r"super[sc]ee?ded[ -]by|replaced by|obsoleted by", name):
            superseded_by += references(label.value, label.line)
    if status is not None:
        more, by = mentions(status.whole, status.line)
        supersedes += more
        superseded_by += by
    return _distinct(supersedes), _distinct(superseded_by)


def _distinct(found: list[Reference]) -> list[Reference]:
    kept: dict[tuple[str | None, str | None, str], Reference] = {}
    for item in found:
        kept.setdefault((item.target, item.name, "" if item.target or item.name else item.raw), item)
    return list(kept.values())


def _names(label: Label | None) -> list[str]:
    if label is None:
        return []
    parts = re.split(r"\s*[,;&]\s+|\s+and\s+|,", label.value.strip("[]"))
    return [name for part in parts if (name := plain(part).strip(" \"'*_[]"))]


def _rows(outline: Outline) -> list[IndexRow]:
    """Links with the status that their table row or line states, for pages that may be an index."""
    rows: list[IndexRow] = []
    by_line: dict[int, list[str]] = {}
    for link in outline.links:
        by_line.setdefault(link.line, []).append(link.target)
    for block in outline.blocks:
        if block.kind is BlockKind.ROW:
            statuses = {found for cell in block.cells if len(cell) < 60 and (found := read_status(cell))}
            for target in by_line.get(block.line, []):
                rows.append(IndexRow(target=target, line=block.line, status=_only(statuses)))
        elif block.kind is BlockKind.TEXT:
            for number, line in enumerate(block.raw.split("\n")):
                for target in by_line.get(block.line + number, []):
                    tail = line.rpartition(")")[2] if len(line) < 500 else ""
                    rows.append(IndexRow(target=target, line=block.line + number, status=read_status(tail)))
    return rows[:_ROWS_LIMIT]


def _only(statuses: set[DecisionStatus]) -> DecisionStatus | None:
    return next(iter(statuses)) if len(statuses) == 1 else None

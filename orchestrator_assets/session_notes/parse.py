"""What one file says as a session note, as a document with a session log, or as an index page. Which of these it is,
its path decides later."""

from __future__ import annotations

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.header import Header, Label, read_header
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind
from orchestrator_assets.documents.text import decode, storable
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes import problems as codes
from orchestrator_assets.session_notes.entries import dated_entries, is_dated, log_entries, whole_entry
from orchestrator_assets.session_notes.model import ParsedNote
from orchestrator_assets.session_notes.naming import split_title, stated_issue
from orchestrator_assets.session_notes.rows import index_rows
from orchestrator_assets.session_notes.status import read_status

_STATUS_LABELS = ("status", "state")
_DATE_LABELS = ("date", "session date", "started")
_ISSUE_LABELS = ("issue", "issues", "related issue", "tracking issue", "ticket")


def parse(data: bytes, suffix: str) -> Parsed:
    """Reads one blob. Refused only if it is no text."""
    if b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Parsed(None, (codes.BINARY.at(),))
    decoded = decode(data)
    header = read_header(decoded.text, suffix)
    problems: list[Problem] = []
    if decoded.repaired:
        problems.append(codes.REPAIRED.at(what=decoded.repaired))
    if header.refused:
        problems.append(codes.FRONT_MATTER.at(None, 1, reason=header.refused))
    if header.outline.limited:
        problems.append(codes.CUT.at(what=header.outline.limited))
    return Parsed(_read(header).model_dump(mode="json"), tuple(problems))


def _read(header: Header) -> ParsedNote:
    outline = header.outline
    heading = next((b for b in outline.blocks if b.kind is BlockKind.HEADING and b.line == header.title_line), None)
    entries, loose = dated_entries(outline)
    # A file that begins with a dated section has no title, and what that section says is no header.
    untitled = heading is not None and any(entry.line == heading.line for entry in entries)
    title = _title(header, untitled)
    issue, title = split_title(title) if title else (None, None)
    status = _label(header, untitled, *_STATUS_LABELS)
    dated = _label(header, untitled, *_DATE_LABELS)
    stated = _label(header, untitled, *_ISSUE_LABELS)
    return ParsedNote(
        title=title,
        title_line=header.title_line,
        issue=issue if issue is not None or stated is None else stated_issue(stated.value),
        status_raw=status.value if status else None,
        status=read_status(status.value) if status else None,
        status_line=status.line if status else None,
        date_raw=dated.value if dated else None,
        date=_date(dated, heading),
        date_line=dated.line if dated else None,
        labels={name: label.value for name, label in sorted(header.labels.items())},
        entries=entries,
        loose=loose,
        whole=whole_entry(outline, heading.line if heading else None),
        log=log_entries(outline),
        rows=index_rows(outline),
    )


def _title(header: Header, untitled: bool) -> str | None:
    if header.title and not untitled:
        return plain(header.title)
    said = header.front_matter.get("title")
    return storable(" ".join(said.split())) if isinstance(said, str) else None


def _label(header: Header, untitled: bool, *names: str) -> Label | None:
    label = header.first(*names)
    return None if label is None or (untitled and label.line > header.title_line) else label


def _date(dated: Label | None, heading: Block | None) -> str | None:
    """The date that the header states, else the one its title begins with."""
    if dated is not None:
        return find_date(dated.value)
    return find_date(plain(heading.raw)) if heading is not None and is_dated(heading) else None

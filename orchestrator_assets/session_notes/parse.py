"""What one file says as a session note, as a document with a session log, or as an index page. Which of these it is,
its path decides later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator_assets.documents.dates import find_date, read_date
from orchestrator_assets.documents.header import Header, read_header, text_labels
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Outline
from orchestrator_assets.documents.session_log import session_log_entries
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes import problems as codes
from orchestrator_assets.session_notes.model import Entry, NoteStatus, ParsedNote
from orchestrator_assets.session_notes.rows import index_rows

_DATED = re.compile(r"[^\w]*\d{4}-\d{1,2}-\d{1,2}(?!\d)")
_ISSUE = re.compile(r"(?:issue|ticket|gh)[\s_#-]*#?(\d{1,7})(?!\d)|#(\d{1,7})(?!\d)", re.IGNORECASE)
_TITLE = re.compile(
    r"(?:(?:issue|ticket)\s*#?\d{1,7}|session(?:\s+notes?)?|session log)\s*[:—–-]\s*(?P<title>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_NEXT = re.compile(r"(?:next|open|remaining)\s+(?:steps?|items?|actions?|work)|to-?dos?|follow[- ]?ups?", re.IGNORECASE)
_STATUSES = (
    (re.compile(r"(?:in[\s_-]+progress|active|ongoing|open|started)\b", re.IGNORECASE), NoteStatus.IN_PROGRESS),
    (re.compile(r"(?:completed?|done|closed|finished)\b", re.IGNORECASE), NoteStatus.COMPLETE),
)
_TEXT_LIMIT = 20_000


def parse(data: bytes, suffix: str) -> Parsed:
    """Reads one blob. Refused only if it is no text."""
    if b"\0" in data[:8000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Parsed(None, (codes.BINARY.at(),))
    decoded = decode(data)
    header = read_header(decoded.text, suffix)
    problems: list[Problem] = []
    if decoded.repaired:
        problems.append(codes.REPAIRED.at(what=decoded.repaired))
    if header.outline.limited:
        problems.append(codes.CUT.at(what=header.outline.limited))
    return Parsed(_read(header, decoded.text).model_dump(mode="json"), tuple(problems))


def read_status(raw: str) -> NoteStatus | None:
    """The status that a text begins with; None if it is none that is known, or a template's choice of several."""
    text = re.sub(r"^[^\w✅✔☑]+", "", raw.strip())
    if text[:1] in ("✅", "✔", "☑"):
        return NoteStatus.COMPLETE
    for pattern, status in _STATUSES:
        found = pattern.match(text)
        if found:
            return None if re.match(r"\s*[|/]\s*\w", text[found.end() :]) else status
    return None


def issue_number(text: str) -> int | None:
    """The issue that a text names, "#12" or "ISSUE-12"; None if it names none."""
    found = _ISSUE.search(text)
    return int(found.group(1) or found.group(2)) if found else None


def _read(header: Header, text: str) -> ParsedNote:
    outline = header.outline
    status = header.first("status", "state")
    dated = header.first("date", "session date", "started")
    title = plain(header.title) if header.title else None
    stripped = _TITLE.fullmatch(title) if title else None
    issue = header.first("issue", "issues", "related issue", "ticket")
    return ParsedNote(
        title=stripped["title"].strip() if stripped else title,
        title_line=header.title_line,
        issue=(issue_number(title) if title else None) or (issue_number(plain(issue.value)) if issue else None),
        status_raw=status.value if status else None,
        status=read_status(status.value) if status else None,
        status_line=status.line if status else None,
        date_raw=dated.value if dated else None,
        date=read_date(dated.value).value if dated else None,
        labels={name: label.value[:500] for name, label in sorted(header.labels.items()) if len(name) < 40},
        entries=list(_entries(outline)),
        whole=_entry(outline.blocks, header.title_line, title or "", None),
        log=[_entry(outline.section(e.block), e.line, e.heading, e.date) for e in session_log_entries(outline)],
        rows=index_rows(outline, read_status, issue_number),
        empty=not text.strip(),
    )


def _entries(outline: Outline) -> Iterator[Entry]:
    """The sections whose heading begins with a date; those inside another one are part of it."""
    dated = [heading for heading in outline.headings if heading.level >= 2 and _DATED.match(heading.raw)]
    top = min((heading.level for heading in dated), default=0)
    for heading in dated:
        if heading.level == top:
            text = plain(heading.raw)
            yield _entry(outline.section(heading), heading.line, text, find_date(text))


def _entry(blocks: Iterable[Block], line: int, heading: str, date: str | None) -> Entry:
    sections: dict[str, list[str]] = {}
    steps: list[str] = []
    name, is_next = "", False
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            name = plain(block.raw)
            is_next = bool(_NEXT.match(name))
            sections.setdefault(name, [])
        elif block.raw:
            mark = "- " if block.starts_item else ""
            sections.setdefault(name, []).append(mark + block.raw)
            if is_next and not block.checked:
                steps += _steps(block)
            elif not block.item and not is_next:
                said = dict(text_labels(block))
                is_next = is_next or any(_NEXT.fullmatch(label) and not found.value for label, found in said.items())
    texts = {heading_: "\n".join(parts)[:_TEXT_LIMIT] for heading_, parts in sections.items()}
    return Entry(
        line=line, heading=heading, date=date, sections={k: v for k, v in texts.items() if v or k}, next_steps=steps
    )


def _steps(block: Block) -> list[str]:
    """The open items that a block of a next-steps section holds: list items of the first level, or a paragraph."""
    if block.kind is not BlockKind.TEXT or block.item > 1 or (block.item == 1 and not block.starts_item):
        return []
    return [plain(block.raw)[:1000]] if block.raw.strip() else []

"""The rows of an index page in its shapes: bullets with a link and a mark, tables below Active and Complete, tables of
date, summary and status."""

from __future__ import annotations

import re
from collections.abc import Callable

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Link, Outline
from orchestrator_assets.session_notes.model import NoteStatus, Row

ReadStatus = Callable[[str], NoteStatus | None]
ReadIssue = Callable[[str], int | None]

_MARKED_DONE = re.compile(r"[✅✔☑]|\[x\]", re.IGNORECASE)
_TRAILING = re.compile(r"(?:^|[-–—:(|])\s*(?P<status>[A-Za-z ]{3,20})\)?\s*\*{0,2}\s*$")
_WORDS = ("description", "summary", "title", "topic", "work", "notes", "session")
_LIMIT = 5000


def index_rows(outline: Outline, read_status: ReadStatus, issue_number: ReadIssue) -> list[Row]:
    """Every row and bullet of a page that could be an entry of an index, in order."""
    links: dict[int, list[Link]] = {}
    for link in outline.links:
        links.setdefault(link.line, []).append(link)
    rows: list[Row] = []
    section, of_section = "", None
    heads: dict[int, list[str]] = {}
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            section = plain(block.raw)
            of_section = read_status(section)
        elif block.kind is BlockKind.ROW and block.header:
            heads[block.table] = [plain(cell).lower() for cell in block.cells]
        elif block.kind is BlockKind.ROW:
            row = _table_row(block, heads.get(block.table, []), links.get(block.line, []), read_status, issue_number)
            rows.append(row.model_copy(update={"section": section, "status": row.status or of_section}))
        elif block.kind is BlockKind.TEXT and block.starts_item and block.item == 1:
            row = _bullet(block, links.get(block.line, []), read_status, issue_number)
            rows.append(row.model_copy(update={"section": section, "status": row.status or of_section}))
    return rows[:_LIMIT]


def _table_row(
    block: Block, head: list[str], links: list[Link], read_status: ReadStatus, issue_number: ReadIssue
) -> Row:
    cells = [plain(cell) for cell in block.cells]
    named = dict(zip(head, cells, strict=False))
    target = links[0].target if links else None
    status = next((named[name] for name in ("status", "state") if named.get(name)), "")
    dated = next((cell for name, cell in named.items() if find_date(cell) and name not in _WORDS), "")
    words = next((named[name] for name in _WORDS if named.get(name)), None)
    return Row(
        line=block.line,
        section="",
        target=target,
        text=words if words is not None else " ".join(cell for cell in cells if cell != dated),
        issue=_issue(cells, target, issue_number),
        status=read_status(status) if status else None,
        date=find_date(dated) or next((found for cell in cells if (found := find_date(cell))), None),
    )


def _bullet(block: Block, links: list[Link], read_status: ReadStatus, issue_number: ReadIssue) -> Row:
    text = plain(block.raw)
    target = links[0].target if links else None
    trailing = _TRAILING.search(text)
    status = NoteStatus.COMPLETE if _MARKED_DONE.search(text) or block.checked else None
    if status is None and trailing:
        status = read_status(trailing["status"])
    return Row(
        line=block.line,
        section="",
        target=target,
        text=text,
        issue=_issue([text], target, issue_number),
        status=status,
        date=find_date(text),
    )


def _issue(texts: list[str], target: str | None, issue_number: ReadIssue) -> int | None:
    named = next((found for text in texts if (found := issue_number(text)) is not None), None)
    return named if named is not None else issue_number(target.rsplit("/", 1)[-1]) if target else None

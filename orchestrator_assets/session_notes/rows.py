"""The rows of an index page in its shapes: bullets with a link and a mark, tables below Active and Complete, tables of
date, summary and status. Which of them are entries, `resolve` decides, who knows where notes stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Link, Outline
from orchestrator_assets.session_notes.model import NoteStatus, Row, RowShape
from orchestrator_assets.session_notes.naming import issue_number, split_title, stated_issue
from orchestrator_assets.session_notes.status import (
    has_mark,
    may_state_status,
    read_status,
    section_status,
    without_marks,
)

_ISSUE_COLUMNS = ("issue", "issues", "issue #", "#", "ticket", "id", "number", "no", "no.")
_TITLE_COLUMNS = ("description", "summary", "title", "topic", "work", "notes", "note", "session", "sessions", "slug")
_DATE_COLUMN = re.compile(r"\b(?:date|updated?|completed|closed|started|opened|created|last|when|day|finished)\b")
_ENTRY_COLUMN = re.compile(r"(?:issues?|ticket|sessions?|session notes?|notes?|issue #)")
_ONLY_DATE = re.compile(r"\W*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\W*")
_DATE_FIRST = re.compile(r"\W*\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")
_CODE = re.compile(r"`[^`]*`")
_BETWEEN = re.compile(r"\s+[-–—|]+\s+|\s*[():;,\[\]]\s*|\s+[-–—]+$|^[-–—]+\s+")


def index_rows(outline: Outline) -> list[Row]:
    """Every row and bullet of a page that could be an entry, in order. Most documents are no index pages, so what can
    be none is passed over before anything in it is parsed."""
    links: dict[int, list[Link]] = {}
    for link in outline.links:
        links.setdefault(link.line, []).append(link)
    rows: list[Row] = []
    sections: list[tuple[int, str, NoteStatus | None]] = []
    heads: dict[int, list[str]] = {}
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            while sections and sections[-1][0] >= block.level:
                sections.pop()
            name = plain(block.raw)
            above = sections[-1][2] if sections else None
            sections.append((block.level, name, section_status(name) or above))
        elif block.kind is BlockKind.ROW and block.header:
            heads[block.table] = [plain(cell).lower() for cell in block.cells]
        else:
            section = sections[-1] if sections else (0, "", None)
            inside = [found for line in _lines(block) for found in links.get(line, [])]
            if inside or section[2] or _may_be_entry(block, heads.get(block.table, [])):
                rows += [_in_section(row, section) for row in _rows_of(block, heads.get(block.table, []), inside)]
    return rows


def _in_section(row: Row, section: tuple[int, str, NoteStatus | None]) -> Row:
    status = row.status if row.status_raw is not None else section[2]
    return row.model_copy(update={"section": section[1], "status": status})


def _lines(block: Block) -> range:
    return range(block.line, block.line + 1 + (block.raw.count("\n") if block.kind is BlockKind.TEXT else 0))


def _may_be_entry(block: Block, head: Sequence[str]) -> bool:
    """Whether a block without a link, in a section without a status, could be an entry."""
    if block.kind is BlockKind.ROW:
        return _is_entry_table(head)
    return "|" in block.raw or block.checked is not None or may_state_status(block.raw)


def _is_entry_table(head: Sequence[str]) -> bool:
    return any(_ENTRY_COLUMN.fullmatch(name) or _DATE_COLUMN.search(name) for name in head)


def _rows_of(block: Block, head: Sequence[str], links: Sequence[Link]) -> list[Row]:
    if block.kind is BlockKind.ROW:
        return [_table_row(block, head, links)]
    if block.kind is not BlockKind.TEXT:
        return []
    if block.starts_item:
        return [_bullet(block, links)]
    lines = enumerate(block.raw.split("\n"), block.line)
    return [_broken(line, text) for line, text in lines if text.strip().startswith("|") and not block.item]


def _table_row(block: Block, head: Sequence[str], links: Sequence[Link]) -> Row:
    cells = [plain(cell) for cell in block.cells]
    named = dict(zip(head, block.cells, strict=False))
    link = _note_link(links)
    status_raw = next((plain(named[name]) for name in ("status", "state") if named.get(name)), None)
    dates = [plain(cell) for name, cell in named.items() if _DATE_COLUMN.search(name)]
    date_raw = next(
        (cell for cell in [*dates, *cells] if _ONLY_DATE.fullmatch(cell) or (cell in dates and find_date(cell))), None
    )
    column = next((named[name] for name in _ISSUE_COLUMNS if named.get(name)), None)
    known = [stated_issue(column) if column else None, *(_issue_of(item) for item in ([link] if link else []))]
    words = next((plain(named[name]) for name in _TITLE_COLUMNS if named.get(name)), None)
    rest = " ".join(cell for cell in cells if cell and cell not in (date_raw, status_raw))
    return Row(
        shape=RowShape.ENTRY_TABLE if _is_entry_table(head) else RowShape.TABLE,
        line=block.line,
        section="",
        target=link.target if link else None,
        leads=link is not None,
        text=split_title(words or rest)[1],
        issue=next((n for n in [*known, *map(_issue_in, block.cells)] if n is not None), None),
        status_raw=status_raw,
        status=read_status(status_raw) if status_raw else None,
        date_raw=date_raw or next((cell for cell in dates if any(c.isdigit() for c in cell)), None),
        date=find_date(date_raw) if date_raw else None,
    )


def _issue_in(cell: str) -> int | None:
    return issue_number(plain(_CODE.sub(" ", cell))) if re.search(r"\d", cell) else None


def _bullet(block: Block, links: Sequence[Link]) -> Row:
    link = _note_link(links)
    name = " ".join(link.text.split()) if link else ""
    # What stands in code is an example, unless it is in the link's own text.
    prose = plain(block.raw).replace("`", "") if name else plain(_CODE.sub(" ", block.raw))
    before, _, after = prose.partition(name.replace("`", "")) if name else (prose, "", "")
    rest = f"{before} {after}".strip()
    status_raw, status = _bullet_status(block, rest)
    dated = name if _DATE_FIRST.match(name) else rest
    known = [_issue_of(link) if link else None, issue_number(rest)]
    return Row(
        shape=RowShape.BULLET if block.item == 1 else RowShape.SUB_BULLET,
        line=block.line,
        section="",
        target=link.target if link else None,
        leads=bool(name) and not re.search(r"\w", without_marks(before)),
        text=_bullet_title(name, rest, plain(block.raw)),
        issue=next((number for number in known if number is not None), None),
        status_raw=status_raw,
        status=status,
        date_raw=dated if _DATE_FIRST.match(dated) else None,
        date=find_date(dated),
    )


def _bullet_status(block: Block, rest: str) -> tuple[str | None, NoteStatus | None]:
    """What a bullet says of its status beside its link: a check mark, a ticked or empty box, a word set off by
    punctuation. Two that disagree say nothing."""
    if has_mark(rest) or block.checked:
        return "✅", NoteStatus.COMPLETE
    said = [part for part in _BETWEEN.split(rest) if part and read_status(part)]
    found = {read_status(part) for part in said}
    if said:
        return said[-1], found.pop() if len(found) == 1 else None
    return ("[ ]", NoteStatus.IN_PROGRESS) if block.checked is False else (None, None)


def _bullet_title(name: str, rest: str, whole: str) -> str:
    """The link's text without its issue; if it is nothing but an id, the words beside it."""
    issue, title = split_title(name) if name else (None, "")
    if name and not (issue is not None and title == name) and not re.fullmatch(r"[\W\d]*", name):
        return title
    parts = [part.strip() for part in _BETWEEN.split(without_marks(rest))]
    words = [part for part in parts if part and not read_status(part) and not _ONLY_DATE.fullmatch(part)]
    return " - ".join(words) or name or whole


def _broken(line: int, text: str) -> Row:
    return Row(
        shape=RowShape.BROKEN, line=line, section="", target=None, leads=False, text=plain(text), issue=None,
        status_raw=None, status=None, date_raw=None, date=None,
    )  # fmt: skip


def _note_link(links: Sequence[Link]) -> Link | None:
    """The first link into the repository, else the first of all."""
    inside = [link for link in links if link.target and not _SCHEME.match(link.target)]
    return next(iter(inside or links), None)


def _issue_of(link: Link) -> int | None:
    named = split_title(link.text)[0]
    if named is None:
        named = issue_number(link.target.split("#")[0].rsplit("/", 1)[-1])
    if named is None:
        named = issue_number(link.text)
    return named if named is not None else issue_number(link.target.split("#")[0])

"""What a session note is to the catalog, and what parsing one file gives."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Source(StrEnum):
    """Where a record was found."""

    NOTE = "note"
    SESSION_LOG = "session_log"
    COMMAND_LOG = "command_log"
    INDEX_ROW = "index_row"


class NoteStatus(StrEnum):
    """Whether the work goes on."""

    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class SessionNote(_Data):
    """One dated piece of work, or one row of an index page. `sections` are the texts below its headings; `next_steps`
    the open items of the section of that name; `target` is the path or address a row links to (or what a command log
    was run on), `target_exists` whether it stands in the tree (None: there is nothing to look for)."""

    source: Source
    issue: int | None
    title: str
    status: NoteStatus | None
    date: str | None
    sections: dict[str, str]
    next_steps: list[str]
    target: str | None = None
    target_exists: bool | None = None


class Heading(_Data):
    """A heading: its plain text and line."""

    line: int
    text: str


class Entry(_Data):
    """What stands below one heading: its text, its date (ISO; None if it is no day), sections and open items, and what
    labels of its own say."""

    line: int
    heading: str
    date: str | None
    sections: dict[str, str]
    next_steps: list[str]
    status: NoteStatus | None = None
    issue: int | None = None


class RowShape(StrEnum):
    """Where a row stands. An entry table has a column for issues, dates or sessions; broken is a table's line that
    Markdown takes for text."""

    ENTRY_TABLE = "entry_table"
    TABLE = "table"
    BULLET = "bullet"
    SUB_BULLET = "sub_bullet"
    BROKEN = "broken"


class Row(_Data):
    """A row or bullet of a page that may be an index. `section` is the heading above it, `leads` whether its link
    comes first; `status` is the row's own (`status_raw`) or, where it states none, its section's."""

    shape: RowShape
    line: int
    section: str
    target: str | None
    leads: bool
    text: str
    issue: int | None
    status_raw: str | None
    status: NoteStatus | None
    date_raw: str | None
    date: str | None


class ParsedNote(_Data):
    """What one blob says by itself: as a note (`entries`; `whole` if it has none; `loose` are the sections that belong
    to no date), as a decision (`log`), as an index page (`rows`). `issue` is what its title
    or labels state."""

    title: str | None
    title_line: int
    issue: int | None
    status_raw: str | None
    status: NoteStatus | None
    status_line: int | None
    date_raw: str | None
    date: str | None
    date_line: int | None
    labels: dict[str, str]
    entries: list[Entry]
    loose: list[Heading]
    whole: Entry
    log: list[Entry]
    rows: list[Row]

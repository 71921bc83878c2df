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
    the open items of the section of that name; `target` is the path a row links to (or what a command log was run
    on), `target_exists` whether it stands in the tree (None: there is nothing to look for)."""

    source: Source
    issue: int | None
    title: str
    status: NoteStatus | None
    date: str | None
    sections: dict[str, str]
    next_steps: list[str]
    target: str | None = None
    target_exists: bool | None = None


class Entry(_Data):
    """What stands below one heading: its text, its date (ISO; None if it is no day), sections and open items."""

    line: int
    heading: str
    date: str | None
    sections: dict[str, str]
    next_steps: list[str]


class Row(_Data):
    """A row or bullet of a page that may be an index. `section` is the heading above it."""

    line: int
    section: str
    target: str | None
    text: str
    issue: int | None
    status: NoteStatus | None
    date: str | None


class ParsedNote(_Data):
    """What one blob says by itself: as a note (`entries`; `whole` if it has none), as a decision (`log`), as an index
    page (`rows`)."""

    title: str | None
    title_line: int
    issue: int | None
    status_raw: str | None
    status: NoteStatus | None
    status_line: int | None
    date_raw: str | None
    date: str | None
    labels: dict[str, str]
    entries: list[Entry]
    whole: Entry
    log: list[Entry]
    rows: list[Row]
    empty: bool

"""Session logs inside documents: the dated entries below a "Session Log" heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator_assets.documents.dates import read_date
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, Outline

_LOG = re.compile(r"[\W\d_]*(session|work|progress) (log|notes)s?\b", re.IGNORECASE)
_DATED = re.compile(r"\W*\d{4}-\d{1,2}-\d{1,2}")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A dated entry: the line and plain text of its heading, its date (ISO; None if it is no day), and what stands
    below it."""

    line: int
    date: str | None
    heading: str
    block: Block


def session_log_entries(outline: Outline) -> list[LogEntry]:
    """The dated sub-headings of the document's session log, in order."""
    entries: list[LogEntry] = []
    log: Block | None = None
    for heading in outline.headings:
        if log is not None and heading.level <= log.level:
            log = None
        if log is None:
            log = heading if _LOG.match(heading.raw) else None
        elif _DATED.match(heading.raw):
            text = plain(heading.raw)
            entries.append(LogEntry(heading.line, read_date(text).value, text, heading))
    return entries

"""The problem codes of session notes."""

from __future__ import annotations

from orchestrator_assets.problems import ProblemCode, Severity

_W, _I = Severity.WARNING, Severity.INFO

BINARY = ProblemCode("session_note.binary", _W, "refused: the file is no text", "replace it by a text file")
REPAIRED = ProblemCode("session_note.repaired_text", _W, "{what}", "save the file as UTF-8")
FRONT_MATTER = ProblemCode(
    "session_note.front_matter", _W, "not read: {reason}", "mend the YAML between the --- lines; the rest was read"
)
CUT = ProblemCode("session_note.cut", _W, "the document is very large: {what}", "start a new note")
EMPTY = ProblemCode("session_note.empty", _W, "the note says nothing", "write it, or remove the file")
UNKNOWN_STATUS = ProblemCode(
    "session_note.unknown_status", _W, "the status {raw!r} is none that is known", "use In Progress or Complete"
)
NO_DATE = ProblemCode("session_note.no_date", _I, "states no date", "add a section `## YYYY-MM-DD`")
BAD_DATE = ProblemCode(
    "session_note.bad_date", _W, "{raw!r} is no complete day of the calendar", "write it as YYYY-MM-DD"
)
OUT_OF_ORDER = ProblemCode(
    "session_note.out_of_order", _I, "{date} stands below {before}", "append new sections at the end"
)
UNDATED_SECTION = ProblemCode(
    "session_note.undated_section",
    _I,
    "the section {heading!r} stands beside the dated ones and is part of none",
    "move it below a date, if it belongs to a session",
)
ISSUE_DISAGREES = ProblemCode(
    "session_note.issue_disagrees", _W, "the note says issue {said}, its file's name {file}", "correct one of them"
)
DANGLING = ProblemCode(
    "session_note.dangling_row", _W, "the row leads to {target}, which does not exist", "correct or remove the row"
)
UNREADABLE_ROW = ProblemCode(
    "session_note.unreadable_row",
    _W,
    "the row {text!r} names no note, issue or date, or stands in no table",
    "link it to its note; a table must not be broken by other lines",
)
UNLISTED = ProblemCode("session_note.unlisted", _W, "no row of {page} leads to this note", "add a row")
DISAGREES = ProblemCode(
    "session_note.status_disagrees", _W, "the row says {said}, {target} says {status}", "correct one of them"
)
SETTINGS = ProblemCode(
    "session_note.settings", _W, "the setting {name} is no list of paths; the default holds", "write it as a list"
)

CODES = (
    BINARY, REPAIRED, FRONT_MATTER, CUT, EMPTY, UNKNOWN_STATUS, NO_DATE, BAD_DATE, OUT_OF_ORDER, UNDATED_SECTION,
    ISSUE_DISAGREES, DANGLING, UNREADABLE_ROW, UNLISTED, DISAGREES, SETTINGS,
)  # fmt: skip

"""Statuses of sessions, as notes, sections and rows write them."""

from __future__ import annotations

import re

from orchestrator_assets.session_notes.model import NoteStatus

# What may follow a status word: nothing, punctuation, a date, a word that only dates or explains it. "Complete rewrite"
# and "In Progress | Complete" (a template's choice) are no status.
_END = r"(?=\s*(?:$|[^\w\s|/]|\d|(?:on|since|as of|at|by|via|in|with|until)\b))"
_STATUSES = (
    (re.compile(rf"(?:(?:work[\s_-]+)?in[\s_-]*progress|active|ongoing|open|started|wip){_END}", re.IGNORECASE),
     NoteStatus.IN_PROGRESS),
    (re.compile(rf"(?:completed?|done|closed|finished){_END}", re.IGNORECASE), NoteStatus.COMPLETE),
)  # fmt: skip
_SECTIONS = (
    (re.compile(r"\W*(?:currently\s+)?(?:in[\s_-]*progress|active|ongoing|open)(?P<of>.*)", re.IGNORECASE),
     NoteStatus.IN_PROGRESS),
    (re.compile(r"\W*(?:recently\s+)?(?:completed?|done|closed|finished)(?P<of>.*)", re.IGNORECASE),
     NoteStatus.COMPLETE),
)  # fmt: skip
_OF_WHAT = re.compile(r"\s*(?:sessions?|issues?|notes?|work|tasks?|items?)?\W*(?:\(.{0,60}\))?\W*", re.IGNORECASE)
_DONE = r"✅|✔|☑|✓|:white_check_mark:|:heavy_check_mark:|\[x\]"
_MARK = re.compile(_DONE, re.IGNORECASE)
_HINT = re.compile(rf"{_DONE}|progress|active|ongoing|open|started|wip|complete|done|closed|finished", re.IGNORECASE)
_BEFORE = re.compile(rf"^(?:(?!{_DONE})[\W_])+", re.IGNORECASE)
_STRUCK = re.compile(r"~~[^~\n]*~~")
_ARROW = re.compile(r"->|→|=>|➜")


def read_status(raw: str) -> NoteStatus | None:
    """The status that a text begins with, or changed to last ("In Progress -> Complete"); a check mark without a
    status word is complete. None if it is none that is known."""
    text = _ARROW.split(_STRUCK.sub(" ", raw.strip()))[-1]
    text = _BEFORE.sub("", text)
    marked = _MARK.match(text)
    if marked:
        text = _BEFORE.sub("", text[marked.end() :])
    for pattern, status in _STATUSES:
        if pattern.match(text):
            return status
    return NoteStatus.COMPLETE if marked else None


def section_status(heading: str) -> NoteStatus | None:
    """The status of all that stands below a heading such as "Active" or "Completed sessions"."""
    for pattern, status in _SECTIONS:
        found = pattern.fullmatch(heading.strip())
        if found and _OF_WHAT.fullmatch(found["of"]):
            return status
    return None


def has_mark(text: str) -> bool:
    """Whether a text holds a check mark."""
    return bool(_MARK.search(text))


def may_state_status(text: str) -> bool:
    """Whether a text holds anything that `read_status` could make a status of: a quick question."""
    return bool(_HINT.search(text))


def without_marks(text: str) -> str:
    """The text without its check marks."""
    return _MARK.sub(" ", text)

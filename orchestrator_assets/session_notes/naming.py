"""Issue numbers, titles and dates out of headings, labels, links and file names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from orchestrator_assets.documents.dates import find_date
from orchestrator_assets.documents.markdown import plain

_ISSUE = re.compile(
    r"(?<![a-z0-9])(?:issues?|ticket|gh)[\s_#/-]*#?(\d{1,7})(?![\d.])|#(\d{1,7})(?![\d.])", re.IGNORECASE
)
_URL = re.compile(r"/(?:issues|work_items|pull|pulls|merge_requests)/(\d{1,7})(?!\d)")
_NUMBER = re.compile(r"\W*(\d{1,7})\W*")
_SAYS_NONE = re.compile(r"\W*(?:none|n/?a|no issue|tbd|unknown)(?!\w)", re.IGNORECASE)
_SESSION = re.compile(r"session(?:\s+(?:notes?|log))?\s*[:—–-]+\s*(?P<title>\S.*)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(
    r"\[?(?:(?:issue|ticket|gh)[\s_-]*#?|[\w./-]{0,80}#)(?P<issue>\d{1,7})\]?(?:\s*[:.—–-]+\s*|\s+)(?P<title>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_ONLY_ISSUE = re.compile(r"\[?(?:(?:issue|ticket|gh)[\s_-]*#?|[\w./-]{0,80}#)(?P<issue>\d{1,7})\]?\W*", re.IGNORECASE)
_FILE_ISSUE = re.compile(r"(?:issue|ticket|gh)[-_ #]*(\d{1,7})(?!\d)", re.IGNORECASE)
_FILE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def issue_number(text: str) -> int | None:
    """The first issue that a text names ("#12", "ISSUE-12", an address ending in /issues/12); None if it names none."""
    found = _ISSUE.search(text) or _URL.search(text)
    return int(next(group for group in found.groups() if group)) if found else None


def stated_issue(value: str) -> int | None:
    """The issue that a label or column for issues states: as above, or a bare number; None for "N/A (see #5)"."""
    text = plain(value)
    if _SAYS_NONE.match(text):
        return None
    bare = _NUMBER.fullmatch(text)
    return int(bare.group(1)) if bare else _first(issue_number(text), issue_number(value))


def split_title(text: str) -> tuple[int | None, str]:
    """A title without "Session:" and "Issue #12:" in front of it, and the issue that stood there."""
    session = _SESSION.fullmatch(text)
    text = session["title"].strip() if session else text
    found = _TITLE.fullmatch(text)
    if found:
        return int(found["issue"]), found["title"].strip()
    alone = _ONLY_ISSUE.fullmatch(text)
    return (int(alone["issue"]) if alone else None), text


def file_issue(path: str) -> int | None:
    """The issue of `ISSUE-12-slug.md`."""
    found = _FILE_ISSUE.match(PurePosixPath(path).name)
    return int(found.group(1)) if found else None


def file_date(path: str) -> str | None:
    """The date of `2026-01-31-slug.md`, ISO; None if there is none or it is no day."""
    found = _FILE_DATE.match(PurePosixPath(path).name)
    return find_date(found.group()) if found else None


def file_words(path: str) -> str:
    """The file's name as words, for a note without a title."""
    return " ".join(re.split(r"[-_\s]+", PurePosixPath(path).stem))


def _first(*found: int | None) -> int | None:
    return next((number for number in found if number is not None), None)

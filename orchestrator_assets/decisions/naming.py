"""Numbers, ids and titles of decisions, out of file names and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestrator_assets.decisions.model import DecisionKind
from orchestrator_assets.documents.markdown import plain

_WORD = r"(?:adr|madr|issue|phase|rfc|dec|decision|ad|dr|architectur(?:e|al)[ -]decision(?:[ -]record)?)"
_FILE = re.compile(rf"(?P<prefix>(?:[A-Z][A-Z0-9]*[-_ ])*{_WORD}|[A-Z]{{2,10}}(?:[-_ ][A-Z]{{2,10}})*|)(?P<sep>[-_ #]*)"
                   r"(?P<number>\d{1,5})(?![\d])", re.IGNORECASE)  # fmt: skip
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)|\d{8}(?!\d)")
_SEPARATOR = r"\s*(?:\([^()]{0,80}\))?\s*(?:[:.)|]|—|–|-)+\s+"
_HEADING = re.compile(
    rf"\[?(?P<prefix>(?:[A-Z][A-Z0-9]*[-_ ])*{_WORD})?(?:\s{{0,3}}[-–—_:#]\s{{0,3}}|[ ])?#?"
    rf"(?P<number>\d{{1,5}}|\d*x+\d*|n{{2,5}})\]?(?:{_SEPARATOR}|\s+(?=\S))(?P<title>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_HEADING_WORD = re.compile(rf"(?:{_WORD}){_SEPARATOR}(?P<title>\S.*)", re.IGNORECASE | re.DOTALL)
_FOREIGN = re.compile(
    rf"(?:(?P<prefix>[A-Z][A-Z0-9]{{1,9}}(?:[-_][A-Z][A-Z0-9]{{1,9}}){{0,4}})[-_ #]{{0,3}}"
    rf"|(?P<mixed>[A-Z][A-Za-z0-9]{{1,9}})[-_#])(?P<number>\d{{1,5}}){_SEPARATOR}(?P<title>\S.*)",
    re.DOTALL,
)
_HAS_SEPARATOR = re.compile(_SEPARATOR)
_EMOJI = re.compile(
    r"\A(?:[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]|:[a-z0-9_+-]{2,40}:)+\s+(?=(?:\[?[A-Z]+[-_ #]*)?\d)"
)
"""Emoji before an id. Elsewhere they belong to the title."""
_PLACEHOLDER = re.compile(
    r"[\[{<(].{0,200}[\]})>]|(short )?title( of .{0,80})?|your title here|untitled", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FileName:
    """What a file's name says: its kind, number and id (None: none), and its words."""

    kind: DecisionKind
    number: int | None
    id: str | None
    words: str


@dataclass(frozen=True, slots=True)
class HeadingName:
    """What a heading says: the id in front (None: none), its number (None: none, or not written out), the title."""

    id: str | None
    number: int | None
    title: str


def read_file_name(path: str) -> FileName:
    """Reads `ADR-0004-pattern.md`, `0009-fix.md`, `ISSUE-47-X.md`, `PHASE1_SETUP.md`, `2025-09-18-layout.md` ..."""
    file = PurePosixPath(path)
    stem = (
        file.stem
        if file.suffix.lower() in (".md", ".markdown", ".mdown", ".mkd", ".rst", ".rest", ".txt")
        else file.name
    )
    if _DATED.match(stem):
        return FileName(DecisionKind.ADR, None, None, _words(stem))
    found = _FILE.match(stem)
    if found is None or (not found["prefix"] and _is_year(found["number"])) or _broken_word(stem, found):
        kind = DecisionKind.ADR if re.match(r"m?adr\b", stem, re.IGNORECASE) else DecisionKind.OTHER
        return FileName(kind, None, None, _words(stem))
    prefix = found["prefix"].upper()
    last = re.split(r"[-_ ]", prefix)[-1] if prefix else "ADR"
    kind = {"ISSUE": DecisionKind.ISSUE, "PHASE": DecisionKind.PHASE}.get(last, DecisionKind.ADR)
    identity = f"{prefix}{'-' if found['sep'].strip('#') or kind is not DecisionKind.PHASE else ''}{found['number']}"
    return FileName(
        kind, int(found["number"]), identity if prefix else f"ADR-{found['number']}", _words(stem[found.end() :])
    )


def read_heading(raw: str, number: int | None) -> HeadingName:
    """Reads "ADR-0001: Use X", "1. Use X", "Issue #47: Use X", "ADR: Use X". A bare number in front counts as an id if
    it is the file's, is written with leading zeros, or is set off by punctuation."""
    text = _EMOJI.sub("", plain(raw))
    found = _HEADING.match(text)
    if found and _counts(found, text, number):
        digits = found["number"]
        prefix = (found["prefix"] or "").upper()
        written = digits.isdigit()
        return HeadingName(f"{prefix or 'ADR'}-{digits}", int(digits) if written else None, found["title"].strip())
    other = _FOREIGN.match(text)
    if other and number is not None and int(other["number"]) == number:
        prefix = (other["prefix"] or other["mixed"]).upper()
        return HeadingName(f"{prefix}-{other['number']}", number, other["title"].strip())
    word = _HEADING_WORD.match(text)
    return HeadingName(None, None, word["title"].strip() if word else text)


def is_placeholder(title: str) -> bool:
    """Whether a title is what a template has in its place."""
    return bool(_PLACEHOLDER.fullmatch(title.strip()))


def _counts(found: re.Match[str], text: str, number: int | None) -> bool:
    digits = found["number"]
    between = text[found.end("number") : found.start("title")].lstrip("]")
    separated = bool(_HAS_SEPARATOR.fullmatch(between))
    if found["prefix"]:
        if found["prefix"].lower() == "phase" and int(digits if digits.isdigit() else -1) != number:
            return False
        return separated or (digits.isdigit() and int(digits) == number and found["prefix"].lower() != "phase")
    if not digits.isdigit():
        return separated
    same = int(digits) == number
    return same if not separated else same or len(digits) >= 3 or not _is_year(digits)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1900 <= int(digits) <= 2100


def _broken_word(stem: str, found: re.Match[str]) -> bool:
    """Whether the number is only a part of a word: `oauth2-login`, `v2beta`."""
    after = stem[found.end() : found.end() + 1]
    prefix = found["prefix"]
    known = bool(re.fullmatch(rf"(?:.*[-_ ])?{_WORD}", prefix, re.IGNORECASE)) if prefix else True
    return bool(after and after.isalnum()) or (bool(prefix) and not known and not prefix.isupper())


def _words(text: str) -> str:
    return " ".join(re.split(r"[-_\s—–]+", text)).strip()

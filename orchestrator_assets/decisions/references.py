"""Other decisions as a text names them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator_assets.decisions.model import Reference

_LINK = re.compile(r"\[(?P<text>[^\[\]]{0,300})\]\((?P<target>[^()\s]{1,500})[^()]{0,200}\)")
_RST_LINK = re.compile(r"`(?P<text>[^`<>]{0,300})<(?P<target>[^<>]{1,500})>`_{1,2}")
_NAME = re.compile(
    r"(?P<name>(?:[A-Z][A-Z0-9]{1,9}[-_])*(?:ADR|RFC|DEC|AD|ISSUE)[-_ #]{0,2}\d{1,5}|(?<![\w/-])#?\d{3,5}(?![\w-]))"
    r"(?:[-–—:]?\s*\((?P<title>[^()]{2,200})\))?",
    re.IGNORECASE,
)
_PARTIAL = re.compile(r"\b(portions?|parts?|partial(ly)?|sections?|some|framing|aspects?)\b|§", re.IGNORECASE)
_PARTIAL_BEFORE = re.compile(r"\b(partially|partly|in part)\W*\Z", re.IGNORECASE)
_NUMBERS = re.compile(r"\s*\[?#?\d{1,5}(?:\s*,\s*#?\d{1,5}){0,50}\]?\s*")
_NOTHING = re.compile(r"[\s\W]*(n/?a|none|nothing|nil|tbd|-|—)?[\s\W]*", re.IGNORECASE)
_MENTION = re.compile(
    r"(?P<by>(?:super[sc]ee?ded?|replaced|obsoleted)\s+by)\b|(?P<of>super[sc]edes|replaces|obsoletes)\b", re.IGNORECASE
)


def references(text: str, line: int, partial: bool = False) -> list[Reference]:
    """The decisions that a label's value names: links, ids, numbers. Words that name none are kept as they are.
    `partial` is whether what stands before already says that not all of them is meant."""
    if _NOTHING.fullmatch(text):
        return []
    partial = partial or bool(_PARTIAL.search(_LINK.sub(" ", text)))
    if _NUMBERS.fullmatch(text):
        return [Reference(raw=digits, line=line, name=digits) for digits in re.findall(r"\d+", text)]
    found: list[Reference] = []
    rest = text
    for pattern in (_LINK, _RST_LINK):
        for link in pattern.finditer(rest):
            name = _NAME.search(link["text"])
            found.append(
                Reference(
                    raw=link.group(),
                    line=line,
                    target=link["target"],
                    name=name and name["name"],
                    title=link["text"],
                    partial=partial,
                )
            )
        rest = pattern.sub(" ", rest)
    for name in _NAME.finditer(rest):
        found.append(Reference(raw=name["name"], line=line, name=name["name"], title=name["title"], partial=partial))
    return found or [Reference(raw=text.strip()[:200], line=line, partial=partial)]


def mentions(text: str, line: int) -> tuple[list[Reference], list[Reference]]:
    """What a status text says of supersession, e.g. "Superseded by [ADR-5](5.md)": (supersedes, superseded by)."""
    supersedes: list[Reference] = []
    superseded_by: list[Reference] = []
    for number, row in enumerate(text.split("\n")):
        for found, before, rest in _told(row):
            partial = bool(_PARTIAL_BEFORE.search(before))
            named = [item for item in references(rest, line + number, partial) if item.target or item.name]
            (superseded_by if found["by"] else supersedes).extend(named)
    return supersedes, superseded_by


def _told(row: str) -> Iterator[tuple[re.Match[str], str, str]]:
    """Each statement of supersession in a line, with what stands before and after it."""
    found = list(_MENTION.finditer(row))
    for at, match in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(row)
        yield match, row[: match.start()], row[match.end() : end]

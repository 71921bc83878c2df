"""Links of a Markdown page by one pass over its lines: many times faster than parsing the page, and linear.

Inline links, images, and reference definitions that the page uses. Code is left out: fenced blocks, and spans between
backticks on one line. A link whose text runs over several lines is found by its target all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_LONGEST = 2_000
_NESTED = 3
_BRACKET = re.compile(r"[()\s]")
_TITLE = re.compile(r"\s+[\"'()]")
_MARK = re.compile(r"(?:[ \t>]|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t]))*")
_LABEL = re.compile(r"\[([^\[\]\n]{1,200})\]")
_DEFINITION = re.compile(
    r"[ >]{0,20}\[([^\[\]\n^][^\[\]\n]{0,199})\]:[ \t]*(<[^<>\n]+>|[^\s<]\S*)(?:[ \t]+[\"'(]|[ \t]*$)"
)


class ScannedLink(NamedTuple):
    """A link target as written, without its title, and its line from 1."""

    target: str
    line: int


def scan_links(text: str) -> Iterator[ScannedLink]:
    """All links and images of a page, in order; a reference stands where it is defined."""
    fence, labels = "", _labels(text)
    for number, line in enumerate(text.split("\n"), 1):
        if fence:
            mark = line.strip(" >\t\r")
            if len(mark) >= len(fence) and not mark.strip(fence[0]):
                fence = ""
        elif ("```" in line or "~~~" in line) and (opened := _opens(_MARK.sub("", line, count=1))):
            fence = opened
        elif "](" in line:
            for target in _targets(_without_code(line)):
                yield ScannedLink(target, number)
        elif labels and "]:" in line and (target := _defined(line, labels)):
            yield ScannedLink(target, number)


def _labels(text: str) -> Mapping[str, int]:
    """How often each label stands in brackets; empty if the page defines none."""
    return Counter(label.casefold() for label in _LABEL.findall(text)) if "]:" in text else {}


def _defined(line: str, labels: Mapping[str, int]) -> str:
    """The target of a reference definition, "" if the line is none or no other place uses its label."""
    found = _DEFINITION.match(line)
    return found[2].strip("<>").strip() if found and labels[found[1].casefold()] > 1 else ""


def _opens(line: str) -> str:
    """The fence that a line opens, "" if none: three or more backticks or tildes (an info string after backticks has
    none in it)."""
    for mark in "`~":
        if line.startswith(mark * 3):
            length = len(line) - len(line.lstrip(mark))
            if mark == "~" or "`" not in line[length:]:
                return mark * length
    return ""


def _without_code(line: str) -> str:
    """The line with its code spans blanked: a run of backticks closes with the next run of the same length."""
    if "`" not in line:
        return line
    runs = _runs(line)
    ends: dict[int, list[int]] = {}
    for index, (_, length) in enumerate(runs):
        ends.setdefault(length, []).append(index)
    kept, at, index = [], 0, 0
    while index < len(runs):
        start, length = runs[index]
        same = ends[length]
        while same and same[0] <= index:
            same.pop(0)
        if not same:
            index += 1
            continue
        close = same[0]
        kept.append(line[at:start])
        at = runs[close][0] + length
        kept.append(" " * (at - start))
        index = close + 1
    return "".join(kept) + line[at:]


def _runs(line: str) -> list[tuple[int, int]]:
    runs, at = [], line.find("`")
    while at >= 0:
        end = at
        while end < len(line) and line[end] == "`":
            end += 1
        runs.append((at, end - at))
        at = line.find("`", end)
    return runs


def _targets(line: str) -> Iterator[str]:
    at = line.find("](")
    opened = _unescaped(line, 0)
    while at >= 0:
        if 0 <= opened < at and line[at - 1] != "\\":
            target = _target(line, at + 2)
            if target:
                yield target
        at = line.find("](", at + 2)


def _unescaped(line: str, start: int) -> int:
    """Where the first bracket without a backslash opens, -1 if none does."""
    at = line.find("[", start)
    while at > 0 and line[at - 1] == "\\":
        at = line.find("[", at + 1)
    return at


def _target(line: str, start: int) -> str:
    """The target that begins at a place: in angle brackets, or up to the bracket that closes it, or its title."""
    limit = start + _LONGEST
    while line.startswith((" ", "\t"), start) and start < limit:
        start += 1
    if line.startswith("<", start):
        end = line.find(">", start, limit)
        return line[start + 1 : end].strip() if end > 0 else ""
    depth = 0
    for found in _BRACKET.finditer(line, start, limit):
        at = found.start()
        if found.group() == "(":
            depth += 1
            if depth > _NESTED:
                return ""
        elif found.group() != ")":
            return line[start:at] if _TITLE.match(line, at, limit) else ""
        elif depth:
            depth -= 1
        else:
            return line[start:at]
    return ""

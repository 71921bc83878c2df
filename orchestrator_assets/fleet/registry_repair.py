"""A repair for a registry whose indentation collapsed: proposed as text and diff, applied by nobody but its owner.

Tools that squeeze runs of blanks leave every line of a list item one column deep, where YAML wants the column of the
item's first key. What a line belonged to can still be told: a key behind `- ` opens a mapping, and the lines after it
that are deeper than the dash belong to it. So each line keeps its words and gets the least indentation that its
place in the structure needs; lines that were right stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from orchestrator_assets.documents.safe_yaml import YamlRefused
from orchestrator_assets.fleet.registry_yaml import SIZE_LIMIT, load

_CONTEXT = 3
_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<dash>-(?:[ \t]+|$))?(?P<rest>.*)")
_KEY = re.compile(r"""(?P<key>[^\s'"\[\]{}#&*!|>%@`,-][^#]*?|"[^"]*"|'[^']*'):(?:[ \t]+(?P<value>.*)|$)""")
_BLOCK_SCALAR = re.compile(r"(?:.*:[ \t]+)?[|>][-+0-9]*[ \t]*(?:#.*)?$")
_NESTED_KEYS: Mapping[str, Collection[str]] = {"public_mirror": ("org", "name", "status")}
"""Keys of the registry's one nested mapping: collapsed to its parent's column, nothing else tells them apart."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A proposal. `line` (1-based) is the first that changes, `explanation` says how; `diff` is a unified diff."""

    text: str
    diff: str
    line: int
    lines_changed: int
    explanation: str


def propose_repair(text: str, file: str = "REPOS.yaml") -> Repair | None:
    """The text re-indented so that it is valid YAML; None if it is valid already, or if re-indenting does not make
    it so. Only the blanks in front of lines differ."""
    if _parses(text) or len(text) > SIZE_LIMIT:
        return None
    lines = re.findall("[^\n]*\n|[^\n]+", text)
    repaired = _reindent(lines)
    changed = [at for at, (old, new) in enumerate(zip(lines, repaired, strict=True)) if old != new]
    if not changed or not _parses("".join(repaired)):
        return None
    first = changed[0]
    return Repair(
        text="".join(repaired),
        diff=_unified_diff(lines, repaired, changed, file),
        line=first + 1,
        lines_changed=len(changed),
        explanation=f"line {first + 1} is indented by {_width(lines[first])}, expected {_width(repaired[first])}",
    )


@dataclass(slots=True)
class _Level:
    """An open block: the column its last line had (`old`) and the one its lines get (`new`); a line at `floor` or
    left of it closes it. A `sequence` holds dashes (each `width` wide, followed by a key if `items_are_mappings`),
    else keys; `awaits` says that the last of them has no value yet; `nested_in` is the parent's key in a column that
    both share."""

    old: int
    new: int
    floor: int
    sequence: bool = False
    width: int = 2
    items_are_mappings: bool = False
    last_key: str | None = None
    awaits: bool = False
    nested_in: str | None = None


def _reindent(lines: list[str]) -> list[str]:
    levels = [_Level(0, 0, floor=-1)]
    result: list[str] = []
    block: tuple[int, int] | None = None  # an open block scalar: the column of its key, how far its lines move
    move = 0
    for line in lines:
        match = _LINE.match(line.rstrip("\r\n"))
        assert match is not None  # every part of the pattern may be empty
        indent = len(match["indent"].expandtabs(2))
        rest = match["rest"]
        content = match["dash"] is not None or bool(rest.strip())
        if block is not None and (not content or indent > block[0]):
            result.append(_moved(line, indent + block[1]) if content else line)
            continue
        block = None
        if not content or rest.startswith("#"):
            result.append(_moved(line, max(0, indent + move)) if content and indent else line)
            continue
        level = _place(levels, indent, match)
        move = level.new - indent
        result.append(_moved(line, level.new))
        if _BLOCK_SCALAR.match(rest):
            block = (indent, move)
    return result


def _place(levels: list[_Level], indent: int, match: re.Match[str]) -> _Level:
    """The level that the line stands on; opens and closes levels, and notes what the line opens."""
    key = _KEY.fullmatch(match["rest"])
    dash = match["dash"]
    while len(levels) > 1 and indent <= levels[-1].floor:
        levels.pop()
    if dash is not None:
        level = _sequence_level(levels, indent, holds_mapping=key is not None)
        level.items_are_mappings = level.items_are_mappings or key is not None
        if key is not None:
            level.width = len(dash.expandtabs(2))
            levels.append(_Level(indent + level.width, level.new + level.width, floor=indent))
            _note(levels[-1], key)
        return level
    level = _mapping_level(levels, indent, key["key"] if key else None)
    if key is not None:
        _note(level, key)
    return level


def _sequence_level(levels: list[_Level], indent: int, holds_mapping: bool) -> _Level:
    """Where a dash stands: the value of the key before it, or the next item of a list that is open at its column."""
    open_here = [level for level in levels if level.sequence and level.old >= indent]
    top = levels[-1]
    if top.awaits and not top.sequence and not (holds_mapping and any(one.items_are_mappings for one in open_here)):
        top.awaits = False
        levels.append(_sequence_below(top, indent))
        return levels[-1]
    fitting = [level for level in open_here if level.items_are_mappings == holds_mapping] or open_here
    if not fitting:
        levels.append(_sequence_below(top, indent))
        return levels[-1]
    while levels[-1] is not fitting[-1]:
        levels.pop()
    return levels[-1]


def _sequence_below(parent: _Level, indent: int) -> _Level:
    """A list under a key: in the key's own column or deeper. Keys between the two columns are its items'."""
    return _Level(indent, max(indent, parent.new), floor=min(indent - 1, parent.old), sequence=True)


def _mapping_level(levels: list[_Level], indent: int, key: str | None) -> _Level:
    """Where a key stands: on the mapping that is open at its column, or on the one that the line before opened."""
    top = levels[-1]
    while top.sequence and not (top.items_are_mappings and indent > levels[-2].old):
        levels.pop()  # a key in the column of its parent's keys, or after a list of plain items, closes the list
        top = levels[-1]
    if top.sequence:  # a key in the dashes' column or left of it, yet deeper than the list's key: the last item's
        levels.append(_Level(indent, top.new + top.width, floor=levels[-2].old))
        return levels[-1]
    if indent < top.old:  # between a dash and the column behind it: the first such line says where the item's keys are
        top.old = indent
    return _nested_level(levels, indent, key)


def _nested_level(levels: list[_Level], indent: int, key: str | None) -> _Level:
    top = levels[-1]
    if top.nested_in is not None and top.old == indent and key not in _NESTED_KEYS[top.nested_in]:
        levels.pop()
        top = levels[-1]
    if indent > top.old and key is not None and top.last_key is not None and not top.awaits:
        top.old = indent  # nothing can hang under a key that has its value: it was the lines before that were off
    elif indent > top.old or (indent == top.old and top.awaits and key in _NESTED_KEYS.get(top.last_key or "", ())):
        nested_in = top.last_key if indent == top.old else None
        new = indent if indent > top.new else top.new + 2
        levels.append(_Level(indent, new, floor=indent - 1, nested_in=nested_in))
        top.awaits = False
    return levels[-1]


def _note(level: _Level, key: re.Match[str]) -> None:
    value = (key["value"] or "").strip()
    level.last_key = key["key"]
    level.awaits = not value or value.startswith("#")


def _unified_diff(old: list[str], new: list[str], changed: list[int], file: str) -> str:
    """The diff of two texts whose lines answer to one another: unlike difflib's, linear in their number."""
    name = file.lstrip("/")
    parts = [f"--- a/{name}\n", f"+++ b/{name}\n"]
    first = 0
    for at, line in enumerate(changed):
        if at + 1 == len(changed) or changed[at + 1] - line > 2 * _CONTEXT:
            parts += _hunk(old, new, max(0, changed[first] - _CONTEXT), min(len(old), line + _CONTEXT + 1))
            first = at + 1
    return "".join(parts)


def _hunk(old: list[str], new: list[str], start: int, end: int) -> list[str]:
    parts = [f"@@ -{start + 1},{end - start} +{start + 1},{end - start} @@\n"]
    added: list[str] = []
    for before, after in zip(old[start:end], new[start:end], strict=True):
        if before == after:
            parts += [*added, _diff_line(" ", before)]
            added = []
        else:
            parts.append(_diff_line("-", before))
            added.append(_diff_line("+", after))
    return parts + added


def _diff_line(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _parses(text: str) -> bool:
    try:
        load(text)
    except YamlRefused:
        return False
    return True


def _moved(line: str, column: int) -> str:
    return " " * column + line.lstrip(" \t")


def _width(line: str) -> str:
    count = len(line) - len(line.lstrip(" \t"))
    return f"{count} space" + ("" if count == 1 else "s")

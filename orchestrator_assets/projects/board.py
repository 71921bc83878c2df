"""Bringing a board's fields in line with a project's execution sequence: what would change, and changing it.

Only the named fields of issues that stand in the sequence are touched. What is not known (a step without evidence of
its state) is left as it is on the board.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_assets.projects.board_api import Board, BoardApi, BoardFailed, BoardItem

DONE, IN_PROGRESS = "Done", "In Progress"


@dataclass(frozen=True, slots=True)
class Names:
    """What is touched: a number field for the step, a single-select field for the state, and a label to add (None: no
    label)."""

    sequence: str = "Sequence"
    status: str = "Status"
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A value of one issue that differs. `field` is a field's name, or `label`; `before` is None if it has none."""

    issue: str
    field: str
    before: float | str | None
    after: float | str
    item: BoardItem


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change, in the sequence's order, and issues of the sequence that are not on the board."""

    changes: tuple[Change, ...]
    absent: tuple[str, ...]


def plan(board: Board, steps: Sequence[Mapping[str, Any]], repository: str, names: Names) -> Plan:
    """The difference between a board and a project's steps (as the index gives them). BoardFailed if the board lacks a
    field or an option that is needed."""
    _check(board, names)
    on_board = {(item.repo, item.number): item for item in board.items}
    changes: list[Change] = []
    absent: list[str] = []
    for issue, step in _issues(steps):
        name, _, number = issue.partition("#")
        item = on_board.get((name or repository, int(number)))
        if item is None:
            absent.append(issue)
            continue
        changes += _changes(issue, item, step, names)
    return Plan(tuple(changes), tuple(absent))


def apply(api: BoardApi, board: Board, owner: str, changes: Sequence[Change], names: Names) -> None:
    """Makes the changes, one after the other. BoardFailed at the first that is refused: those before it are made, and
    the next plan tells what is left."""
    for change in changes:
        if change.field == names.sequence:
            api.set_number(board, change.item, names.sequence, float(change.after))
        elif change.field == names.status:
            api.set_option(board, change.item, names.status, str(change.after))
        else:
            api.add_label(owner, change.item, str(change.after))


def _issues(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each issue with the first step that names it."""
    seen: set[str] = set()
    for step in steps:
        for issue in step["issues"]:
            if issue not in seen:
                seen.add(issue)
                yield issue, step


def _changes(issue: str, item: BoardItem, step: Mapping[str, Any], names: Names) -> Iterator[Change]:
    number = step["number"]
    if item.values.get(names.sequence) != number:
        yield Change(issue, names.sequence, item.values.get(names.sequence), number, item)
    status = DONE if step["complete"] else IN_PROGRESS if step["begun"] else None
    if status is not None and item.values.get(names.status) != status:
        yield Change(issue, names.status, item.values.get(names.status), status, item)
    if names.label and names.label not in item.labels:
        yield Change(issue, "label", None, names.label, item)


def _check(board: Board, names: Names) -> None:
    for name, wanted in ((names.sequence, "NUMBER"), (names.status, "SINGLE_SELECT")):
        found = board.fields.get(name)
        if found is None or found.type != wanted:
            kind = "no such field" if found is None else f"it is {found.type}"
            raise BoardFailed(f"the board {board.title!r} needs a {wanted} field {name!r}: {kind}")
    missing = {DONE, IN_PROGRESS} - board.fields[names.status].options.keys()
    if missing:
        raise BoardFailed(
            f"the field {names.status!r} of {board.title!r} lacks the options {', '.join(sorted(missing))}"
        )

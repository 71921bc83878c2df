"""Where the boxes of a diagram stand: columns along the arrows, rows by the neighbours' middle.

The layered method in its simplest form: a node's column is the longest way to it (arrows that would close a cycle are
left out of that count), and a few sweeps put each node near the mean of its neighbours. Deterministic.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from orchestrator_assets.diagrams.model import Diagram

_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A box's place: column and row, from 0."""

    column: int
    row: int


def place(diagram: Diagram) -> dict[str, Cell]:
    """The cell of every node, by key."""
    columns = _columns(diagram)
    layers: dict[int, list[str]] = defaultdict(list)
    for node in diagram.nodes:
        layers[columns[node.key]].append(node.key)
    neighbours: dict[str, list[str]] = defaultdict(list)
    for edge in diagram.edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    for sweep in range(_SWEEPS):
        order = sorted(layers) if sweep % 2 == 0 else sorted(layers, reverse=True)
        for column in order:
            _sort_layer(layers, column, columns, neighbours, column - 1 if sweep % 2 == 0 else column + 1)
    return {key: Cell(column, row) for column, keys in layers.items() for row, key in enumerate(keys)}


def _sort_layer(
    layers: dict[int, list[str]],
    column: int,
    columns: dict[str, int],
    neighbours: dict[str, list[str]],
    beside: int,
) -> None:
    rows = {key: row / max(len(layers[beside]), 1) for row, key in enumerate(layers.get(beside, []))}

    def middle(item: tuple[int, str]) -> tuple[float, int]:
        row, key = item
        near = [rows[other] for other in neighbours[key] if columns[other] == beside and other in rows]
        return (sum(near) / len(near) if near else row / len(layers[column]), row)

    layers[column] = [key for _, key in sorted(enumerate(layers[column]), key=middle)]


def _columns(diagram: Diagram) -> dict[str, int]:
    """The longest way to each node over the arrows that close no cycle."""
    targets: dict[str, list[str]] = defaultdict(list)
    for edge in diagram.edges:
        targets[edge.source].append(edge.target)
    forward: dict[str, list[str]] = defaultdict(list)
    state: dict[str, int] = {}
    finished: list[str] = []
    for node in diagram.nodes:
        stack = [(node.key, iter(targets[node.key]))] if node.key not in state else []
        state.setdefault(node.key, 1)
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[key] = 2
                finished.append(key)
                stack.pop()
            elif state.get(following) != 1:
                forward[key].append(following)
                if following not in state:
                    state[following] = 1
                    stack.append((following, iter(targets[following])))
    columns = {node.key: 0 for node in diagram.nodes}
    for key in reversed(finished):
        for following in forward[key]:
            columns[following] = max(columns[following], columns[key] + 1)
    return columns

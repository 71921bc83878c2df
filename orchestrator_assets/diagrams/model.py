"""What a picture shows: boxes and arrows, in the order in which they are to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "strong", "muted", "problem"]


@dataclass(frozen=True, slots=True)
class Node:
    """A box. `key` identifies it within the diagram and is never shown; `label` is plain text of any origin (it is
    escaped when drawn); boxes of one `group` stand under its heading where the drawing has room for it."""

    key: str
    label: str
    tone: Tone = "plain"
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two boxes by key; `dashed` for what is named but not there."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture. Nodes are drawn in their order; an edge whose end is no node, and a second node of a key, is a
    ValueError: a picture must not quietly show less than it was told."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def __post_init__(self) -> None:
        keys = {node.key for node in self.nodes}
        if len(keys) != len(self.nodes):
            raise ValueError(f"{self.title}: two nodes share a key")
        loose = [edge for edge in self.edges if edge.source not in keys or edge.target not in keys]
        if loose:
            raise ValueError(f"{self.title}: no node for {loose[0].source!r} -> {loose[0].target!r}")

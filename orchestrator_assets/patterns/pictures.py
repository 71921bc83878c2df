"""The lineage of patterns as a picture."""

from __future__ import annotations

from orchestrator_assets.diagrams.model import Diagram, Edge, Node, Tone
from orchestrator_assets.kinds import Index
from orchestrator_assets.patterns.lineage import pattern_of

_TONES: dict[str | None, Tone] = {"1p": "strong", "2p": "plain", "3p": "plain", None: "muted"}


def diagrams(index: Index) -> dict[str, Diagram]:
    """`lineage`: parents to the left of what derives from them. Patterns without any edge are left out: they stand in
    the table. Nothing to draw, no picture."""
    edges = index.extras["lineage"]["edges"]
    provenance = {pattern_of(record).id: pattern_of(record).provenance for record in index.records}
    nodes: dict[str, Node] = {}
    drawn: list[Edge] = []
    for edge in edges:
        parent = edge["found"] or edge["to"]
        lost = edge["found"] is None
        nodes.setdefault(parent, Node(parent, parent, "problem" if lost else _TONES[provenance.get(parent)]))
        nodes.setdefault(edge["from"], Node(edge["from"], edge["from"], _TONES[provenance.get(edge["from"])]))
        drawn.append(Edge(parent, edge["from"], edge["relation"], dashed=edge["resolution"] != "exact"))
    if not drawn:
        return {}
    order = {name: position for position, name in enumerate(index.extras["order"])}
    placed = sorted(nodes.values(), key=lambda node: (order.get(node.key, -1), node.key))
    return {"lineage": Diagram("Patterns: what derives from what", tuple(placed), tuple(drawn))}

"""Pictures of sequences: for each package, sequence to movement to event."""

from __future__ import annotations

import re
from collections import defaultdict

from orchestrator_assets.diagrams.model import Diagram, Edge, Node
from orchestrator_assets.kinds import Index, IndexedRecord
from orchestrator_assets.sequences.model import Sequence, Tier

_MOST = 24
_UNSAFE = re.compile(r"[^a-z0-9]+")


def diagrams(index: Index) -> dict[str, Diagram]:
    """A picture for each package that has sequences of its own, by a name made from the repository's and the
    package's; at most 24, the first by name: more packages than that are read as a table."""
    groups: dict[tuple[str, str], list[IndexedRecord]] = defaultdict(list)
    for record in index.records:
        assert isinstance(record.payload, Sequence)
        if record.payload.tier is not Tier.COPY:
            groups[record.repository, record.payload.package or "no package"].append(record)
    pictures: dict[str, Diagram] = {}
    for (repository, package), records in sorted(groups.items())[:_MOST]:
        name = _UNSAFE.sub("-", f"{repository} {package}".lower()).strip("-")
        pictures.setdefault(name, _picture(f"{repository}: {package}", records))
    return pictures


def _picture(title: str, records: list[IndexedRecord]) -> Diagram:
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for record in records:
        item = record.payload
        assert isinstance(item, Sequence)
        nodes[record.path] = Node(record.path, item.title, "strong")
        for number, movement in enumerate(item.movement_list):
            key = f"{record.path}#{number}"
            beats = "?" if movement.beats is None else movement.beats
            label = f"{movement.name or movement.id or number + 1} ({beats})"
            nodes[key] = Node(key, label, "plain" if movement.detailed else "problem")
            edges.append(Edge(record.path, key))
            for event in movement.events:
                nodes.setdefault(f"event {event}", Node(f"event {event}", event, "muted"))
                edges.append(Edge(key, f"event {event}"))
    return Diagram(title, tuple(nodes.values()), tuple(edges))

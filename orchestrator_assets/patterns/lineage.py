"""The lineage of patterns: where each edge leads, circles, and what comes before what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from orchestrator_assets.kinds import IndexedRecord
from orchestrator_assets.patterns.model import Pattern

if TYPE_CHECKING:
    import networkx as nx

SUFFIX = "-pattern"
Resolution = Literal["exact", "suffix", "retired", "unresolved"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """One edge: a pattern of a repository derives from an id. `found` is the id it leads to (None: nowhere) and
    `repository` where that pattern stands. A first-party edge extends its parent, a third-party one adopts it."""

    record: IndexedRecord
    source: str
    target: str
    resolution: Resolution
    found: str | None
    repository: str | None
    relation: Literal["extends", "adopts"]


def pattern_of(record: IndexedRecord) -> Pattern:
    """A record's payload."""
    assert isinstance(record.payload, Pattern)
    return record.payload


def edges_of(records: Sequence[IndexedRecord], retired: set[str]) -> list[Lineage]:
    """Every edge, resolved: in the pattern's own repository first, then in the others, by name."""
    homes: dict[str, list[str]] = {}
    for record in records:
        homes.setdefault(pattern_of(record).id, []).append(record.repository)
    found = []
    for record in records:
        pattern = pattern_of(record)
        for target in pattern.derives_from:
            candidates: list[tuple[Resolution, str]] = [("exact", target), ("suffix", target + SUFFIX)]
            way, name = next(((way, name) for way, name in candidates if name in homes), (None, None))
            home = None
            if name is not None:
                home = record.repository if record.repository in homes[name] else sorted(homes[name])[0]
            resolution: Resolution = way or _lost(pattern, target, retired)
            relation: Literal["extends", "adopts"] = "adopts" if pattern.provenance == "3p" else "extends"
            found.append(Lineage(record, pattern.id, target, resolution, name, home, relation))
    return found


def _lost(pattern: Pattern, target: str, retired: set[str]) -> Resolution:
    return "retired" if target in retired or target in pattern.retired_parents else "unresolved"


def cycles(edges: Sequence[Lineage]) -> list[list[str]]:
    """Patterns that derive from one another, each circle as its members in order of name."""
    import networkx as nx  # here: loading the code location must not wait for it

    graph = _graph(edges)
    circles = [sorted(part) for part in nx.strongly_connected_components(graph)]
    loops = [[name] for name in sorted(graph) if graph.has_edge(name, name)]
    return sorted([part for part in circles if len(part) > 1] + loops)


def order(names: Sequence[str], edges: Sequence[Lineage]) -> list[str]:
    """Parents before children, by name where nothing says otherwise; members of circles last."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(set(names)))
    graph.add_edges_from((edge.found, edge.source) for edge in edges if edge.found is not None)
    round_about = {name for circle in cycles(edges) for name in circle}
    straight = graph.subgraph([name for name in graph if name not in round_about])
    return [*nx.lexicographical_topological_sort(straight), *sorted(round_about)]


def _graph(edges: Sequence[Lineage]) -> nx.DiGraph[str]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted((edge.source, edge.found) for edge in edges if edge.found is not None))
    return graph

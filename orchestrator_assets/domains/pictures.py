"""The three layers as one picture: registry, domain sequences, plugin sequences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from orchestrator_assets.diagrams.model import Diagram, Edge, Node
from orchestrator_assets.domains.model import Domain, DomainState
from orchestrator_assets.kinds import Index

_MOST_DOMAINS = 60


def diagrams(index: Index) -> dict[str, Diagram]:
    """`lineage`: from each registry to its domains by category, to the files that implement them; rows that name no
    file are drawn as one box per category and state."""
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    groups: dict[tuple[str, str], list[Domain]] = {}
    for record in index.records:
        assert isinstance(record.payload, Domain)
        groups.setdefault((record.repository, record.path), []).append(record.payload)
    for (repository, path), domains in groups.items():
        _draw(f"{repository}: {path}", domains, nodes, edges)
    for layer in index.extras["layers"]:
        if not layer["plugin_sequences"]:
            continue
        key = f"plugins {layer['repo']}"
        nodes[key] = Node(key, f"{layer['plugin_sequences']} plugin sequences", "strong", "plugin sequences")
        for source in [edge.target for edge in edges if edge.target.startswith(f"{layer['repo']}: ")]:
            if source.endswith(" plugin planned") and layer["rows_of_plugin_sequences"]:
                edges.append(Edge(source, key, f"{layer['rows_of_plugin_sequences']} by id"))
    return {"lineage": Diagram("Registry, domain sequences, plugin sequences", tuple(nodes.values()), tuple(edges))}


def _draw(registry: str, domains: Sequence[Domain], nodes: dict[str, Node], edges: list[Edge]) -> None:
    nodes[registry] = Node(registry, f"{registry} ({len(domains)})", "strong", "registries")
    filed = [item for item in domains if item.sequence_file]
    for item in filed[:_MOST_DOMAINS]:
        key = f"{registry} {item.id}"
        broken = item.state is DomainState.BROKEN
        nodes[key] = Node(key, item.name or item.id, "problem" if broken else "plain", "domains")
        edges.append(Edge(registry, key))
        target = f"file {registry} {item.resolved_file or item.sequence_file}"
        counted = "" if item.movements is None else f" ({item.movements} movements, {item.beats} beats)"
        label = f"{item.sequence_file}{counted}"
        nodes.setdefault(target, Node(target, label, "problem" if broken else "plain", "domain sequences"))
        edges.append(Edge(key, target, dashed=broken))
    if len(filed) > _MOST_DOMAINS:
        key = f"{registry} more"
        nodes[key] = Node(key, f"{len(filed) - _MOST_DOMAINS} more with a file", "muted", "domains")
        edges.append(Edge(registry, key))
    counts = Counter((item.category or "none", item.state.value) for item in domains if not item.sequence_file)
    for (category, state), number in sorted(counts.items()):
        key = f"{registry} {category} {state}"
        nodes[key] = Node(key, f"{number} {category}, {state}", "muted", "domains")
        edges.append(Edge(registry, key))

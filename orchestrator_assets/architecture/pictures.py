"""Pictures drawn from the fleet registry: who depends on whom, and who consumes what of whom."""

from __future__ import annotations

from orchestrator_assets.diagrams.model import Diagram, Edge, Node, Tone
from orchestrator_assets.kinds import Index

_TONES: dict[str | None, Tone] = {"core": "strong", "supporting": "plain", "generic": "muted"}
MOST = 150


def diagrams(index: Index) -> dict[str, Diagram]:
    """`context-map` (dependencies, by layer) and `services` (who consumes what). A fleet without any of this has no
    picture; one of more than `MOST` repositories has none that could be read, which the page says."""
    fleet = index.extras["fleet"]
    if len(fleet) > MOST:
        return {}
    pictures = {"context-map": _context_map(fleet), "services": _services(fleet)}
    return {name: picture for name, picture in pictures.items() if picture.edges}


def _context_map(fleet: dict[str, dict[str, object]]) -> Diagram:
    nodes = {
        name: Node(name, name, _TONES.get(_text(entry["context_type"]), "plain"), _text(entry["layer"]))
        for name, entry in fleet.items()
    }
    edges = []
    for name, entry in fleet.items():
        for other in _texts(entry["depends_on"]):
            nodes.setdefault(other, Node(other, other, "problem"))
            edges.append(Edge(name, other, ", ".join(_texts(entry["integration_patterns"])), dashed=other not in fleet))
    return Diagram("Context map: who depends on whom", tuple(nodes.values()), tuple(edges))


def _services(fleet: dict[str, dict[str, object]]) -> Diagram:
    nodes: dict[str, Node] = {}
    edges = []
    providers: dict[str, list[str]] = {}
    for name, entry in fleet.items():
        for service in _texts(entry["provides"]):
            providers.setdefault(service, []).append(name)
    for name, entry in fleet.items():
        for service in _texts(entry["consumes"]):
            key = f"service {service}"
            nodes.setdefault(name, Node(name, name))
            nodes.setdefault(key, Node(key, service, "strong" if service in providers else "problem"))
            edges.append(Edge(name, key, dashed=service not in providers))
    for service, names in sorted(providers.items()):
        key = f"service {service}"
        for name in names if key in nodes else []:
            nodes.setdefault(f"provider {name}", Node(f"provider {name}", name, "plain"))
            edges.append(Edge(key, f"provider {name}", "provided by"))
    return Diagram("Services: who consumes what, and who provides it", tuple(nodes.values()), tuple(edges))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

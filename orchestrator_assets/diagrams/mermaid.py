"""Diagrams as Mermaid flowcharts, which git hosts draw inside Markdown pages."""

from __future__ import annotations

from orchestrator_assets.diagrams.model import Diagram, Node
from orchestrator_assets.documents.text import visible

_LABEL_LIMIT = 80
_CLASSES = {
    "strong": "stroke-width:3px",
    "muted": "opacity:0.6,stroke-dasharray:4",
    "problem": "stroke:#c0392b,stroke-width:2px",
}


def mermaid(diagram: Diagram) -> str:
    """The flowchart's text, without a fence around it, ending in a newline. Labels cannot break out of their quotes
    and hold no markup."""
    names = {node.key: f"n{number}" for number, node in enumerate(diagram.nodes)}
    lines = ["flowchart LR"]
    groups = list(dict.fromkeys(node.group for node in diagram.nodes))
    for number, group in enumerate(groups):
        members = [node for node in diagram.nodes if node.group == group]
        if group is None:
            lines += [f"  {_box(node, names)}" for node in members]
        else:
            lines.append(f'  subgraph g{number}["{_text(group)}"]')
            lines += [f"    {_box(node, names)}" for node in members]
            lines.append("  end")
    for edge in diagram.edges:
        arrow = "-.->" if edge.dashed else "-->"
        label = f'|"{_text(edge.label)}"|' if edge.label else ""
        lines.append(f"  {names[edge.source]} {arrow}{label} {names[edge.target]}")
    for tone, style in _CLASSES.items():
        toned = [names[node.key] for node in diagram.nodes if node.tone == tone]
        if toned:
            lines += [f"  classDef {tone} {style}", f"  class {','.join(toned)} {tone}"]
    return "\n".join(lines) + "\n"


def _box(node: Node, names: dict[str, str]) -> str:
    return f'{names[node.key]}["{_text(node.label)}"]'


def _text(label: str) -> str:
    """Text inside Mermaid's quotes: its entities are `#name;`, and it reads HTML and Markdown there."""
    plain = " ".join(visible(label).split())
    if len(plain) > _LABEL_LIMIT:
        plain = plain[: _LABEL_LIMIT - 1] + "…"
    return "".join(f"#{ord(letter)};" if letter in '"#<>&`*_[]{}|\\;' else letter for letter in plain) or " "

"""Diagrams as SVG that stands alone: no script, no font or image from elsewhere, readable on light and dark."""

from __future__ import annotations

from html import escape

from orchestrator_assets.diagrams.layout import Cell, place
from orchestrator_assets.diagrams.model import Diagram, Edge, Node
from orchestrator_assets.documents.text import GENERATED_MARK, visible

_LETTER, _ROW, _BOX, _GAP, _MARGIN, _HEAD = 7, 34, 24, 70, 16, 36
_LABEL_LIMIT = 64
_STYLE = """
svg{background:#fff;color:#1d2733}
text{font:12px ui-sans-serif,system-ui,sans-serif;fill:currentColor}
.title{font-size:15px;font-weight:600}
.note{font-size:10px;fill:#68737d}
rect{fill:#f4f7fa;stroke:#7d8b99}
.strong rect{fill:#dcebfa;stroke:#1f6feb;stroke-width:2}
.muted rect{stroke-dasharray:4}.muted text{fill:#68737d}
.problem rect{fill:#fdecea;stroke:#c0392b;stroke-width:2}
path{fill:none;stroke:#9aa7b4}
.dashed{stroke-dasharray:4;stroke:#c0392b}
@media(prefers-color-scheme:dark){svg{background:#10161d;color:#e3e9ef}rect{fill:#1b2530;stroke:#5d6b79}
.strong rect{fill:#13304f}.problem rect{fill:#3b1a17}.note,.muted text{fill:#93a1ae}path{stroke:#5d6b79}}
""".strip()


def svg(diagram: Diagram) -> str:
    """The picture as one SVG document, ending in a newline."""
    cells = place(diagram)
    widths = _widths(diagram, cells)
    lefts = {column: _MARGIN + sum(widths[c] + _GAP for c in range(column)) for column in widths}
    rows = max((cell.row for cell in cells.values()), default=0) + 1
    width = max(sum(widths.values()) + _GAP * (len(widths) - 1), len(diagram.title) * 9, 200) + 2 * _MARGIN
    height = _HEAD + rows * _ROW + _MARGIN
    depth = {column: sum(cell.column == column for cell in cells.values()) for column in widths}
    boxes = {
        key: (lefts[cell.column], _top(cell, rows, depth[cell.column]), widths[cell.column])
        for key, cell in cells.items()
    }
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{_text(diagram.title, 200)}">',
        f"<!-- {GENERATED_MARK.decode()} -->",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{_MARGIN}" y="22">{_text(diagram.title, 200)}</text>',
        *(_arrow(edge, boxes) for edge in diagram.edges),
        *(_box(node, boxes[node.key]) for node in diagram.nodes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _widths(diagram: Diagram, cells: dict[str, Cell]) -> dict[int, int]:
    widths = dict.fromkeys(range(max((cell.column for cell in cells.values()), default=-1) + 1), 60)
    for node in diagram.nodes:
        column = cells[node.key].column
        shown = min(len(visible(node.label)), _LABEL_LIMIT)
        widths[column] = max(widths[column], shown * _LETTER + 18)
    return widths


def _top(cell: Cell, rows: int, in_column: int) -> int:
    """Columns with fewer boxes are spread over the height of the longest."""
    return _HEAD + round((cell.row + 0.5) * rows / in_column * _ROW) - _ROW // 2


def _box(node: Node, box: tuple[int, int, int]) -> str:
    left, top, width = box
    tip = f"{node.group}: {node.label}" if node.group else node.label
    return (
        f'<g class="{node.tone}"><title>{_text(tip, 400)}</title>'
        f'<rect x="{left}" y="{top}" width="{width}" height="{_BOX}" rx="5"/>'
        f'<text x="{left + 9}" y="{top + 16}">{_text(node.label, _LABEL_LIMIT)}</text></g>'
    )


def _arrow(edge: Edge, boxes: dict[str, tuple[int, int, int]]) -> str:
    (left, top, width), (to_left, to_top, to_width) = boxes[edge.source], boxes[edge.target]
    from_y, to_y = top + _BOX // 2, to_top + _BOX // 2
    dashed = ' class="dashed"' if edge.dashed else ""
    if to_left > left:
        start, end = left + width, to_left
        bend = (end - start) // 2
        line = f"M{start} {from_y}C{start + bend} {from_y} {end - bend} {to_y} {end} {to_y}"
        head = f"M{end - 6} {to_y - 4}L{end} {to_y}L{end - 6} {to_y + 4}"
    else:  # within a column or back: around the right side, so that it does not run through the boxes
        start, end = left + width, to_left + to_width
        out = max(start, end) + _GAP // 2
        line = f"M{start} {from_y}C{out} {from_y} {out} {to_y} {end} {to_y}"
        head = f"M{end + 6} {to_y - 4}L{end} {to_y}L{end + 6} {to_y + 4}"
    title = f"<title>{_text(edge.label, 200)}</title>" if edge.label else ""
    return f'<path{dashed} d="{line}{head}">{title}</path>'


def _text(label: str, limit: int) -> str:
    plain = " ".join(visible(label).split())
    if len(plain) > limit:  # both ends of a path say more than its first half
        plain = f"{plain[: limit // 2]}…{plain[len(plain) - (limit - limit // 2 - 1) :]}"
    return escape(plain)

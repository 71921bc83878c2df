"""Small bar charts as SVG that stands alone: no style sheet, no font, nothing to load. Colours are readable on light
and on dark pages, text takes the colour of the page it stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

BAR = "#3b82c4"
_ROW, _LABEL, _VALUE, _WIDTH = 26, 160, 50, 440
_HEIGHT, _BASE, _DATE = 150, 22, 58
_NAME, _LABELLED = 20, 14


def bars(rows: Sequence[tuple[str, int]], title: str, limit: int = 12) -> str:
    """Horizontal bars, one a row, the first `limit` of them."""
    shown = rows[:limit]
    largest = max((value for _, value in shown), default=0) or 1
    room = _WIDTH - _LABEL - _VALUE
    parts = []
    for number, (name, value) in enumerate(shown):
        top, width = number * _ROW, max(2.0, room * value / largest) if value else 0
        middle = top + _ROW / 2 + 4
        parts.append(_text(_LABEL - 10, middle, _cut(name), "end", name))
        parts.append(f'<rect x="{_LABEL}" y="{top + 4}" width="{width:.1f}" height="{_ROW - 8}" rx="3" fill="{BAR}"/>')
        parts.append(_text(_LABEL + width + 8, middle, f"{value:,}", "start"))
    return _svg(_WIDTH, max(_ROW, len(shown) * _ROW), title, parts)


def columns(rows: Sequence[tuple[str, int]], title: str) -> str:
    """Columns from left to right, for days or for reports; labels are thinned out where there are many."""
    largest = max((value for _, value in rows), default=0) or 1
    step = _WIDTH / max(len(rows), 1)
    every = -(-len(rows) * _DATE // _WIDTH) or 1
    parts = []
    for number, (name, value) in enumerate(rows):
        height = max(2.0, (_HEIGHT - 20) * value / largest) if value else 0
        left, top = number * step, _HEIGHT - height
        parts.append(
            f'<rect x="{left + step * 0.15:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" height="{height:.1f}" rx="3" '
            f'fill="{BAR}"/>'
        )
        if value and len(rows) <= _LABELLED:
            parts.append(_text(left + step / 2, top - 5, f"{value:,}", "middle"))
        if number % every == 0:
            parts.append(_text(left + step / 2, _HEIGHT + _BASE - 6, name, "middle"))
    parts.append(f'<path d="M0 {_HEIGHT}H{_WIDTH}" stroke="currentColor" stroke-opacity="0.3"/>')
    return _svg(_WIDTH, _HEIGHT + _BASE, title, parts)


def standing_alone(svg: str) -> str:
    """The same picture for an `img` element: with a width and height, a ground and a colour of its own."""
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert size is not None, "every chart has a view box"
    ground = f'<rect width="{size[1]}" height="{size[2]}" fill="#fff"/>'
    sized = svg.replace('width="100%"', f'width="{size[1]}" height="{size[2]}"').replace("currentColor", "#333")
    return sized.replace("</title>", f"</title>{ground}", 1)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" role="img" '
        f'overflow="visible" '
        f'style="max-width:{width}px" font-family="system-ui, sans-serif" font-size="13" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, whole: str = "") -> str:
    tip = f"<title>{escape(whole)}</title>" if whole and whole != text else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">{tip}{escape(text)}</text>'


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"

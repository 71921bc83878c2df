"""A line chart as SVG that stands alone."""

from __future__ import annotations

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 320, 70, 50


def line_chart(title: str, x_name: str, y_name: str, points: list[tuple[float, float]]) -> str:
    """One line through some points, both axes from 0."""
    top_x, top_y = max(x for x, _ in points), max(y for _, y in points) * 1.1

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            round(_LEFT + x / top_x * (_WIDTH - _LEFT - 30), 1),
            round(_HEIGHT - _BOTTOM - y / top_y * (_HEIGHT - _BOTTOM - 40), 1),
        )

    placed = [place(x, y) for x, y in points]
    dots = "".join(
        f'<circle cx="{left}" cy="{top}" r="4"/><text x="{left}" y="{top - 9}">{y:.0f}</text>'
        f'<text x="{left}" y="{_HEIGHT - _BOTTOM + 18}">{x:.0f}</text>'
        for (left, top), (x, y) in zip(placed, points, strict=True)
    )
    line = " ".join(f"{left},{top}" for left, top in placed)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}">'
        "<style>text{font:12px sans-serif;text-anchor:middle;fill:#57606a}circle{fill:#1f6feb}"
        "polyline{fill:none;stroke:#1f6feb;stroke-width:2}path{stroke:#d0d7de}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{_WIDTH / 2}" y="20">{title}, {y_name}</text>'
        f'<path d="M{_LEFT} {_HEIGHT - _BOTTOM}H{_WIDTH - 20}M{_LEFT} {_HEIGHT - _BOTTOM}V30"/>'
        f'<polyline points="{line}"/>{dots}<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}">{x_name}</text></svg>\n'
    )

"""`python -m benchmarks.scale`: the curve from a hundred repositories to thousands, written to docs/scale.md and its
plot. Each point is measured in a process and on a database of its own, so that memory and size are its own."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import fleets
from benchmarks.measure import median
from benchmarks.plot import line_chart
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.fleet.scan import scan
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.fleet.watch import RunState, look, plan
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import Settings, settings

DOCS = Path(__file__).parent.parent / "docs"
CHANGED = 50
PREDICTED = 50_000
Point = dict[str, float]


def main() -> None:
    """Measures every count, or (with --one, in a child) one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="100,500,1000,2500,5000")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.folder, chosen.one)))
        return
    counts = sorted(int(count) for count in chosen.counts.split(","))
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        fleets.small(folder / "many", counts[-1])
        points = {count: _child(folder, count) for count in counts}
    report = render(points)
    print(report)
    (DOCS / "scale.md").write_text(report)
    (DOCS / "scale.svg").write_text(
        line_chart("Cold scan", "repositories", "seconds", [(count, point["cold"]) for count, point in points.items()])
    )


def measure(folder: Path, count: int) -> Point:
    """Everything that is measured of a fleet of this size, in seconds and megabytes."""
    engine, chosen = open_database(), settings()
    repositories = sorted((folder / "many").iterdir())[:count]
    fleets.registry(chosen.fleet_path, repositories)
    sync_fleet(engine, chosen, accept_loss=True)
    began = time.perf_counter()
    results = scan(engine, chosen, fleet_store.targets(engine), "benchmark")
    cold = time.perf_counter() - began
    assert all(result.changed for result in results)
    point = {"cold": cold, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    point["database"] = _size(engine) / 1e6
    point["tick"] = median(lambda: _tick(engine, chosen), 3)
    for repository in repositories[:CHANGED]:
        fleets.push(repository, 6 + count)
    began = time.perf_counter()
    point["runs"] = float(_tick(engine, chosen))
    scan(engine, chosen, fleet_store.targets(engine), "benchmark")
    point["changed"] = time.perf_counter() - began
    for kind in kinds():
        point[f"index {kind.index}"] = median(lambda kind=kind: build_index(engine, kind), 3)  # type: ignore[misc]
    return point


def _tick(engine: Engine, chosen: Settings) -> int:
    look(engine, chosen, time.monotonic() + 40)
    return len(plan(engine, chosen, lambda key: RunState.UNKNOWN))


def _size(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _child(folder: Path, count: int) -> Point:
    home = folder / f"home-{count}"
    environment = {
        **os.environ, "ORCHESTRATOR_HOME": str(home), "ORCHESTRATOR_FLEET": str(folder / f"REPOS-{count}.yaml"),
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.scale", "--one", str(count), "--folder", str(folder)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    point: Point = json.loads(done.stdout.splitlines()[-1])
    return point


def render(points: dict[int, Point]) -> str:
    """The table, and the straight line through it that predicts a larger fleet."""
    counts = list(points)
    names = [name for name in points[counts[0]] if name.startswith("index ")]
    rows = [
        ("cold scan, s", "cold", 1),
        ("each, ms", None, 1),
        ("peak memory of the process until then, MB", "memory", 0),
        ("database, MB", "database", 0),
        ("sensor tick, nothing changed, s", "tick", 2),
        (f"runs asked for with {CHANGED} changed", "runs", 0),
        (f"finding and scanning {CHANGED} changed among all, s", "changed", 1),
        *((f"building the {name}, s", name, 2) for name in names),
    ]
    lines = [
        "# Scale", "",
        f"Written by `python -m benchmarks.scale` on {datetime.now(UTC):%Y-%m-%d} ({os.cpu_count()} shared cores). The "
        "repositories are small: 27 files each, five decisions and a session note.", "",
        f"| repositories | {' | '.join(str(count) for count in counts)} | {PREDICTED:,} (predicted) |",
        f"|---|{'---:|' * (len(counts) + 1)}",
    ]  # fmt: skip
    for title, name, digits in rows:
        values = [points[c][name] if name else 1000 * points[c]["cold"] / c for c in counts]
        predicted = "" if name == "runs" or name is None else f"{_predict(counts, values):.{digits}f}"
        lines.append(f"| {title} | {' | '.join(f'{value:.{digits}f}' for value in values)} | {predicted} |")
    lines += [
        "", "The prediction is the straight line through the points, by least squares. From its line the cold scan "
        f"deviates by {_deviation(counts, [points[c]['cold'] for c in counts]):.0%} at most.", "", "The pages of the UI over the largest of these fleets: [pages.md](pages.md).", "",
        "![Cold scan by number of repositories](scale.svg)", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _line(counts: list[int], values: list[float]) -> tuple[float, float]:
    """Slope and offset of the least-squares line."""
    mean_x, mean_y = sum(counts) / len(counts), sum(values) / len(values)
    spread = sum((x - mean_x) ** 2 for x in counts)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(counts, values, strict=True)) / spread
    return slope, mean_y - slope * mean_x


def _predict(counts: list[int], values: list[float]) -> float:
    slope, offset = _line(counts, values)
    return offset + slope * PREDICTED


def _deviation(counts: list[int], values: list[float]) -> float:
    slope, offset = _line(counts, values)
    return max(abs(y - offset - slope * x) for x, y in zip(counts, values, strict=True)) / max(values)


if __name__ == "__main__":
    main()

"""Many small repositories: cold scan, rescan, the sensor's tick."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from sqlalchemy import Engine

from benchmarks import fleets
from benchmarks.measure import Row, median
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.fleet.scan import scan
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.fleet.watch import RunState, look, plan
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import Settings


def measure(folder: Path, engine: Engine, settings: Settings, count: int) -> list[Row]:
    """Point 3, and the rescan of point 2."""
    repositories = fleets.small(folder / "many", count)
    fleets.registry(settings.fleet_path, repositories)
    sync_fleet(engine, settings, accept_loss=True)
    began = time.perf_counter()
    results = scan(engine, settings, fleet_store.targets(engine), "benchmark")
    cold = time.perf_counter() - began
    assert all(result.changed for result in results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rescan = median(lambda: scan(engine, settings, fleet_store.targets(engine), "benchmark"), 3)
    rows = [
        Row("3", f"cold scan of {count} small repositories", f"{cold:.1f} s, {1000 * cold / count:.1f} ms each"),
        Row("3", "peak memory of the process that measured all of this", f"{peak:.0f} MB", "400 MB"),
        Row(
            "2",
            f"rescan of {count} with nothing changed",
            f"{rescan:.2f} s, {1000 * rescan / count:.2f} ms each",
            "2 ms",
        ),
    ]

    def tick() -> int:
        look(engine, settings, time.monotonic() + 40)
        return len(plan(engine, settings, lambda key: RunState.UNKNOWN))

    assert tick() == 0
    rows.append(Row("3", f"sensor tick over {count}, nothing changed (no run)", f"{median(tick, 3):.2f} s", "3 s"))
    for repository in repositories[:10]:
        fleets.push(repository, 6)
    look(engine, settings, time.monotonic() + 40)
    [request] = plan(engine, settings, lambda key: RunState.UNKNOWN)
    rows.append(
        Row(
            "3",
            "runs and repositories asked for with 10 changed",
            f"1 run, {len(request.repositories)} repositories",
            "1, 10",
        )
    )
    for kind in kinds():
        seconds = median(lambda kind=kind: build_index(engine, kind), 3)  # type: ignore[misc]
        rows.append(Row("3", f"building the index {kind.index} over {count}", f"{seconds:.2f} s"))
    return rows

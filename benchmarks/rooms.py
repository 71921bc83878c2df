"""What each kind of document adds to the cold scan of one repository: a real one if the real ones are beside the
checkout (or where ORCHESTRATOR_CORPUS says), else the large synthetic one."""

from __future__ import annotations

import os
import statistics
import subprocess
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import fleets
from benchmarks.measure import Row
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.fleet.scan import ScanResult, scan
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import Settings

TIMES = 5


def measure(folder: Path, engine: Engine, settings: Settings) -> list[Row]:
    """One row a kind: median milliseconds of parsing and resolving in a cold scan, and its share of the scan."""
    repository, name = _repository(folder)
    fleets.registry(settings.fleet_path, [repository])
    sync_fleet(engine, settings, accept_loss=True)
    results = [_cold(engine, settings) for _ in range(TIMES)]
    whole = statistics.median(result.seconds for result in results)
    rows = [Row("6", f"cold scan of {name}", f"{whole * 1000:.0f} ms")]
    for kind in kinds():
        spent = statistics.median(
            result.parts.get(f"parse {kind.index}", 0) + result.parts.get(f"resolve {kind.index}", 0)
            for result in results
        )
        rows.append(
            Row("6", f"of which {kind.index}: parsing and resolving", f"{spent * 1000:.1f} ms, {spent / whole:.0%}")
        )
    return rows


def _cold(engine: Engine, settings: Settings) -> ScanResult:
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE catalog.snapshot, catalog.parsed_blob, catalog.document, catalog.record CASCADE")
        )
        connection.execute(text("UPDATE catalog.repository_state SET scanned_seq = NULL, scanned_with = NULL"))
    [result] = scan(engine, settings, fleet_store.targets(engine), "benchmark")
    assert result.changed
    return result


def _repository(folder: Path) -> tuple[Path, str]:
    beside = Path(__file__).parent.parent.parent / "shared"
    bundle = Path(os.environ.get("ORCHESTRATOR_CORPUS") or beside) / "corpus" / "renderx.bundle"
    if not bundle.exists():
        return fleets.large(folder / "rooms", 2000), "a synthetic repository of 2,000 files"
    target = folder / "renderx"
    subprocess.run(["git", "clone", "-q", "-b", "main", str(bundle), str(target)], check=True)
    return target, "a real repository of 500 files (250 of them JSON)"

"""Reports over many repositories."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.measure import Row
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.period import Length, period_at
from orchestrator_assets.reports.reporting import report_of
from orchestrator_assets.settings import Settings

_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def measure(folder: Path, engine: Engine, settings: Settings) -> list[Row]:
    """The fleet that `many` made: a month in which every repository began, and a week in which nothing happened."""
    fleet = fleet_store.fleet(engine)
    floor = _floor(fleet[:50]) * len(fleet) / 50
    rows = [Row("7", f"floor: one `git log --format=%ct` in each of {len(fleet)} repositories", f"{floor:.1f} s")]
    for what, length, day in (
        ("a month in which all began", Length.MONTH, "2026-01-01"),
        ("a quiet week", Length.WEEK, "2026-03-03"),
    ):
        period = period_at(length, day, "UTC", _NOW)
        began = time.perf_counter()
        report = report_of(engine, settings, period, _NOW)
        collected = time.perf_counter() - began
        files = files_of(report, page_from(engine, report, period), period)
        made = time.perf_counter() - began - collected
        told = (
            f"{collected:.1f} s, {1000 * collected / len(fleet):.1f} ms each, {collected / floor:.1f} times the floor"
        )
        rows.append(Row("7", f"facts of {what}, {len(fleet)} repositories", told))
        rows.append(
            Row("7", f"its page and files ({sum(map(len, files.values())) / 1024:.0f} KiB)", f"{made * 1000:.0f} ms")
        )
    return rows


def _floor(fleet: list[fleet_store.FleetRepository]) -> float:
    began = time.perf_counter()
    for repository in fleet:
        subprocess.run(["git", "-C", repository.url, "log", "--format=%ct"], check=True, capture_output=True)
    return time.perf_counter() - began

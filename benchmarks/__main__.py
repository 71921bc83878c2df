"""`python -m benchmarks`: measures everything and rewrites docs/benchmarks.md; `--quick` is small and only prints."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import many, pushing, reading, reporting, rooms, starting
from benchmarks.measure import Row
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.settings import settings

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Runs all topics in a temporary folder on a database of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        os.environ.update(ORCHESTRATOR_HOME=str(folder / "home"), ORCHESTRATOR_FLEET=str(folder / "REPOS.yaml"))
        engine = open_database()
        rows = reading.measure(folder, engine, settings(), 500 if quick else 5000)
        rows += many.measure(folder, engine, settings(), 50 if quick else 1000)
        rows += reporting.measure(folder, engine, settings())
        rows += rooms.measure(folder, engine, settings())
        rows += pushing.measure(folder, 3 if quick else 20)
        rows += starting.measure()
        engine.dispose()
    text = render(rows)
    print(text)
    if not quick:
        REPORT.write_text(text)


def render(rows: list[Row]) -> str:
    """The report."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [
        "# Benchmarks", "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d} ({machine}; a shared, noisy machine: trust the ratios).",
        "Ratios are medians of pairs measured in turn within one run. Curves up to 5,000 repositories: [scale.md](scale.md); the "
        "UI's pages over them: [pages.md](pages.md).", "",
        "| | what | result | aim |", "|---|---|---|---|",
        *(f"| {row.topic} | {row.what} | {row.result} | {row.aim} |" for row in sorted(rows, key=lambda row: row.topic)), "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Start-up: the help page, and loading the definitions, against bare Dagster."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Row, ratio


def measure() -> list[Row]:
    """Point 5."""

    def python(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    help_page, bare, times = ratio(
        lambda: python("-m", "orchestrator_assets.cli", "--help"), lambda: python("-c", "import dagster")
    )
    load = "from orchestrator_assets.definitions import defs; defs().resolve_all_job_defs()"
    loading, _, more = ratio(lambda: python("-c", load), lambda: python("-c", "import dagster"))
    return [
        Row("5", "`orchestrator --help`", f"{help_page * 1000:.0f} ms, {times:.2f} times `import dagster`"),
        Row("5", "loading the definitions", f"{loading:.2f} s, {more:.2f} times `import dagster`", "within 1 s of it"),
        Row("5", "bare `import dagster`", f"{bare:.2f} s"),
    ]

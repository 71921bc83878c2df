"""Where Dagster finds its instance: `HOME/dagster` with our `dagster.yaml` and `workspace.yaml`.

A checkout has both at its top for plain `dagster dev`; an installed package brings the same texts along (the build puts
them into `orchestrator_assets/_config`).
"""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator_assets.settings import Settings

_PACKAGE = Path(__file__).parent
FILES = ("dagster.yaml", "workspace.yaml")
_HERE = """
  module: orchestrator_assets.launcher
  class: LaunchedOnce
"""
_WORKERS = """
  module: orchestrator_assets.workers.launcher
  class: WatchedCeleryRunLauncher
"""
_JSON_LINES = """
# ORCHESTRATOR_LOG_FORMAT=json: every line of a run also as JSON on stdout (what is meant for people stays on stderr).
python_logs:
  dagster_handler_config:
    formatters:
      lines:
        class: orchestrator_assets.telemetry.JsonLines
    handlers:
      lines:
        class: logging.StreamHandler
        stream: ext://sys.stdout
        formatter: lines
"""


def prepare_instance(settings: Settings) -> Path:
    """Makes the folder of our instance and workspace, and points DAGSTER_HOME at it unless the user set one (whose
    `dagster.yaml` then counts). Returns our folder; the texts in it are ours and are written anew when they differ."""
    os.environ["ORCHESTRATOR_HOME"] = str(settings.home_path)
    os.environ["ORCHESTRATOR_FLEET"] = str(settings.fleet_path)
    # Postgres writes events in batches, and a range of thousands of partitions launches at once.
    os.environ.setdefault("DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS", "1")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    folder = settings.home_path / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        text = _shipped(name).read_text()
        if name == "dagster.yaml":
            text = instance_text(text, workers=bool(settings.broker), lines=settings.log_format == "json")
        target = folder / name
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
    os.environ.setdefault("DAGSTER_HOME", str(folder))
    return folder


def instance_text(shipped: str, *, workers: bool, lines: bool = False) -> str:
    """The instance as shipped, with runs going to the workers that ORCHESTRATOR_BROKER feeds, and logs as JSON."""
    return (shipped.replace(_HERE, _WORKERS) if workers else shipped) + (_JSON_LINES if lines else "")


def _shipped(name: str) -> Path:
    packaged = _PACKAGE / "_config" / name
    return packaged if packaged.exists() else _PACKAGE.parent / name

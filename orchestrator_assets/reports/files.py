"""The report's files in the home folder, where the Dagster asset and the command line point to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator_assets.documents.files import write_file
from orchestrator_assets.reports.period import Period
from orchestrator_assets.settings import Settings


def folder_of(settings: Settings, period: Period) -> Path:
    """Where the files of a period's report stand."""
    return settings.home_path / "reports" / period.key


def write_files(settings: Settings, period: Period, files: Mapping[str, bytes]) -> Path:
    """Puts the files into the period's folder and returns it."""
    folder = folder_of(settings, period)
    for name, content in files.items():
        write_file(folder / name, content)
    return folder

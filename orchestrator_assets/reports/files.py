"""The report's files in the home folder, where the Dagster asset and the command line point to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

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


def write_file(path: Path, content: bytes) -> None:
    """Puts a file where it was not or held something else: whole or not at all, and durable before this returns."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

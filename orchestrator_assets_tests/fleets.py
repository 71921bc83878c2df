"""A fleet for tests: repositories, their registry, and the ways to scan them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.fleet.scan import ScanResult, scan
from orchestrator_assets.fleet.sync import FleetReading, sync_fleet
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.repositories import GitRepository


def decision(number: int, status: str = "Accepted", title: str = "Choice") -> str:
    """A decision as many write it."""
    return f"# ADR-{number:04d}: {title} {number}\n\n> **Status:** {status}\n> **Date:** 2026-01-{number:02d}\n\n## Context\n"


@dataclass
class Fleet:
    """Repositories below a folder, and the registry that names them."""

    folder: Path
    engine: Engine
    settings: Settings

    def make(self, *names: str) -> list[GitRepository]:
        """Repositories with one decision each; the registry names all that exist."""
        made = []
        for name in names:
            repository = GitRepository.create(self.folder / "repos" / name)
            repository.commit({"docs/decisions/ADR-0001-first.md": decision(1), "README.md": f"# {name}\n"})
            made.append(repository)
        self.register(*sorted(path.name for path in (self.folder / "repos").iterdir()))
        return made

    def register(self, *names: str, more: str = "") -> FleetReading:
        """Writes the registry and brings it into force."""
        rows = "".join(f"  - name: {name}\n    url: repos/{name}\n" for name in names)
        self.settings.fleet_path.write_text(f"repos:\n{rows or '  []'}\n{more}")
        return sync_fleet(self.engine, self.settings)

    def register_file(self) -> FleetReading:
        """Brings the registry as it stands on disk into force."""
        return sync_fleet(self.engine, self.settings)

    def scan(self, *keys: str) -> dict[str, ScanResult]:
        """Scans some repositories, or all."""
        targets = fleet_store.targets(self.engine, list(keys) or None)
        return {result.key: result for result in scan(self.engine, self.settings, targets, "test")}

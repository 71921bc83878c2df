"""A backup is put into another, empty installation, and everything is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository


def orchestrator(home: Path, fleet: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORCHESTRATOR_", "DAGSTER_"))}
    clean.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "orchestrator_assets.cli", "--home", str(home), "--fleet", str(fleet), *arguments]
    return subprocess.run(command, env=clean, cwd=fleet.parent, capture_output=True, text=True, timeout=200)


def hub(home: Path) -> str:
    command = ["git", f"--git-dir={home}/hub.git", "rev-parse", "main"]
    return subprocess.run(command, env=GIT_ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def test_a_backup_is_restored_elsewhere(tmp_path: Path) -> None:
    made = GitRepository.create(tmp_path / "repos" / "shop")
    made.commit({"docs/decisions/ADR-0001-x.md": "# ADR-0001: X\n\n> **Status:** Accepted\n"})
    fleet = tmp_path / "REPOS.yaml"
    fleet.write_text("repos:\n  - name: shop\n    url: repos/shop\n")
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "all.backup"
    assert orchestrator(first, fleet, "scan").returncode == 0
    assert orchestrator(first, fleet, "publish").returncode == 0
    report = orchestrator(first, fleet, "report", "--at", "2025-06-01", "--json").stdout
    done = orchestrator(first, fleet, "backup", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    assert "there already" in orchestrator(first, fleet, "backup", str(file)).stderr
    restored = orchestrator(second, fleet, "restore", str(file))
    assert restored.returncode == 0 and "database, hub" in restored.stdout, restored.stderr
    assert hub(second) == hub(first)
    made.git("checkout", "-q", "--orphan", "gone")
    made.commit({"x": "1"})
    made.git("branch", "-q", "-M", "gone", "main")
    assert orchestrator(second, fleet, "report", "--at", "2025-06-01", "--json").stdout == report
    assert "1 changed" in orchestrator(second, fleet, "scan").stdout
    refused = orchestrator(second, fleet, "restore", str(file))
    assert refused.returncode == 1 and "holds repositories already" in refused.stderr


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    fleet, other = tmp_path / "REPOS.yaml", tmp_path / "other"
    fleet.write_text("repos: []\n")
    other.write_bytes(b"no tar")
    done = orchestrator(tmp_path / "home", fleet, "restore", str(other))
    assert done.returncode == 1 and "cannot be read" in done.stderr
    assert orchestrator(tmp_path / "home", fleet, "repos", "list").returncode == 0

"""Repositories for tests, made with real git under a clean configuration and fixed dates."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "LC_ALL": "C",
}

_OVERRIDING = "-dac_override,-dac_read_search"
OBEYING = ["setpriv", f"--bounding-set={_OVERRIDING}", f"--inh-caps={_OVERRIDING}"] if os.geteuid() == 0 else []
"""Before a command: root obeys the permissions of files like everybody else."""


def corpus() -> Path:
    """The folder with the real repositories and what is known of them; the test is skipped where there is none."""
    checkout = Path(__file__).parent.parent
    folder = Path(os.environ.get("ORCHESTRATOR_CORPUS") or checkout.parent / "shared")
    if not (folder / "corpus").is_dir():
        pytest.skip("the real repositories are not beside this checkout; ORCHESTRATOR_CORPUS names their folder")
    return folder


@dataclass(frozen=True)
class GitRepository:
    """A work tree to commit to."""

    path: Path

    @classmethod
    def create(cls, path: Path) -> GitRepository:
        path.mkdir(parents=True)
        made = cls(path)
        made.git("init", "-q", "-b", "main")
        return made

    def git(self, *arguments: str, date: str = "2025-06-01T12:00:00+00:00", **extra: str) -> str:
        environment = {**GIT_ENVIRONMENT, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, **extra}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(
        self,
        files: Mapping[str, str | bytes] | None = None,
        remove: Sequence[str] = (),
        date: str = "2025-06-01T12:00:00+00:00",
        message: str = "change",
    ) -> str:
        """Writes and removes files, commits, and returns the commit's id."""
        for name, content in (files or {}).items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        for name in remove:
            (self.path / name).unlink()
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")

"""The database crashing under a scan, scans of the same repository at once, and a folder that cannot be written to."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from orchestrator_assets.catalog.embedded import start
from orchestrator_assets_tests.fleets import decision
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, OBEYING, GitRepository

pytestmark = pytest.mark.slow
NAMES = ("a", "b", "c")


class Installation:
    """A home folder with its own embedded server, and the command line on it."""

    def __init__(self, home: Path, fleet: Path, **settings: str) -> None:
        self.home, self.fleet, self.settings = home, fleet, settings

    def command(self, *arguments: str) -> list[str]:
        where = ["--home", str(self.home), "--fleet", str(self.fleet)]
        return [sys.executable, "-m", "orchestrator_assets.cli", *where, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("ORCHESTRATOR_", "DAGSTER_"))
        }
        clean.pop("DATABASE_URL", None)
        return clean | self.settings

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=self.fleet.parent,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, cwd=self.fleet.parent, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def index(self) -> dict[str, Any]:
        done = self.run("index", "decisions", "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def crash_database(self) -> bool:
        """Kills one of the server's processes with SIGKILL: it drops every connection and recovers from its log. Whether
        there was one to kill."""
        url = make_url(start(self.home))
        try:
            connection = psycopg2.connect(host=url.query["host"], user="postgres", dbname="postgres")
        except psycopg2.OperationalError:
            return False  # it still recovers from the last crash
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            cursor.execute(query)
            others = [row[0] for row in cursor.fetchall()]
        connection.close()
        for process in others[:1]:
            os.kill(process, signal.SIGKILL)
        return bool(others)


@pytest.fixture
def repositories(tmp_path: Path) -> list[GitRepository]:
    made = [GitRepository.create(tmp_path / "repos" / name) for name in NAMES]
    for repository in made:
        repository.commit({f"docs/decisions/ADR-{n:04d}-x.md": decision(n) for n in range(1, 28)})
    rows = "".join(f"  - name: {name}\n    url: repos/{name}\n" for name in NAMES)
    (tmp_path / "REPOS.yaml").write_text(f"repos:\n{rows}")
    return made


@pytest.fixture
def installed(tmp_path: Path, repositories: list[GitRepository]) -> Iterator[Installation]:
    found = Installation(tmp_path / "home", tmp_path / "REPOS.yaml")
    assert found.run("scan").returncode == 0
    yield found


def test_a_database_that_crashes_under_scans_loses_and_doubles_nothing(
    installed: Installation, repositories: list[GitRepository], tmp_path: Path
) -> None:
    chance, crashes = random.Random(3), 0
    for number in range(8):
        for repository in repositories:
            repository.commit(
                {f"docs/decisions/ADR-{n:04d}-x.md": decision(n, title=f"Choice {number}") for n in range(1, 28)}
            )
        process = installed.begin("scan")
        try:
            process.wait(chance.uniform(0.8, 1.6))
        except subprocess.TimeoutExpired:
            crashes += installed.crash_database()
            process.wait(120)
    assert crashes, "no crash hit a scan"
    done = installed.run("scan")
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = Installation(tmp_path / "fresh", installed.fleet)
    assert fresh.run("scan").returncode == 0
    assert installed.index() == fresh.index()


def test_many_scans_of_the_same_repositories_at_once_end_in_one_truth(
    installed: Installation, repositories: list[GitRepository], tmp_path: Path
) -> None:
    for repository in repositories:
        repository.commit({"docs/decisions/ADR-0100-new.md": decision(100 % 28, title="New")})
    running = [installed.begin("scan") for _ in range(4)]
    assert [process.wait(120) for process in running] == [0, 0, 0, 0]
    fresh = Installation(tmp_path / "fresh", installed.fleet)
    assert fresh.run("scan").returncode == 0
    assert installed.index() == fresh.index()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 200 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, to mount a small disk that becomes full; .ci/run has it in a container")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_and_when_there_is_room_again_nothing_is_missing(
    small_disk: Path, repositories: list[GitRepository], tmp_path: Path
) -> None:
    (tmp_path / "REPOS.yaml").write_text(
        "".join(["repos:\n", *(f"  - name: {r.path.name}\n    url: file://{r.path}\n" for r in repositories)])
    )
    installed = Installation(
        small_disk / "home", tmp_path / "REPOS.yaml", ORCHESTRATOR_LOCAL_ROOTS=json.dumps([str(tmp_path)])
    )
    assert installed.run("scan").returncode == 0 and installed.run("publish").returncode == 0
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    chance = random.Random(5)
    for number in range(3):
        for repository in repositories:
            new = {f"docs/decisions/ADR-{n:04d}-x.md": decision(n, title=f"Full {number}") for n in range(1, 28)}
            repository.commit({**new, "data.bin": chance.randbytes(3_000_000)})
        for command in ("scan", "publish"):
            done = installed.run(command)
            assert "Traceback" not in done.stderr
            if command == "scan":
                assert done.returncode == 1 and "space" in (done.stdout + done.stderr).lower()
    ballast.unlink()
    done = installed.run("scan")
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed.run("publish").returncode == 0
    fresh = Installation(tmp_path / "fresh", installed.fleet, **installed.settings)
    assert fresh.run("scan").returncode == 0
    assert installed.index() == fresh.index()
    fsck = ["git", f"--git-dir={installed.home}/hub.git", "fsck", "--strict"]
    assert subprocess.run(fsck, env=GIT_ENVIRONMENT, capture_output=True, check=False).returncode == 0


def test_a_home_that_cannot_be_written_to_is_told_and_works_again_when_it_can(
    small_disk: Path, repositories: list[GitRepository], tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    installed = Installation(small_disk / "home", tmp_path / "REPOS.yaml")
    done = installed.run("scan")
    assert done.returncode == 1 and str(small_disk) in done.stderr and "Traceback" not in done.stderr
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert installed.run("scan").returncode == 0


def test_a_disk_that_becomes_read_only_under_a_running_database_is_told(
    small_disk: Path, repositories: list[GitRepository], tmp_path: Path
) -> None:
    installed = Installation(small_disk / "home", tmp_path / "REPOS.yaml")
    assert installed.run("scan").returncode == 0
    for repository in repositories:
        repository.commit({"docs/decisions/ADR-0001-x.md": decision(1, title="Later")})
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for command in ("scan", "publish"):
        done = installed.run(command)
        assert done.returncode == 1 and "read-only" in done.stderr.lower(), done.stderr
        assert "Traceback" not in done.stderr
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert installed.run("scan").returncode == 0
    fresh = Installation(tmp_path / "fresh", installed.fleet)
    assert fresh.run("scan").returncode == 0
    assert installed.index() == fresh.index()


def test_a_sealed_home_is_told(tmp_path: Path, repositories: list[GitRepository]) -> None:
    home = tmp_path / "sealed"
    home.mkdir(0o500)
    installed = Installation(home, tmp_path / "REPOS.yaml")
    command = [*OBEYING, *installed.command("scan")]
    done = subprocess.run(command, env=installed.environment, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and str(home) in done.stderr and "Traceback" not in done.stderr

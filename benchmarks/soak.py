"""`python -m benchmarks.soak SECONDS`: pushes for a long time to everything that `orchestrator dev` runs, while runs are
killed, and a record of what must stay flat: memory, file handles, processes, rows. Exits 1 if something grew or was lost.

Every minute: a dozen pushes to random repositories; every fifth minute one process of a run is killed. At the end every
pushed document must be in the published index, and the catalog must equal one made from nothing.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks import fleets
from benchmarks.pushing import _page, _wait

REPOSITORIES = 20
_MINUTE = 60.0
_KILL_EVERY = 5
_GROWTH = 1.5
_TABLES = ("sensor_ticks", "job_ticks", "runs", "event_logs")


@dataclass(frozen=True, slots=True)
class Sample:
    """What stood after some minutes: resident memory of all our processes in MB, their open files, how many they are,
    and rows of Dagster's tables."""

    minute: int
    megabytes: int
    files: int
    processes: int
    rows: dict[str, int]


def main(seconds: float) -> int:
    """Runs the soak and prints a line a minute; the exit code."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        repositories = fleets.small(folder / "repos", REPOSITORIES)
        fleets.registry(folder / "REPOS.yaml", repositories)
        child = _start(folder)
        hub = folder / "home" / "hub.git"
        samples: list[Sample] = []
        pushed: list[tuple[str, str]] = []
        try:
            _wait(lambda: "ADR-0005" in _page(hub), 180)
            end = time.monotonic() + seconds
            minute = 0
            while time.monotonic() < end:
                minute += 1
                for _ in range(12):
                    repository = chance.choice(repositories)
                    pushed.append((repository.name, fleets.push(repository, 10 + len(pushed))))
                    time.sleep(_MINUTE / 12)
                if minute % _KILL_EVERY == 0:
                    _kill_a_run(child.pid)
                samples.append(_sample(minute, child.pid, folder / "home"))
                print(json.dumps(asdict(samples[-1])), flush=True)
            _wait(lambda: all(path in _page(hub) for _, path in pushed[-12:]), 300)
            page = _page(hub)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(120)
        return _judge(samples, [path for _, path in pushed if path not in page], len(pushed), _survivors(child.pid))


def _judge(samples: list[Sample], lost: list[str], pushed: int, survivors: int) -> int:
    """Compares the last quarter with the second one: the first is warming up."""
    quarter = max(len(samples) // 4, 1)
    early, late = samples[quarter : 2 * quarter] or samples[:1], samples[-quarter:]
    grown = [
        what
        for what in ("megabytes", "files", "processes")
        if max(getattr(item, what) for item in late) > _GROWTH * max(getattr(item, what) for item in early)
    ]
    told = {"pushes": pushed, "lost": lost, "grown": grown, "processes_left": survivors, "minutes": len(samples)}
    print(json.dumps(told))
    return 1 if lost or grown or survivors else 0


def _start(folder: Path) -> subprocess.Popen[bytes]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORCHESTRATOR_", "DAGSTER_", "DATABASE_"))
    }
    where = ["--home", str(folder / "home"), "--fleet", str(folder / "REPOS.yaml")]
    command = [sys.executable, "-m", "orchestrator_assets.cli", *where, "dev", "--port", str(_free_port())]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=clean, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _descendants(root: int) -> Iterator[int]:
    """Our process and everything it started, by the parents that /proc tells."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(after[1]), []).append(int(path.parent.name))
    todo = [root]
    while todo:
        process = todo.pop()
        yield process
        todo += parents.get(process, [])


def _sample(minute: int, root: int, home: Path) -> Sample:
    megabytes = files = processes = 0
    for process in _descendants(root):
        folder = Path(f"/proc/{process}")
        try:
            status = (folder / "status").read_text()
            files += len(list((folder / "fd").iterdir()))
        except OSError:
            continue
        megabytes += next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)
        processes += 1
    return Sample(minute, megabytes, files, processes, _rows(home))


def _rows(home: Path) -> dict[str, int]:
    from orchestrator_assets.catalog.embedded import start

    engine = create_engine(start(home))
    try:
        with engine.connect() as connection:
            return {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in _TABLES
                if connection.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar()
            }
    finally:
        engine.dispose()


def _kill_a_run(root: int) -> None:
    """Kills a process that executes a run, if there is one now."""
    for process in _descendants(root):
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if b"execute_run" in command:
            os.kill(process, signal.SIGKILL)
            return


def _survivors(root: int) -> int:
    return sum(1 for process in _descendants(root) if process != root)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0))

"""Runs on two machines with one database: one machine is cut down, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from orchestrator_assets import instance
from orchestrator_assets.catalog.embedded import start
from orchestrator_assets_tests.fleets import decision
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository
from orchestrator_assets_tests.workers.machines import TOOLS, forwarded, free_port, machine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(280),
    pytest.mark.skipif(
        not TOOLS, reason="needs root for network namespaces, `ip` and redis-server; .ci/run installs them"
    ),
]
CHECKOUT = Path(__file__).parents[2]
NAMES = [f"repo-{number}" for number in range(8)]


class Cluster:
    """A database, a broker, a daemon on this machine, and workers on others."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.repositories = {name: GitRepository.create(folder / "repos" / name) for name in NAMES}
        for name in NAMES:
            self.write(name, 0)
        rows = "".join(f"  - name: {name}\n    url: repos/{name}\n" for name in NAMES)
        (folder / "REPOS.yaml").write_text(f"repos:\n{rows}")
        self.machines = [stack.enter_context(machine(number)) for number in range(2)]
        gateways = [gateway for _, gateway in self.machines]
        self.database = start(folder / "database").partition("host=")[2]
        port, broker = free_port(gateways[0]), free_port(gateways[0])
        stack.enter_context(forwarded(gateways, port, f"{self.database}/.s.PGSQL.5432"))
        bound = ["--bind", *gateways, "--port", str(broker)]
        self.start(["redis-server", *bound, "--save", "", "--protected-mode", "no", "--dir", str(folder)])
        self.ports = (port, broker)
        self._instance_folder()

    def _instance_folder(self) -> None:
        """The instance as it is shipped, but that it looks for dead workers more often."""
        text = instance.instance_text((CHECKOUT / "dagster.yaml").read_text(), workers=True)
        text = text.replace("poll_interval_seconds: 20", "poll_interval_seconds: 2")
        (self.folder / "dagster").mkdir()
        (self.folder / "dagster" / "dagster.yaml").write_text(text)

    def write(self, name: str, version: int) -> str:
        files = {f"docs/decisions/ADR-{n:04d}-x.md": decision(n, title=f"Choice {version}") for n in range(1, 120)}
        return self.repositories[name].commit(files)

    def environment(self, gateway: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("ORCHESTRATOR_", "DAGSTER_"))}
        port, broker = self.ports
        return clean | {
            "DATABASE_URL": f"postgresql://postgres@{gateway}:{port}/orchestrator",
            "ORCHESTRATOR_BROKER": f"redis://{gateway}:{broker}/0",
            "ORCHESTRATOR_HOME": str(self.folder / "home"),
            "ORCHESTRATOR_FLEET": str(self.folder / "REPOS.yaml"),
            "ORCHESTRATOR_RETRY_BASE": "1",
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }

    def start(self, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        log = self.stack.enter_context((self.folder / f"log-{Path(command[0]).name}-{time.time_ns()}").open("wb"))
        process = subprocess.Popen(
            command, env=environment or None, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
        )
        self.stack.callback(kill, process)
        return process

    def worker(self, number: int) -> subprocess.Popen[bytes]:
        name, gateway = self.machines[number]
        command = ["-m", "orchestrator_assets.cli", "worker", "--name", f"machine{number}", "--runs", "1"]
        return self.start(["ip", "netns", "exec", name, sys.executable, *command], **self.environment(gateway))

    def daemon(self) -> None:
        workspace = str(CHECKOUT / "workspace.yaml")
        gateway = self.machines[0][1]
        self.start([sys.executable, "-m", "dagster._daemon", "run", "-w", workspace], **self.environment(gateway))

    def run(self, *arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "orchestrator_assets.cli", *arguments],
            env=self.environment(self.machines[0][1]) | more, cwd=self.folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(host=self.database, user="postgres", dbname="orchestrator")
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def busy(self, worker: str) -> bool:
        """Whether a run is under way on this worker, as the worker noted in the broker."""
        tasks = self.query(
            "SELECT value FROM run_tags JOIN runs USING (run_id) WHERE status = 'STARTED' AND key = 'dagster-celery/task_id'"
        )
        store = redis.Redis(self.machines[0][1], self.ports[1])
        notes = [json.loads(found) for (task,) in tasks if (found := store.get(f"celery-task-meta-{task}"))]
        return any(
            note["status"] == "STARTED" and note["result"]["hostname"].startswith(f"{worker}@") for note in notes
        )

    def runs(self) -> Counter[str]:
        return Counter(status for (status,) in self.query("SELECT status FROM runs"))


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait(what: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def test_a_machine_that_is_cut_down_loses_no_change(cluster: Cluster, tmp_path: Path) -> None:
    cluster.run("scan", "--report")
    workers = [cluster.worker(0), cluster.worker(1)]
    cluster.daemon()
    cluster.daemon()  # a second one, by mistake: nothing must run twice
    heads: dict[str, str] = {}
    # Pushes, each its own run, until one of them is under way on the first machine, which then dies with it.
    for version in range(1, 40):
        name = NAMES[version % len(NAMES)]
        heads[name] = cluster.write(name, version)
        seen = (
            f"SELECT 1 FROM catalog.repository_state WHERE repository = '{name}' AND scanned_commit = '{heads[name]}'"
        )
        if wait(lambda: cluster.busy("machine0") or cluster.query(seen)) is True:  # noqa: B023
            break
    kill(workers[0])

    def recorded() -> bool:
        state = dict(cluster.query("SELECT repository, scanned_commit FROM catalog.repository_state"))
        return all(state[name] == commit for name, commit in heads.items())

    wait(recorded, 120)
    wait(lambda: not any(cluster.runs()[status] for status in ("QUEUED", "STARTING", "STARTED")), 120)
    assert cluster.runs()["FAILURE"] >= 1
    told = cluster.query("SELECT event FROM event_logs WHERE event LIKE '%does not answer any more%'")
    assert told, "the run of the dead worker was ended because its worker was asked"
    twice = "SELECT value FROM run_tags WHERE key = 'dagster/run_key' GROUP BY value HAVING count(*) > 1"
    assert cluster.query(twice) == []
    index = json.loads(cluster.run("index", "decisions", "--json"))
    fresh = {"ORCHESTRATOR_HOME": str(tmp_path / "fresh"), "DATABASE_URL": "", "ORCHESTRATOR_BROKER": ""}
    cluster.run("scan", **fresh)
    assert index == json.loads(cluster.run("index", "decisions", "--json", **fresh)), "nothing lost, nothing doubled"
    hub = f"--git-dir={tmp_path}/home/hub.git"
    git = ["git", hub, "log", "--format=%(trailers:key=Publish-Key,valueonly)", "main"]
    keys = subprocess.run(git, env=GIT_ENVIRONMENT, capture_output=True, text=True, check=True).stdout.split()
    assert keys and len(keys) == len(set(keys))
    subprocess.run(["git", hub, "fsck", "--strict"], env=GIT_ENVIRONMENT, check=True, capture_output=True)

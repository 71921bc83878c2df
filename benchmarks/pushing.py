"""From a push to the published page, through everything that `orchestrator dev` runs."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import fleets
from benchmarks.measure import Row

_RUNS = (
    """{runsOrError(filter:{pipelineName:"scan_repo"},limit:1){...on Runs{results{creationTime startTime endTime}}}}"""
)


def measure(folder: Path, pushes: int) -> list[Row]:
    """Point 4: median and worst, with the parts of the wait."""
    repositories = fleets.small(folder / "push", 5)
    fleets.registry(folder / "PUSH.yaml", repositories)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORCHESTRATOR_", "DAGSTER_", "DATABASE_"))
    }
    where = ["--home", str(folder / "push-home"), "--fleet", str(folder / "PUSH.yaml")]
    child = subprocess.Popen(
        [sys.executable, "-m", "orchestrator_assets.cli", *where, "dev", "--port", str(port)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        hub = folder / "push-home" / "hub.git"
        _wait(lambda: "ADR-0005" in _page(hub), 120)
        chance = random.Random(pushes)
        waits = []
        for n in range(pushes):
            time.sleep(chance.uniform(0, 5))  # or every push would fall on the same moment of Dagster's rounds
            waits.append(_push(repositories[n % 5], 10 + n, hub, port))
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(60)
    totals = sorted(sum(wait) for wait in waits)
    parts = [statistics.median(part) for part in zip(*waits, strict=True)]
    names = (
        "until the sensor's tick created a run",
        "in the queue and process start",
        "scan, indexes, publication",
        "until seen",
    )
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in zip(names, parts, strict=True))
    return [
        Row("4", f"push to published page: median of {pushes}", f"{statistics.median(totals):.1f} s", "5 s"),
        Row("4", f"push to published page: worst of {pushes}", f"{totals[-1]:.1f} s", "10 s"),
        Row("4", "the median wait by its parts", told),
    ]


def _push(repository: Path, number: int, hub: Path, port: int) -> tuple[float, float, float, float]:
    path = fleets.push(repository, number)
    pushed = time.time()
    _wait(lambda: f"{path}" in _page(hub) and repository.name in _page(hub), 60)
    seen = time.time()
    run = _last_run(port)
    return (
        run["creationTime"] - pushed,
        run["startTime"] - run["creationTime"],
        (run["endTime"] or seen) - run["startTime"],
        max(seen - (run["endTime"] or seen), 0.0),
    )


def _last_run(port: int) -> dict[str, Any]:
    body = json.dumps({"query": _RUNS}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})

    def ended() -> dict[str, Any] | None:
        with urllib.request.urlopen(request, timeout=20) as answer:
            run: dict[str, Any] = json.load(answer)["data"]["runsOrError"]["results"][0]
        return run if run["endTime"] else None

    found = _wait(ended, 30)
    assert isinstance(found, dict)
    return found


def _page(hub: Path) -> str:
    done = subprocess.run(
        ["git", f"--git-dir={hub}", "show", "main:adr_index.json"], capture_output=True, text=True, check=False
    )
    return done.stdout


def _wait(what: Callable[[], object], seconds: float) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"nothing within {seconds} s")

"""Scans killed at any moment: the next one finishes the work, and nothing is lost, doubled or half written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets_tests.fleets import Fleet, decision

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SCAN = [sys.executable, "-m", "orchestrator_assets.cli", "scan", "--json"]


def killed_scan(after: float) -> int:
    """Starts a scan in its own process and kills it (SIGKILL) after some seconds, unless it has ended."""
    child = subprocess.Popen(SCAN, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(after)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    return child.wait()


def index_of(fleet: Fleet) -> dict[str, Any]:
    told = as_json(build_index(fleet.engine, KIND, keep=False).index)
    return {name: told[name] for name in ("commits", "records", "problems", "totals")}


@pytest.mark.parametrize("seed", range(2))
def test_scans_killed_at_random_moments_leave_a_true_catalog(
    fleet: Fleet, seed: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    repositories = fleet.make("a", "b", "c", "d")
    began = time.monotonic()
    subprocess.run(SCAN, env=dict(os.environ), check=True, capture_output=True)
    whole = time.monotonic() - began  # how long a scan takes on this machine now
    kills = 0
    for step in range(2, 12):
        for repository in repositories:
            number = 2 + step * 3 % 27
            repository.commit({f"docs/decisions/ADR-{number:04d}-s{step}.md": decision(1 + step, title=f"Step {step}")})
        kills += killed_scan(whole * chance.uniform(0.3, 1.0)) == -signal.SIGKILL
    assert kills >= 3, "the scans ended before they could be killed"
    done = subprocess.run(SCAN, env=dict(os.environ), check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["totals"]["failed"] == 0
    after_kills = index_of(fleet)
    with fleet.engine.begin() as connection:  # the same from nothing
        connection.execute(text("TRUNCATE catalog.repository, catalog.parsed_blob, catalog.registry_version CASCADE"))
    subprocess.run(SCAN, env=dict(os.environ), check=True, capture_output=True)
    assert after_kills == index_of(fleet)
    assert after_kills["totals"]["documents_found"] == sum(
        len(list((repository.path / "docs/decisions").iterdir())) for repository in repositories
    )


def test_a_terminated_run_is_repeated_and_publishes_once(fleet: Fleet, home: Callable[..., Any]) -> None:
    """A whole pipeline run, killed again and again, then left alone."""
    [made] = fleet.make("a")
    command = [
        sys.executable,
        "-m",
        "dagster",
        "job",
        "execute",
        "-m",
        "orchestrator_assets.definitions",
        "-j",
        "refresh_fleet",
    ]
    from orchestrator_assets.instance import prepare_instance

    environment = {**os.environ, "DAGSTER_HOME": str(prepare_instance(fleet.settings))}
    for number, seconds in enumerate((2.0, 2.6, 3.2, 3.8), 2):
        made.commit({f"docs/decisions/ADR-000{number}-x.md": decision(number)})
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-8000:]
    hub = ["git", f"--git-dir={fleet.settings.hub}"]
    page = subprocess.run([*hub, "show", "main:adr_index.json"], check=True, capture_output=True, text=True).stdout
    assert json.loads(page)["totals"]["records"] == 5
    keys = subprocess.run(
        [*hub, "log", "--format=%(trailers:key=Publish-Key,valueonly)", "main"],
        check=True,
        capture_output=True,
        text=True,
    )
    found = keys.stdout.split()
    assert len(found) == len(set(found)), "the same content was published twice"
    subprocess.run([*hub, "fsck", "--strict"], check=True, capture_output=True)

"""Killed at named places, twenty times each: right before and right after every step that is written down. Whoever comes
next finishes the work; nothing is lost, doubled or stuck."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from orchestrator_assets.catalog import fleet_store, inbox_store, request_store
from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.fleet.scan import scan
from orchestrator_assets.fleet.watch import RunState, look, plan
from orchestrator_assets.hub.indexes import Blocked, hub_repository, publish_indexes
from orchestrator_assets.hub.publish import log
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GitRepository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]
TIMES = 20
DECISIONS = kind_of_index("decisions")


def killed(fleet: Fleet, place: str, when: str, work: Callable[[Fleet], object]) -> None:
    """Does the work in a child process that is killed (SIGKILL) right before or after a function is called first."""
    module_name, _, path = place.partition(":")
    child = os.fork()
    if child == 0:
        try:
            owner: Any = import_module(module_name)
            *outer, name = path.split(".")
            for part in outer:
                owner = getattr(owner, part)
            real = getattr(owner, name)

            def deadly(*given: Any, **named: Any) -> Any:
                if when == "after":
                    real(*given, **named)
                os.kill(os.getpid(), signal.SIGKILL)

            setattr(owner, name, deadly)
            work(replace(fleet, engine=_own_engine(fleet.engine)))
        except BaseException as error:
            print(error, file=sys.stderr)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{place} was not reached: {status}"


def _own_engine(engine: Engine) -> Engine:
    """Connections of the parent must not be used by its child."""
    engine.pool.dispose()
    return create_engine(engine.url)


def changes(made: GitRepository) -> Iterator[int]:
    """Commits one change after the other; the third document comes and goes."""
    for number in range(TIMES):
        files = {"docs/decisions/ADR-0002-b.md": decision(2, title=f"Change {number}")}
        extra = "docs/decisions/ADR-0003-c.md"
        there = (made.path / extra).exists()
        made.commit(files if there else {**files, extra: decision(3)}, remove=[extra] if there else [])
        yield number


def seen(fleet: Fleet) -> dict[str, Any]:
    told = as_json(build_index(fleet.engine, DECISIONS, keep=False).index)
    return {name: told[name] for name in ("commits", "records", "problems", "totals")}


def from_nothing(fleet: Fleet) -> dict[str, Any]:
    """The same index over a catalog that never saw a kill."""
    with fleet.engine.begin() as connection:
        for table in (
            "snapshot",
            "document",
            "record",
            "problem",
            "repository_state",
            "observation",
            "content",
            "parsed_blob",
        ):
            connection.exec_driver_sql(f"DELETE FROM catalog.{table}")
    fleet.scan()
    return seen(fleet)


SCAN = "orchestrator_assets.fleet.scan"
STORE = "orchestrator_assets.catalog.snapshot_store"


@pytest.mark.parametrize(
    ("place", "when"),
    [
        (f"{SCAN}:fleet_store.observe", "before"),
        (f"{SCAN}:fleet_store.observe", "after"),
        (f"{STORE}:save_parsed", "after"),
        (f"{STORE}:_replace_documents", "after"),
        (f"{STORE}:_replace_problems", "after"),
        (f"{SCAN}:snapshot_store.replace_snapshot", "before"),
        (f"{SCAN}:snapshot_store.replace_snapshot", "after"),
    ],
)
def test_scans_killed_at_a_step(fleet: Fleet, place: str, when: str) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    for _ in changes(made):
        killed(fleet, place, when, lambda own: scan(own.engine, own.settings, fleet_store.targets(own.engine), "test"))
        fleet.scan()
        assert seen(fleet)["commits"] == {"a": made.git("rev-parse", "HEAD")}
    assert seen(fleet) == from_nothing(fleet)


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("orchestrator_assets.hub.trees:make_commit", "after"),
        ("orchestrator_assets.hub.repository:Workbench.push", "before"),
        ("orchestrator_assets.hub.repository:Workbench.push", "after"),
    ],
)
def test_publications_killed_at_a_step(fleet: Fleet, place: str, when: str) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    build_index(fleet.engine, DECISIONS)
    publish_indexes(fleet.engine, fleet.settings)
    for number in changes(made):
        fleet.scan()
        build_index(fleet.engine, DECISIONS)
        killed(fleet, place, when, lambda own: publish_indexes(own.engine, own.settings))
        done = publish_indexes(fleet.engine, fleet.settings)
        assert not any(isinstance(item, Blocked) for item in done)
        commits = [commit for commit in log(hub_repository(fleet.settings), 100) if "decisions" in commit.subject]
        assert len(commits) == number + 2, "one commit for each content"
    assert len({commit.key for commit in commits}) == len(commits)


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("orchestrator_assets.fleet.watch:fleet_store.observe", "after"),
        ("orchestrator_assets.fleet.watch:inbox_store.settle", "before"),
        ("orchestrator_assets.fleet.watch:request_store.save", "before"),
        ("orchestrator_assets.fleet.watch:request_store.save", "after"),
    ],
)
def test_ticks_killed_at_a_step(fleet: Fleet, place: str, when: str) -> None:
    """A tick that died asked Dagster for nothing; the next one asks once, under a key of its own."""
    [made] = fleet.make("a")
    fleet.scan()
    keys: list[str] = []

    def tick(own: Fleet) -> list[str]:
        look(own.engine, own.settings, time.monotonic() + 30)
        return [item.run_key for item in plan(own.engine, own.settings, lambda key: RunState.UNKNOWN)]

    for number in changes(made):
        inbox_store.take(fleet.engine, inbox_store.Delivery("github", f"d-{number}", ("a",), None, None), 100, 3600)
        killed(fleet, place, when, tick)
        [key] = tick(fleet)
        assert tick(fleet) == [key], "until Dagster knows the run, it is asked for under the same key"
        assert request_store.repositories_of(fleet.engine, key) == ("a",)
        assert inbox_store.waiting(fleet.engine) == set()
        keys.append(key)
        fleet.scan()
        assert tick(fleet) == []
    assert len(set(keys)) == TIMES

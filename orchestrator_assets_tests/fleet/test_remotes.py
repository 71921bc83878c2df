"""Remote repositories over https: watched at intervals that fit them, left alone when they ask for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator_assets.catalog import fleet_store, inbox_store
from orchestrator_assets.catalog.fleet_store import Target
from orchestrator_assets.fleet.mirrors import asked_to_wait
from orchestrator_assets.fleet.watch import Look, look
from orchestrator_assets.settings import Settings, settings
from orchestrator_assets_tests.fleet.https_server import GitServer, git_server
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GitRepository

SECRET = "pass-word-7731"


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "served").mkdir()
    with git_server(tmp_path, tmp_path / "served") as running:
        yield running


@pytest.fixture
def shop(fleet: Fleet, remote: GitServer, tmp_path: Path) -> GitRepository:
    """A repository on the server, in the registry by its https URL."""
    made = GitRepository.create(tmp_path / "served" / "shop")
    made.commit({"docs/decisions/ADR-0001-first.md": decision(1)})
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: shop\n    url: {remote.url}/shop/.git\n")
    fleet.register_file()
    return made


def watched(fleet: Fleet) -> Look:
    return look(fleet.engine, fleet.settings, time.monotonic() + 60)


def target(fleet: Fleet) -> Target:
    [found] = fleet_store.targets(fleet.engine)
    return found


def pretend(fleet: Fleet, statement: str) -> None:
    with fleet.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_repository_over_https_is_seen_fetched_and_scanned(
    fleet: Fleet, remote: GitServer, shop: GitRepository
) -> None:
    assert watched(fleet).moved == ("shop",)
    assert fleet.scan()["shop"].documents["decisions"] == 1
    shop.commit({"docs/decisions/ADR-0002-b.md": decision(2)})
    asked = len(remote.asked)
    assert watched(fleet).looked_at == 0 and len(remote.asked) == asked, "its interval has not passed"
    pretend(fleet, "UPDATE catalog.repository_state SET looked_at = now() - interval '50 seconds'")
    assert watched(fleet).moved == ("shop",)
    assert fleet.scan()["shop"].documents["decisions"] == 2


def test_credentials_come_from_a_helper_and_are_told_nowhere(
    fleet: Fleet, remote: GitServer, shop: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.login = f"robot:{SECRET}"
    refused = watched(fleet)
    assert "shop" in refused.failing and SECRET not in refused.failing["shop"]
    helper = tmp_path / "askpass"
    helper.write_text(f"#!/bin/sh\ncase $1 in Username*) echo robot;; *) echo {SECRET};; esac\n")
    helper.chmod(0o700)
    monkeypatch.setenv("GIT_ASKPASS", str(helper))
    pretend(fleet, "UPDATE catalog.repository_state SET next_attempt_at = NULL, looked_at = NULL")
    assert watched(fleet).moved == ("shop",)
    assert fleet.scan()["shop"].status.value == "ok"
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize("status", [429, 503])
def test_a_remote_that_asks_to_be_left_alone_is(
    fleet: Fleet, remote: GitServer, shop: GitRepository, status: int
) -> None:
    remote.refuse = lambda path: (status, {"Retry-After": "1800"})
    assert str(status) in watched(fleet).failing["shop"]
    wait = target(fleet).next_attempt_at
    assert wait is not None and timedelta(minutes=29) < wait - datetime.now(UTC) <= timedelta(minutes=31)
    asked = len(remote.asked)
    assert watched(fleet).looked_at == 0 and len(remote.asked) == asked
    remote.refuse = lambda path: None
    inbox_store.take(fleet.engine, inbox_store.Delivery("github", "d", ("shop",), None, None), 10, 60)
    assert watched(fleet).moved == ("shop",), "a webhook is stronger"
    assert target(fleet).next_attempt_at is None


def test_a_failing_remote_is_asked_at_growing_intervals(fleet: Fleet, remote: GitServer, shop: GitRepository) -> None:
    remote.refuse = lambda path: (500, {})
    waits = []
    for _ in range(3):
        watched(fleet)
        wait = target(fleet).next_attempt_at
        assert wait is not None
        waits.append((wait - datetime.now(UTC)).total_seconds())
        pretend(fleet, "UPDATE catalog.repository_state SET next_attempt_at = NULL, looked_at = NULL")
    assert [round(wait / 30) for wait in waits] == [1, 2, 4]
    assert target(fleet).failures == 3 and target(fleet).failing_since is not None


@pytest.mark.parametrize(
    ("quiet", "looked", "due"),
    [
        (60, 30, False),
        (60, 60, True),
        (3600, 1500, False),
        (3600, 2100, True),
        (10**6, 20_000, False),
        (10**6, 33_000, True),
    ],
)
def test_the_interval_is_half_the_time_since_the_last_change(
    fleet: Fleet, remote: GitServer, shop: GitRepository, quiet: int, looked: int, due: bool
) -> None:
    watched(fleet)
    pretend(fleet, f"UPDATE catalog.observation SET observed_at = now() - interval '{quiet} seconds'")
    pretend(fleet, f"UPDATE catalog.repository_state SET looked_at = now() - interval '{looked} seconds'")
    assert (watched(fleet).looked_at == 1) is due


def test_one_question_a_remote_and_tick(fleet: Fleet, remote: GitServer, shop: GitRepository) -> None:
    watched(fleet)
    fleet.scan()
    pretend(fleet, "UPDATE catalog.repository_state SET looked_at = NULL")
    remote.asked.clear()
    watched(fleet)
    assert len([path for path in remote.asked if "info/refs" in path]) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("Recv header: Retry-After: 30\n", 30), ("recv header, Retry-After: 9", None),
     ("<= Recv header: retry-after: soon\n", None), ("Recv header: Retry-After: 99999999\n", 86_400)],
)  # fmt: skip
def test_what_git_traced_of_a_wait(text: str, seconds: float | None) -> None:
    assert asked_to_wait(text) == seconds


def test_a_wait_until_a_date() -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    found = asked_to_wait(f"Recv header: Retry-After: {until:%a, %d %b %Y %H:%M:%S} GMT\n")
    assert found is not None and 3500 < found <= 3600


def test_settings_of_the_watcher_have_an_order() -> None:
    chosen: Settings = settings()
    assert chosen.remote_interval <= chosen.remote_longest

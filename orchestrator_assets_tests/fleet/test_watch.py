"""Watching: every push becomes one run, once, whatever dies in between."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text, update

from orchestrator_assets.catalog.tables import repository_state, scan_request
from orchestrator_assets.fleet.watch import Request, RunState, look, plan, watch
from orchestrator_assets_tests.fleets import Fleet, decision


class Dagster:
    """What Dagster knows of runs: by key, and it takes each key once."""

    def __init__(self) -> None:
        self.states: dict[str, RunState] = {}

    def state(self, key: str) -> RunState:
        return self.states.get(key, RunState.UNKNOWN)

    def take(self, requests: list[Request]) -> list[Request]:
        new = [item for item in requests if item.run_key not in self.states]
        self.states.update({item.run_key: RunState.ACTIVE for item in new})
        return new


@pytest.fixture
def dagster() -> Dagster:
    return Dagster()


def tick(fleet: Fleet, dagster: Dagster) -> list[Request]:
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    return dagster.take(plan(fleet.engine, fleet.settings, dagster.state))


def run(fleet: Fleet, dagster: Dagster, request: Request) -> None:
    fleet.scan(*request.repositories)
    dagster.states[request.run_key] = RunState.FINISHED


def expire_waits(fleet: Fleet) -> None:
    with fleet.engine.begin() as connection:
        connection.execute(update(repository_state).values(next_attempt_at=None))
        connection.execute(update(scan_request).values(requested_at="2020-01-01"))


def test_nothing_changed_is_no_run(fleet: Fleet, dagster: Dagster) -> None:
    fleet.make("a", "b")
    fleet.scan()
    assert tick(fleet, dagster) == []


def test_many_changes_are_one_run_and_each_change_runs_once(fleet: Fleet, dagster: Dagster) -> None:
    made = fleet.make("a", "b", "c")
    fleet.scan()
    for repository in made[:2]:
        repository.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [request] = tick(fleet, dagster)
    assert request.repositories == ("a", "b")
    assert tick(fleet, dagster) == [], "it is under way"
    made[2].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [other] = tick(fleet, dagster)
    assert other.repositories == ("c",), "what is under way is not asked for again"
    run(fleet, dagster, request)
    run(fleet, dagster, other)
    assert tick(fleet, dagster) == []


def test_a_request_that_dagster_never_heard_of_is_made_again_under_its_key(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    [lost] = plan(fleet.engine, fleet.settings, dagster.state)  # the sensor is killed here
    [again] = tick(fleet, dagster)
    assert again == lost
    run(fleet, dagster, again)
    assert tick(fleet, dagster) == []


def test_a_run_that_died_is_asked_for_again_after_a_wait(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [request] = tick(fleet, dagster)
    dagster.states[request.run_key] = RunState.FINISHED  # terminated before it scanned anything
    assert tick(fleet, dagster) == []
    expire_waits(fleet)
    [again] = tick(fleet, dagster)
    assert again.run_key != request.run_key and again.repositories == ("a",)


def test_a_force_push_back_to_an_old_commit_is_a_new_change(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    first = made.git("rev-parse", "HEAD")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [out] = tick(fleet, dagster)
    run(fleet, dagster, out)
    made.git("reset", "-q", "--hard", first)
    [back] = tick(fleet, dagster)
    run(fleet, dagster, back)
    made.git("reset", "-q", "--hard", "ORIG_HEAD")
    [out_again] = tick(fleet, dagster)
    assert len({out.run_key, back.run_key, out_again.run_key}) == 3


def test_a_renamed_branch_is_a_change(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.git("branch", "-m", "trunk")
    [request] = tick(fleet, dagster)
    run(fleet, dagster, request)
    assert tick(fleet, dagster) == []


def test_a_repository_that_cannot_be_read_backs_off_and_the_others_go_on(fleet: Fleet, dagster: Dagster) -> None:
    made = fleet.make("a", "b")
    fleet.scan()
    away = made[0].path.rename(made[0].path.with_name("away"))
    made[1].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    seen = look(fleet.engine, fleet.settings, time.monotonic() + 30)
    assert list(seen.failing) == ["a"] and seen.moved == ("b",)
    [request] = tick(fleet, dagster)
    assert request.repositories == ("b",)
    run(fleet, dagster, request)
    assert look(fleet.engine, fleet.settings, time.monotonic() + 30).looked_at == 1, "a is left alone for a while"
    away.rename(made[0].path)
    expire_waits(fleet)
    [back] = tick(fleet, dagster)
    assert back.repositories == ("a",), "a repository that came back is scanned, though its ref did not move"
    run(fleet, dagster, back)
    assert tick(fleet, dagster) == []


def test_a_scan_by_hand_answers_the_change(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    fleet.scan()
    assert tick(fleet, dagster) == []


def test_a_remote_is_asked_once_per_interval_and_its_push_is_seen(
    fleet: Fleet, dagster: Dagster, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = fleet.make("a")
    settings = fleet.settings.model_copy(update={"local_roots": [made.path.parent], "remote_interval": 0.001})
    fleet.settings = settings
    settings.fleet_path.write_text(
        f"repos:\n  - name: remote\n    url: file://{made.path}\n  - name: a\n    url: repos/a\n"
    )
    from orchestrator_assets.fleet.sync import sync_fleet

    assert sync_fleet(fleet.engine, settings).intact
    assert {result.status.value for result in fleet.scan().values()} == {"ok"}
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [request] = tick(fleet, dagster)
    assert request.repositories == ("remote", "a") or request.repositories == ("a", "remote")
    run(fleet, dagster, request)
    assert tick(fleet, dagster) == []
    fleet.settings = settings.model_copy(update={"remote_interval": 3600.0})
    assert look(fleet.engine, fleet.settings, time.monotonic() + 30).looked_at == 1


def test_a_clock_that_was_set_back_makes_nothing_stand_still(fleet: Fleet, dagster: Dagster) -> None:
    """Everything that a clock wrote while it ran a year ahead, seen after it was set right."""
    made = fleet.make("a", "b")
    fleet.scan()
    made[0].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [request] = tick(fleet, dagster)
    dagster.states[request.run_key] = RunState.FINISHED  # it died
    ahead = text("clock_timestamp() + interval '1 year'")
    with fleet.engine.begin() as connection:
        connection.execute(update(scan_request).values(requested_at=ahead))
        connection.execute(update(repository_state).values(looked_at=ahead, next_attempt_at=ahead))
    made[1].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [again] = tick(fleet, dagster)
    assert again.repositories == ("a", "b")


def test_a_wait_that_is_not_over_is_kept_by_a_clock_that_is_right(fleet: Fleet, dagster: Dagster) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    with fleet.engine.begin() as connection:
        soon = text("clock_timestamp() + interval '20 minutes'")
        connection.execute(update(repository_state).values(next_attempt_at=soon))
    assert tick(fleet, dagster) == []


def test_a_tick_goes_on_looking_while_nothing_moves(
    fleet: Fleet, dagster: Dagster, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    paused: list[float] = []

    def sleep(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 3:
            made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})

    monkeypatch.setattr("orchestrator_assets.fleet.watch.time.sleep", sleep)
    seen, asked = watch(fleet.engine, fleet.settings, dagster.state, 60)
    assert seen.moved == ("a",) and [request.repositories for request in asked] == [("a",)] and len(paused) == 3
    assert watch(fleet.engine, fleet.settings, lambda key: RunState.ACTIVE, 0)[1] == [], "one look, and no waiting"
    assert len(paused) == 3

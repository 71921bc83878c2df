"""A request becomes one run and one process, however many daemons there are."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_postgres import PostgresEventLogStorage
from sqlalchemy import Engine, inspect, text

from orchestrator_assets.definitions import defs
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.launcher import LaunchedOnce, OncePerRequest, launching
from orchestrator_assets.resources import OrchestratorStorage
from orchestrator_assets_tests.fleets import Fleet

SENSOR = {"dagster/sensor_name": "git_changes", "dagster/run_key": "changes-1"}
NIGHT = {"dagster/schedule_name": "nightly", ".dagster/scheduled_execution_time": "2026-01-01T02:00:00+00:00"}

LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="orchestrator_assets.definitions"))
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, "__repository__"), "scan_repo")


def made(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    return instance.create_run_for_job(defs().resolve_job_def("scan_repo"), tags=tags, remote_job_origin=ORIGIN)


def submit(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    context = SubmitRunContext(run, workspace=None)  # type: ignore[arg-type]
    return instance.run_coordinator.submit_run(context)


def queued(instance: dg.DagsterInstance) -> list[str]:
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))]


@pytest.mark.parametrize("tags", [SENSOR, NIGHT], ids=["sensor", "schedule"])
def test_runs_of_one_request_leave_one(
    instance: dg.DagsterInstance, tags: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    twins = [made(instance, tags) for _ in range(4)]
    with ThreadPoolExecutor(4) as daemons:
        answers = {run.run_id for run in daemons.map(lambda run: submit(instance, run), twins)}
    assert [run.run_id for run in instance.get_runs()] == queued(instance) == [*answers]
    assert sum("already" in line for line in caplog.messages) == 3
    submit(instance, instance.get_runs()[0])  # a daemon that died between queueing and noting it asks again
    assert queued(instance) == [*answers]


def test_another_request_is_another_run(instance: dg.DagsterInstance) -> None:
    requests = [
        SENSOR,
        SENSOR | {"dagster/run_key": "changes-2"},
        SENSOR | {"dagster/sensor_name": "other"},
        NIGHT,
        NIGHT | {".dagster/scheduled_execution_time": "2026-01-02T02:00:00+00:00"},
    ]
    runs = [submit(instance, made(instance, tags)).run_id for tags in requests]
    assert sorted(queued(instance)) == sorted(runs)


def test_what_a_person_starts_is_started(instance: dg.DagsterInstance) -> None:
    first = submit(instance, made(instance, SENSOR))
    again = submit(instance, made(instance, SENSOR | {"dagster/parent_run_id": first.run_id}))
    by_hand = [submit(instance, made(instance, {})) for _ in range(2)]
    assert sorted(queued(instance)) == sorted(run.run_id for run in [first, again, *by_hand])


def test_two_daemons_that_start_one_run_start_it_once(instance: dg.DagsterInstance) -> None:
    run = made(instance, SENSOR)
    asked = []

    def start(number: int) -> None:
        with launching(instance, run.run_id, "launched") as wanted:
            if wanted:
                asked.append(number)
                instance.add_run_tags(run.run_id, {"launched": str(number)})

    with ThreadPoolExecutor(4) as daemons:
        list(daemons.map(start, range(4)))
    assert len(asked) == 1


def test_the_instance_as_shipped_starts_runs_once(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_launcher, LaunchedOnce) and isinstance(instance.run_coordinator, OncePerRequest)


def test_a_pool_is_made_by_many_runs_at_once_and_changed(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    with ThreadPoolExecutor(4) as runs:
        assert all(runs.map(lambda _: storage.initialize_concurrency_limit_to_default("hub"), range(8)))
    assert [(pool.name, pool.limit) for pool in storage.get_pool_limits()] == [("hub", 2)]
    changed = Path(os.environ["DAGSTER_HOME"]) / "dagster.yaml"
    changed.write_text(changed.read_text().replace("default_limit: 2", "default_limit: 5"))
    with dg.DagsterInstance.get() as later:
        assert later.event_log_storage.initialize_concurrency_limit_to_default("hub")
        assert [(p.name, p.limit, p.from_default) for p in later.event_log_storage.get_pool_limits()] == [
            ("hub", 5, True)
        ]
        assert later.event_log_storage.get_concurrency_info("hub").slot_count == 5


def test_dagsters_storages_share_connections_that_stay(instance: dg.DagsterInstance, engine: Engine) -> None:
    storages: list[Any] = [instance.run_storage, instance.event_log_storage, instance.schedule_storage]

    def backends() -> set[int]:
        found = set()
        for storage in storages:
            with storage._engine.connect() as connection:
                found.add(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        return found

    [kept] = backends()
    assert backends() == {kept}
    with engine.connect() as other:  # a server that was restarted meanwhile
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": kept})
    assert backends() != {kept} and instance.get_runs() == []


def test_a_first_start_that_was_killed_is_begun_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(storage: PostgresEventLogStorage) -> None:
        SqlEventLogStorageMetadata.tables["event_logs"].create(storage._engine)
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr(PostgresEventLogStorage, "_init_db", killed)
        with pytest.raises(SystemExit):
            OrchestratorStorage(None)
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(lambda _: OrchestratorStorage(None), range(4)))
    with fleet.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    assert set(SqlEventLogStorageMetadata.tables) | {"runs", "jobs"} <= tables
    assert not [name for name in tables if "unfinished" in name]
    folder = prepare_instance(fleet.settings)
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.get() as instance:
        assert made(instance, {}).run_id in {run.run_id for run in instance.get_runs()}

"""Old runs go; what Dagster and the sensor remember of assets does not."""

from __future__ import annotations

import time

import dagster as dg
import pytest
from sqlalchemy import text

from orchestrator_assets.catalog.run_retention import forget_runs
from orchestrator_assets.definitions import defs
from orchestrator_assets.fleet.watch import RunState, look, plan
from orchestrator_assets_tests.fleets import Fleet, decision

pytestmark = pytest.mark.slow
SCAN = dg.AssetKey("repo_scan")


def run(instance: dg.DagsterInstance, job: str, *repositories: str) -> dg.ExecuteInProcessResult:
    config = {"ops": {"repo_scan": {"config": {"repositories": list(repositories)}}}} if repositories else {}
    return defs().resolve_job_def(job).execute_in_process(instance=instance, run_config=config, raise_on_error=False)


def grow_old(fleet: Fleet) -> None:
    with fleet.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET update_timestamp = now() - interval '200 days'"))


def memory(instance: dg.DagsterInstance) -> tuple[object, ...]:
    """What the UI shows of assets: partitions, their versions, checks."""
    versions = {
        key: event.asset_materialization.tags
        for key in sorted(instance.get_materialized_partitions(SCAN))
        if (event := instance.get_latest_data_version_record(SCAN, partition_key=key).event_log_entry)  # type: ignore[union-attr]
        and event.asset_materialization
    }
    newest = {
        key.to_user_string(): event and event.run_id
        for key in sorted(instance.all_asset_keys())
        if (event := instance.get_latest_materialization_event(key)) or True
    }
    return versions, newest


def test_old_runs_go_and_nothing_is_forgotten(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    made = fleet.make("a", "b")
    run(instance, "refresh_fleet")
    for number in range(2, 5):
        made[0].commit({f"docs/decisions/ADR-{number:04d}-x.md": decision(number)})
        run(instance, "scan_repo", "a")
    before = memory(instance)
    young = forget_runs(fleet.engine, instance.delete_run, 90)
    grow_old(fleet)
    gone = forget_runs(fleet.engine, instance.delete_run, 90)
    # The first run holds b's only materialization, the last one the newest of everything else.
    assert (young, gone) == (0, 2) and memory(instance) == before
    assert {record.dagster_run.job_name for record in instance.get_run_records()} == {"refresh_fleet", "scan_repo"}
    with fleet.engine.connect() as connection:
        orphans = "SELECT count(*) FROM {} WHERE run_id NOT IN (SELECT run_id FROM runs)"
        for table in ("event_logs", "asset_check_executions", "run_tags"):
            assert connection.execute(text(orphans.format(table))).scalar_one() == 0, table
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    assert plan(fleet.engine, fleet.settings, lambda key: RunState.UNKNOWN) == [], "no run is asked for again"
    assert forget_runs(fleet.engine, instance.delete_run, 90) == 0


def test_a_run_that_failed_last_and_one_that_is_under_way_stay(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    [made] = fleet.make("a")
    run(instance, "refresh_fleet")
    made.path.rename(made.path.with_name("gone"))
    run(instance, "scan_repo", "a")
    instance.create_run_for_job(defs().resolve_job_def("nightly"), status=dg.DagsterRunStatus.STARTED)
    grow_old(fleet)
    assert forget_runs(fleet.engine, instance.delete_run, 90) == 0
    assert len(instance.get_run_records()) == 3

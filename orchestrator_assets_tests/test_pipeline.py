"""The pipeline as real Dagster runs on a real PostgreSQL: assets, checks, partitions, and what blocks what."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from orchestrator_assets.definitions import defs
from orchestrator_assets.fleet.jobs import nightly_schedule
from orchestrator_assets.resources import Catalog
from orchestrator_assets.settings import settings
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT

DEFINITIONS = defs()


def run(
    instance: dg.DagsterInstance, job: str, repositories: list[str] | None = None, **more: object
) -> dg.ExecuteInProcessResult:
    config = {"ops": {"repo_scan": {"config": {"repositories": repositories}}}} if repositories else {}
    return DEFINITIONS.resolve_job_def(job).execute_in_process(
        instance=instance,
        run_config=config,
        raise_on_error=False,
        **more,  # type: ignore[arg-type]
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], bool]:
    return {(e.asset_key.to_user_string(), e.check_name): e.passed for e in result.get_asset_check_evaluations()}


def materialized(instance: dg.DagsterInstance) -> set[str]:
    return set(instance.get_materialized_partitions(dg.AssetKey("repo_scan")))


def hub(fleet: Fleet, *arguments: str) -> str:
    command = ["git", f"--git-dir={fleet.settings.hub}", *arguments]
    return subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def test_one_run_reads_the_registry_scans_indexes_and_publishes(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    fleet.make("a", "b")
    result = run(instance, "refresh_fleet")
    assert result.success
    assert set(instance.get_dynamic_partitions("repositories")) == {"a", "b"} == materialized(instance)
    assert "ADR-0001-first.md" in hub(fleet, "show", "main:ADR_INDEX.md")
    assert all(checks(result).values())
    event = instance.get_latest_materialization_event(dg.AssetKey("adr_index"))
    assert event is not None and event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["records"].value == 2 and metadata["documents_found"].value == 2
    commits = hub(fleet, "rev-list", "--count", "main")
    assert run(instance, "nightly").success
    assert hub(fleet, "rev-list", "--count", "main") == commits, "nothing changed, nothing is committed"


def test_a_run_for_some_repositories_tells_of_each_with_its_own_version(
    fleet: Fleet, instance: dg.DagsterInstance
) -> None:
    made = fleet.make("a", "b", "c")
    run(instance, "refresh_fleet")
    heads = {r.path.name: r.commit({"docs/decisions/ADR-0002-x.md": decision(2)}) for r in made[:2]}
    result = run(instance, "scan_repo", ["a", "b"])
    events = result.asset_materializations_for_node("repo_scan")
    told = {e.partition: (e.tags or {})["dagster/data_version"] for e in events if e.partition}
    assert told == heads
    assert "ADR-0002-x.md" in hub(fleet, "show", "main:ADR_INDEX.md")


def test_a_failing_repository_fails_its_check_and_nothing_else(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    made = fleet.make("bad", "good")
    made[0].path.rename(made[0].path.with_name("gone"))
    result = run(instance, "refresh_fleet")
    assert result.success
    assert materialized(instance) == {"good"}
    assert checks(result)["repo_scan", "all_scanned"] is False
    assert "| bad | missing |" in hub(fleet, "show", "main:ADR_INDEX.md")


def test_a_partition_from_the_ui_is_scanned_and_published(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    made = fleet.make("a", "b")
    run(instance, "refresh_fleet")
    made[0].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    made[1].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    result = run(instance, "scan_repo", partition_key="a")
    assert result.success
    page = hub(fleet, "show", "main:adr_index.json")
    assert page.count("ADR-0002-x.md") == page.count('"repo": "a"') - 1 or page.count("ADR-0002-x.md") > 0
    assert [e.partition for e in result.asset_materializations_for_node("repo_scan")] == ["a"]


def test_findings_fail_their_check_and_are_published(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/decisions/ADR-0001-second.md": decision(1)})
    result = run(instance, "refresh_fleet")
    assert checks(result)["adr_index", "findings"] is False
    assert checks(result)["adr_index", "integrity"] is True
    assert "stands in 2 files" in hub(fleet, "show", "main:ADR_INDEX.md")


def test_an_integrity_problem_blocks_publication(
    fleet: Fleet, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator_assets.catalog import aggregate

    [made] = fleet.make("a")
    run(instance, "refresh_fleet")
    before = hub(fleet, "rev-parse", "main")
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    monkeypatch.setattr(aggregate, "reconcile", lambda index: [aggregate.NOT_RECONCILED.at(what="x", left=1, right=2)])
    result = run(instance, "scan_repo", ["a"])
    assert not result.success
    assert checks(result)["adr_index", "integrity"] is False
    assert ("hub_publication", "published") not in checks(result), "it did not run"
    assert hub(fleet, "rev-parse", "main") == before
    monkeypatch.undo()


def test_a_registry_that_is_broken_or_smaller_blocks_and_keeps_the_fleet(
    fleet: Fleet, instance: dg.DagsterInstance
) -> None:
    fleet.make("a", "b")
    run(instance, "refresh_fleet")
    fleet.settings.fleet_path.write_text("repos:\n  - name: a\n    url: repos/a\n")
    result = run(instance, "refresh_fleet")
    assert not result.success
    assert checks(result)["fleet_registry", "not_smaller"] is False
    assert "repo_scan" not in {e.node_name for e in result.all_events if e.event_type_value == "STEP_START"}
    fleet.settings.fleet_path.write_text("repos: [")
    broken = run(instance, "refresh_fleet")
    assert checks(broken)["fleet_registry", "valid"] is False
    assert set(instance.get_dynamic_partitions("repositories")) == {"a", "b"}


def test_the_sensor_asks_once_per_push_and_for_a_new_registry(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    made = fleet.make("a", "b")
    run(instance, "refresh_fleet")
    sensor = DEFINITIONS.get_sensor_def("git_changes")

    def tick() -> list[dg.RunRequest]:
        context = dg.build_sensor_context(instance=instance, resources={"catalog": Catalog()})
        data = sensor.evaluate_tick(context)
        assert len(data.cursor or "") < 200
        return list(data.run_requests or [])

    assert tick() == []
    made[1].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    [request] = tick()
    assert request.job_name == "scan_repo"
    assert request.run_config["ops"]["repo_scan"]["config"]["repositories"] == ["b"]
    [same] = tick()
    assert same.run_key == request.run_key, "Dagster has not heard of it yet: the same key, so that it runs once"
    run(instance, "scan_repo", ["b"], tags={"dagster/run_key": str(request.run_key)})
    assert tick() == []
    fleet.settings.fleet_path.write_text(fleet.settings.fleet_path.read_text() + "# edited\n")
    [refresh] = tick()
    assert refresh.job_name == "refresh_fleet"


def test_no_text_of_a_repository_becomes_markdown_or_a_link(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    [made] = fleet.make("a")
    hostile = "![x](http://127.0.0.1:9/graphql?query=mutation) <script>alert(1)</script>"
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2, status=hostile, title=hostile)})
    run(instance, "refresh_fleet")
    for asset in ("fleet_registry", "repo_scan", "adr_index", "session_note_index", "hub_publication"):
        for record in instance.fetch_materializations(dg.AssetKey(asset), limit=10).records:
            materialization = record.asset_materialization
            assert materialization is not None
            for name, value in materialization.metadata.items():
                assert not isinstance(value, dg.MarkdownMetadataValue | dg.UrlMetadataValue), (asset, name)


def test_scans_without_a_run_can_be_reported(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    from orchestrator_assets.fleet.assets import report_scans

    fleet.make("a", "b")
    report_scans(["a", "b"], list(fleet.scan().values()))
    assert materialized(instance) == {"a", "b"}


def test_everything_has_a_description_an_owner_and_a_version() -> None:
    graph = DEFINITIONS.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description and node.owners and node.group_name != "default", key
        assert node.code_version and node.kinds, key


def test_checkout_and_package_bring_the_same_configuration(tmp_path: Path) -> None:
    checkout = Path(__file__).parent.parent
    instance = (checkout / "dagster.yaml").read_text()
    assert "OrchestratorStorage" in instance and "enabled: false" in instance
    assert "orchestrator_assets.definitions" in (checkout / "workspace.yaml").read_text()


def test_a_divided_night_scans_in_parts_and_builds_the_indexes_once_at_its_end(
    fleet: Fleet, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fleet.make("a", "b", "c")
    assert run(instance, "refresh_fleet").success
    for repository in made:
        repository.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    monkeypatch.setenv("ORCHESTRATOR_NIGHTLY_SHARD", "2")
    settings.cache_clear()
    moment = datetime(2026, 11, 21, 2, tzinfo=UTC)
    tick = nightly_schedule().evaluate_tick(dg.build_schedule_context(instance, scheduled_execution_time=moment))
    requests = tick.run_requests or []
    assert [request.run_config["ops"]["repo_scan"]["config"]["repositories"] for request in requests] == [
        ["a", "b"],
        ["c"],
    ]

    def rest() -> list[str | None]:
        context = dg.build_sensor_context(instance=instance)
        return [r.run_key for r in DEFINITIONS.get_sensor_def("nightly_rest").evaluate_tick(context).run_requests or []]

    for request in requests:
        assert rest() == [], "a part has not ended"
        names = request.run_config["ops"]["repo_scan"]["config"]["repositories"]
        assert run(instance, "scan_part", names, tags=dict(request.tags)).success
    assert rest() == ["rest-2026-11-21"]
    assert "ADR-0002-x.md" not in hub(fleet, "show", "main:ADR_INDEX.md")
    assert run(instance, "nightly").success
    assert hub(fleet, "show", "main:ADR_INDEX.md").count("ADR-0002-x.md") == 3

"""Activities as real Dagster runs on a real PostgreSQL: assets, checks, partitions, jobs, the sensor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.sensors import document_evidence
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.definitions import defs
from orchestrator_assets.fleet.assets import REPOSITORIES
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.resources import Catalog
from orchestrator_assets_tests.activities.test_assess import ANSWER
from orchestrator_assets_tests.activities.test_documents import SUMMARY
from orchestrator_assets_tests.activities.test_drafting import DISCOVERY
from orchestrator_assets_tests.activities.test_sequence import answers
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults

DEFINITIONS = defs()


@pytest.fixture
def instance(fleet: Fleet, endpoint: Faults, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance as users get it, with a model configured."""
    monkeypatch.setenv("ORCHESTRATOR_LLM_URL", endpoint.url)
    monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", "m")
    monkeypatch.setenv("ORCHESTRATOR_LLM_PRICES", '{"m": {"input": 1, "output": 2}}')
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_instance(fleet.settings)))
    with dg.DagsterInstance.get() as opened:
        yield opened


def run(
    instance: dg.DagsterInstance, job: str, partition: str | None = None, **config: Any
) -> dg.ExecuteInProcessResult:
    ops: dict[str, Any] = {}
    if config:
        ops = {"ops": {config.pop("op"): {"config": config}}}
    if partition:
        instance.add_dynamic_partitions(REPOSITORIES.name, [partition])
    definition = DEFINITIONS.resolve_job_def(job)
    return definition.execute_in_process(
        instance=instance, partition_key=partition, run_config=ops, raise_on_error=False
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {event.check_name: event.passed for event in result.get_asset_check_evaluations()}


def metadata(result: dg.ExecuteInProcessResult, node: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(node)
    return {name: value.value for name, value in event.metadata.items()}


def test_a_partition_is_assessed_with_its_gates_as_checks(
    fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance
) -> None:
    fleet.make("shop")
    endpoint.then(does.says(json.dumps(ANSWER)))
    result = run(instance, "run_assess", "shop")
    assert result.success and checks(result) == {"level_from_evidence": True, "gaps_are_gaps": True}
    told = metadata(result, "activity_assess")
    assert told["outcome"] == "ok" and (told["prompt_tokens"], told["completion_tokens"]) == (11, 7)
    assert told["cost"] == pytest.approx(25e-6) and told["latency"] > 0 and told["attempts"] == 1
    assert told["correlation_id"] == f"{result.run_id}/assess" and '"level": "L1"' in told["output"]
    (row,) = [record.data for record in told["by_activity"].records if record.data["activity"] == "assess"]
    assert row["success_rate"] == "1.0" and row["p99"] and row["tokens"] == "18"
    again = run(instance, "run_assess", "shop")
    assert again.success and metadata(again, "activity_assess")["outcome"] == "cached" and len(endpoint.requests) == 1


def test_what_was_not_answered_fails_its_run_and_its_checks(
    fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance
) -> None:
    fleet.make("shop")
    endpoint.then(does.says("I won't."))
    result = run(instance, "run_regenerate_summary", "shop")
    assert not result.success and result.asset_materializations_for_node("regenerate_summary") == []
    assert checks(result) == dict.fromkeys(activities()["regenerate_summary"].gates, False)
    (failure,) = result.get_step_failure_events()
    assert "was not answered" in str(failure.step_failure_data.error)


def test_a_gate_that_fails_is_a_failed_check_of_an_answered_run(
    fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance
) -> None:
    fleet.make("shop")
    lie = {**ANSWER, "gaps": [{"criterion": "unicorns", "why": "w", "first_step": "f"}]}
    endpoint.then(does.says(json.dumps(lie)))
    result = run(instance, "run_assess", op="activity_assess", repository="shop")
    assert result.success and checks(result) == {"level_from_evidence": True, "gaps_are_gaps": False}


def test_without_a_repository_or_a_model_a_run_says_so(
    fleet: Fleet, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.make("shop")
    nothing = run(instance, "run_assess")
    assert not nothing.success
    monkeypatch.delenv("ORCHESTRATOR_LLM_URL")
    result = run(instance, "run_assess", "shop")
    assert not result.success and checks(result) == {"level_from_evidence": True, "gaps_are_gaps": False}
    (run_,) = activity_store.runs(fleet.engine)
    assert run_.outcome == "no_model" and run_.output["level"] == "L1"


def test_a_request_in_words_is_a_run(fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance) -> None:
    fleet.make("shop")
    chosen = {"steps": [{"activity": name, "repo": "shop", "reason": "r"} for name in ("assess", "discover")]}
    endpoint.then(answers(Sequence=chosen, Discovery=DISCOVERY, Assessment=ANSWER))
    result = run(instance, "run_request", op="answer_request", text="How is shop?")
    assert result.success
    keys = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert keys == {"activity_assess", "activity_discover"}
    names = [row.correlation_id for row in reversed(activity_store.runs(fleet.engine))]
    assert names == [f"{result.run_id}/1-discover", f"{result.run_id}/2-assess"]
    failed = run(instance, "run_request", op="answer_request", text="x", repository="shop", activities=["test"])
    assert not failed.success


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"catalog": Catalog()})
    result = document_evidence(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_the_sensor_regenerates_when_the_evidence_changed(
    fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop,) = fleet.make("shop")
    fleet.scan()
    assert not tick(instance).run_requests, "what nobody generated is not kept fresh"
    endpoint.then(does.says(json.dumps(SUMMARY)))
    assert run(instance, "run_regenerate_summary", "shop").success
    assert not tick(instance).run_requests
    shop.commit(message="no file changed")
    assert not tick(instance).run_requests, "a new commit alone is no new evidence"
    shop.commit({"README.md": "# shop sells\n"})
    (request,) = tick(instance).run_requests or []
    assert request.job_name == "run_regenerate_summary"
    assert request.run_config["ops"]["regenerate_summary"]["config"]["repository"] == "shop"
    endpoint.then(does.says(""))
    keys = set()
    for _ in range(3):
        (request,) = tick(instance).run_requests or []
        keys.add(request.run_key)
        config = request.run_config["ops"]["regenerate_summary"]["config"]
        assert not run(instance, request.job_name or "", op="regenerate_summary", **config).success
    assert len(keys) == 3 and not tick(instance).run_requests, "three tries, then no more"
    shop.commit({"README.md": "# shop sells more\n"})
    (request,) = tick(instance).run_requests or []
    endpoint.then(does.says(json.dumps(SUMMARY)))
    config = request.run_config["ops"]["regenerate_summary"]["config"]
    assert run(instance, request.job_name or "", op="regenerate_summary", **config).success
    assert not tick(instance).run_requests
    monkeypatch.delenv("ORCHESTRATOR_LLM_URL")
    assert "no model configured" in str(tick(instance).skip_reason)


def test_documents_are_published_by_a_run(fleet: Fleet, endpoint: Faults, instance: dg.DagsterInstance) -> None:
    fleet.make("shop")
    endpoint.then(does.says(json.dumps(SUMMARY)))
    assert run(instance, "run_regenerate_summary", "shop").success
    result = run(instance, "publish_activity_documents")
    assert (
        result.success and "activities/regenerate_summary/shop.md" in metadata(result, "activity_publication")["files"]
    )


def test_the_fleets_own_jobs_ask_no_model() -> None:
    for job in ("scan_repo", "refresh_fleet", "nightly"):
        keys = DEFINITIONS.resolve_job_def(job).asset_layer.executable_asset_keys
        assert not [key for key in keys if key.to_user_string().startswith(("activity_", "regenerate_"))]


def test_every_activity_has_its_asset_its_job_and_its_checks() -> None:
    graph = DEFINITIONS.resolve_asset_graph()
    for item in activities().values():
        key = dg.AssetKey(item.name if item.name.startswith("regenerate_") else f"activity_{item.name}")
        assert {check.name for check in graph.get_check_keys_for_assets({key})} == set(item.gates)
        assert DEFINITIONS.resolve_job_def(f"run_{item.name}")
    assert graph.get(dg.AssetKey("activity_assess")).parent_keys == {dg.AssetKey("activity_discover")}

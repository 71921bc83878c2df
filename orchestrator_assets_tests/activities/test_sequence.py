"""Sequences: chosen by a model from what there is, by keywords where none answers, run as far as they can."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.run import Runner
from orchestrator_assets.activities.sequence import Plan, Step, choose, explicit, run_plan
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.activities.test_assess import ANSWER
from orchestrator_assets_tests.activities.test_drafting import DISCOVERY
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Behaviour, Faults, Handler


@pytest.fixture
def running(fleet: Fleet, endpoint: Faults) -> Callable[..., Runner]:
    def make(**changes: object) -> Runner:
        fleet.make("shop", "bank")
        models = ModelSettings.model_validate({"url": endpoint.url, "model": "m", "deadline": 20, **changes})
        return Runner(fleet.engine, fleet.settings, models)

    return make


def steps(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"steps": [{"activity": name, "repo": repo, "reason": "r"} for name, repo in pairs]}


def answers(**by_activity: Any) -> Behaviour:
    """Answers by what is asked for: the schema's title."""

    def behave(handler: Handler) -> None:
        asked = handler.server.faults.requests[-1]["response_format"]["json_schema"]["name"]
        does.says(json.dumps(by_activity[asked]))(handler)

    return behave


def test_a_model_chooses_from_what_there_is(running: Callable[..., Runner], endpoint: Faults) -> None:
    runner = running()
    endpoint.then(does.says(json.dumps(steps(("assess", "bank"), ("discover", "bank"), ("assess", "bank")))))
    plan = choose(runner, "How mature is the bank?", None, "run1")
    assert [(s.activity, s.target) for s in plan.steps] == [("discover", "bank"), ("assess", "bank")]
    assert plan.steps[0].given == {"idea": "How mature is the bank?"} and not plan.fallback
    schema = json.dumps(endpoint.requests[0]["response_format"])
    assert '"regenerate_summary"' in schema and '"bank"' in schema and '"shop"' not in schema


@pytest.mark.parametrize("says", [steps(("format_disk", "shop")), steps(("assess", "elsewhere")), {"steps": []}])
def test_a_choice_that_is_none_falls_back_to_keywords_and_says_so(
    running: Callable[..., Runner], endpoint: Faults, says: Any
) -> None:
    endpoint.then(does.says(json.dumps(says)))
    plan = choose(running(), "Assess the maturity of shop and then build a queue", None, "run1")
    assert plan.fallback and plan.outcome is not None and not plan.outcome.good
    assert [(s.activity, s.target) for s in plan.steps] == [("assess", "shop"), ("build", "shop")]
    assert "keyword" in plan.steps[0].reason


def test_without_a_model_keywords_choose(running: Callable[..., Runner]) -> None:
    runner = running(url=None)
    plan = choose(runner, "contradictions please", None, "run1")
    assert plan.fallback and [s.activity for s in plan.steps] == ["regenerate_contradictions"]
    with pytest.raises(ActivityFailed, match="no activity fits"):
        choose(runner, "make me a sandwich", None, "run1")
    with pytest.raises(ActivityFailed, match="no activity fits"):
        choose(runner, "assess it", None, "run1")


def test_results_flow_to_what_follows(running: Callable[..., Runner], endpoint: Faults) -> None:
    runner = running()
    endpoint.then(answers(Discovery={**DISCOVERY, "problem": "carts get lost"}, Assessment=ANSWER))
    ran = run_plan(runner, explicit(["discover", "assess"], "shop", {}), "run1")
    assert [item.state for item in ran] == ["ok", "ok"]
    assert "carts get lost" in endpoint.requests[1]["messages"][-1]["content"]
    assert [item.result.correlation_id for item in ran if item.result] == ["run1/1-discover", "run1/2-assess"]


def test_a_failure_stops_what_follows_and_nothing_else(running: Callable[..., Runner], endpoint: Faults) -> None:
    runner = running()
    endpoint.then(answers(Discovery="I will not.", Assessment=ANSWER))
    plan = Plan(
        (
            Step("discover", "shop", "r"),
            Step("assess", "shop", "r"),
            Step("test", "bank", "r"),
            Step("assess", "bank", "r"),
        ),
        False,
        None,
        None,
    )
    ran = run_plan(runner, plan, "run1")
    assert [item.state for item in ran] == ["refused", "skipped", "failed", "ok"]
    assert "discover" in (ran[1].error or "") and "test is not available" in (ran[2].error or "")


def test_independent_steps_run_at_the_same_time(running: Callable[..., Runner], endpoint: Faults) -> None:
    both = threading.Barrier(2, timeout=20)

    def meets(handler: Handler) -> None:
        both.wait()
        does.says(json.dumps(ANSWER))(handler)

    endpoint.then(meets)
    plan = Plan((Step("assess", "shop", "r"), Step("assess", "bank", "r")), False, None, None)
    assert [item.state for item in run_plan(running(), plan, "run1")] == ["ok", "ok"]


def test_an_unknown_activity_is_told() -> None:
    with pytest.raises(ActivityFailed, match="there is no activity nonsense"):
        explicit(["nonsense"], "shop", {})
    with pytest.raises(ActivityFailed, match="needs a repository"):
        explicit(["assess"], None, {})

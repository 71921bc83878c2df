"""What was asked is kept: answers so that they are not asked for twice, calls so that limits hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from orchestrator_assets.catalog import model_store
from orchestrator_assets.models.ask import Question, ask
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets.models.settings import ModelSettings, model_settings
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.answers import Answer
from orchestrator_assets_tests.models.fault_server import Faults

Configured = Callable[..., ModelSettings]
GOOD = '{"answer": "yes", "score": 3}'
PRICES = {"asked-model": {"input": "1.5", "output": "6"}}


def test_the_same_question_is_asked_once(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.says(GOOD))
    first = ask(engine, configured(), question)
    second = ask(engine, configured(), replace(question, run_id="run2"))
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.CACHED)
    assert first.output == second.output and len(faults.requests) == 1
    assert second.cached and (second.usage.requests, second.usage.attempts) == (0, 0)
    assert second.usage.model == "served-model"
    assert [call.outcome for call in model_store.calls(engine)] == ["cached", "ok"]


def test_whatever_the_answer_depends_on_makes_another_question(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.says(GOOD))
    ask(engine, configured(), question)
    changed = [
        replace(question, text="Other?"),
        replace(question, instructions="Be long."),
        replace(question, prompt_version="v2"),
        replace(question, context=("blob",)),
    ]
    for other in changed:
        assert ask(engine, configured(), other).outcome is Outcome.OK
    for settings in (configured(model="another"), configured(temperature=1), configured(max_tokens=100)):
        assert ask(engine, settings, question).outcome is Outcome.OK
    assert ask(engine, configured(cache=False), question).outcome is Outcome.OK
    assert len(faults.requests) == 9


def test_costs_come_from_the_price_table(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.says(GOOD))
    reply = ask(engine, configured(prices=PRICES), question)
    assert reply.usage.cost == (Decimal("1.5") * 11 + Decimal(6) * 7) / 1_000_000
    assert ask(engine, configured(cache=False), question).usage.cost is None, "unknown is not zero"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"requests_per_run": 1}, "ORCHESTRATOR_LLM_REQUESTS_PER_RUN allows 1"),
        ({"tokens_per_run": 4200}, "ORCHESTRATOR_LLM_TOKENS_PER_RUN allows 4200"),
        ({"requests_per_day": 1}, "ORCHESTRATOR_LLM_REQUESTS_PER_DAY allows 1"),
        ({"tokens_per_day": 4200}, "ORCHESTRATOR_LLM_TOKENS_PER_DAY allows 4200"),
        ({"cost_per_run": "0.0247", "prices": PRICES}, "ORCHESTRATOR_LLM_COST_PER_RUN allows 0.0247"),
        ({"cost_per_day": "0.0247", "prices": PRICES}, "ORCHESTRATOR_LLM_COST_PER_DAY allows 0.0247"),
    ],
)
def test_a_limit_stops_the_next_question(
    engine: Engine,
    faults: Faults,
    configured: Configured,
    question: Question[Answer],
    limits: dict[str, object],
    said: str,
) -> None:
    faults.then(does.says(GOOD.replace("yes", "y" * 40)))
    chosen = configured(cache=False, **limits)
    assert ask(engine, chosen, question).outcome is Outcome.OK
    with engine.begin() as connection:
        connection.execute(text("UPDATE catalog.model_call SET completion_tokens = 200, cost = 0.001"))
    stopped = ask(engine, chosen, question)
    assert stopped.outcome is Outcome.BUDGET_EXCEEDED and said in (stopped.detail or "")
    other_run = ask(engine, chosen, replace(question, run_id="run2"))
    assert (other_run.outcome is Outcome.OK) == ("RUN" in said)


def test_a_cost_limit_without_a_price_is_no_limit_and_told(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    reply = ask(engine, configured(cost_per_day=1), question)
    assert reply.outcome is Outcome.BUDGET_EXCEEDED and "no price for asked-model" in (reply.detail or "")
    assert faults.requests == []


def test_calls_under_way_count(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.says(GOOD))
    chosen = configured(cache=False, requests_per_run=3)
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda _: ask(engine, chosen, question).outcome, range(6)))
    assert set(outcomes) == {Outcome.OK, Outcome.BUDGET_EXCEEDED}
    assert 2 <= outcomes.count(Outcome.OK) == len(faults.requests) <= 3


def test_no_repair_turn_beyond_a_limit(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.says("{}"), does.says(GOOD))
    reply = ask(engine, configured(requests_per_run=1), question)
    assert reply.outcome is Outcome.SCHEMA_MISMATCH and len(faults.requests) == 1


def test_none_takes_a_limit_away(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEMPERATURE", "TOKENS_PER_DAY", "REQUESTS_PER_RUN"):
        monkeypatch.setenv(f"ORCHESTRATOR_LLM_{name}", "none")
    found = model_settings()
    assert (found.temperature, found.tokens_per_day, found.requests_per_run) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://x/v1"},
        {"url": "http://user:pw@x/v1"},
        {"deadline": 0},
        {"output_mode": "guess"},
        {"prices": {"m": {"input": 1}}},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(configured: Configured, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        configured(**wrong)

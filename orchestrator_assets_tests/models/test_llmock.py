"""Against a server that nobody here wrote: it injects the faults, and judges how the client bore them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from orchestrator_assets.models.ask import Question, ask
from orchestrator_assets.models.reply import Outcome, Reply
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.models.answers import Answer

Asking = Callable[..., Reply[Answer]]


@pytest.fixture
def asking(engine: Engine, llmock: Any, question: Question[Answer]) -> Iterator[Asking]:
    def make(**changes: object) -> Reply[Answer]:
        usual = {"url": llmock.base_url("openai"), "api_key": "sk-mock-key", "model": "gpt-4o-mini", "cache": False}
        return ask(engine, ModelSettings.model_validate({**usual, **changes}), question)

    yield make
    llmock.assert_resilient()


@pytest.mark.parametrize("mode", ["native", "tool"])
def test_an_answer_of_the_asked_shape(asking: Asking, mode: str) -> None:
    reply = asking(output_mode=mode)
    assert reply.outcome is Outcome.OK and reply.output is not None, reply.detail
    assert reply.usage.prompt_tokens and reply.usage.completion_tokens and reply.usage.model


def test_a_fenced_answer(asking: Asking, llmock: Any) -> None:
    llmock.reply('Of course:\n```json\n{"answer": "a } b", "score": 1}\n```\nAnything else?')
    reply = asking(output_mode="prompted")
    assert reply.outcome is Outcome.OK and reply.output == Answer(answer="a } b", score=1)


def test_a_rate_limit_is_waited_for(asking: Asking, llmock: Any) -> None:
    llmock.rate_limit(times=2, retry_after=0.3)
    reply = asking()
    assert reply.outcome is Outcome.OK and reply.usage.attempts == 3 and reply.usage.seconds > 0.6


def test_an_outage_ends_after_the_tries(asking: Asking, llmock: Any) -> None:
    llmock.outage()
    reply = asking(retries=1)
    assert reply.outcome is Outcome.SERVER_ERROR and reply.usage.attempts == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_no_retry_mends_is_not_retried(asking: Asking, llmock: Any, status: int) -> None:
    llmock.fail(status, times=None)
    reply = asking()
    assert reply.outcome is Outcome.BAD_RESPONSE and reply.usage.attempts == 1
    assert f"HTTP {status}" in (reply.detail or "")


def test_a_prompt_too_long(asking: Asking, llmock: Any) -> None:
    llmock.context_overflow()
    reply = asking()
    assert reply.outcome is Outcome.BAD_RESPONSE and "maximum context length" in (reply.detail or "")


def test_slow_is_not_forever(asking: Asking, llmock: Any) -> None:
    llmock.delay(10)
    reply = asking(deadline=1)
    assert reply.outcome is Outcome.TIMEOUT


def test_arguments_that_are_no_json(asking: Asking, llmock: Any) -> None:
    llmock.break_tool_call("malformed_arguments", times=None)
    reply = asking(output_mode="tool")
    assert reply.outcome in (Outcome.TRUNCATED, Outcome.NOT_JSON), reply

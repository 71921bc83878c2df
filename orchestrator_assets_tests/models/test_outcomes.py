"""Every way a reply can fail has its own outcome, and none is taken for an answer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from orchestrator_assets.catalog import model_store
from orchestrator_assets.models.ask import Question, ask
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.answers import Answer
from orchestrator_assets_tests.models.conftest import KEY
from orchestrator_assets_tests.models.fault_server import Behaviour, Faults

Configured = Callable[..., ModelSettings]
GOOD = '{"answer": "yes", "score": 3}'
QUOTED = json.dumps({"answer": 'a ```json\n{"x": 1}\n``` and } { "quoted\\" braces', "score": 1})


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (GOOD, "yes"),
        (f"```json\n{GOOD}\n```", "yes"),
        (f"Here {{it}} is:\n{GOOD}\nI hope {{}} helps.", "yes"),
        (QUOTED, json.loads(QUOTED)["answer"]),
        (f"```json\n{QUOTED}\n```", json.loads(QUOTED)["answer"]),
        (f"Sure! {QUOTED} Done.", json.loads(QUOTED)["answer"]),
    ],
)
def test_json_is_found_in_what_stands_around_it_and_not_touched(
    engine: Engine,
    faults: Faults,
    configured: Configured,
    question: Question[Answer],
    content: str,
    answer: str,
) -> None:
    faults.then(does.says(content))
    reply = ask(engine, configured(), question)
    assert reply.outcome is Outcome.OK and reply.output is not None
    assert reply.output.answer == answer
    assert (reply.usage.requests, reply.usage.attempts) == (1, 1)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (11, 7)
    assert reply.usage.model == "served-model" and reply.usage.seconds > 0


FAILURES: list[tuple[str, Behaviour, Outcome, str, int]] = [
    ("length", does.says('{"answer": "ye', "length"), Outcome.TRUNCATED, "finish_reason=length", 1),
    ("length though it parses", does.says(GOOD, "length"), Outcome.TRUNCATED, "finish_reason=length", 1),
    ("breaks off", does.says('{"answer": {"answer": "no", "score": 1}, "x": "ye'), Outcome.TRUNCATED, "breaks off", 1),
    ("refusal field", does.says(None, refusal="I will not."), Outcome.REFUSED, "I will not.", 1),
    ("content filter", does.says("", "content_filter"), Outcome.REFUSED, "content filter", 1),
    ("refusal in words", does.says("I'm sorry, but I can't help with that."), Outcome.REFUSED, "I'm sorry", 1),
    ("empty", does.says(""), Outcome.EMPTY, "empty", 1),
    ("null", does.says(None), Outcome.EMPTY, "empty", 1),
    ("no body", does.sends(b""), Outcome.EMPTY, "body", 1),
    ("no choice", does.sends(b'{"choices": []}'), Outcome.EMPTY, "choice", 1),
    ("prose", does.says("It is quite good."), Outcome.NOT_JSON, "quite good", 2),
    ("an empty object", does.says("{}"), Outcome.SCHEMA_MISMATCH, "schema after 2 replies", 2),
    ("wrong types", does.says('{"answer": 1, "score": "many"}'), Outcome.SCHEMA_MISMATCH, "schema", 2),
    ("a list", does.says(f"[{GOOD}]"), Outcome.SCHEMA_MISMATCH, "schema", 2),
    ("HTML", does.sends(b"<html>Log in</html>", kind="text/html"), Outcome.BAD_RESPONSE, "HTML with status 200", 1),
    ("error in 200", does.sends(b'{"error": {"message": "overloaded"}}'), Outcome.BAD_RESPONSE, "overloaded", 1),
    ("other JSON", does.sends(b'{"status": "fine"}'), Outcome.BAD_RESPONSE, "no chat completion", 1),
    ("half a body", does.sends(b'{"choices": [{"mess'), Outcome.BAD_RESPONSE, "no JSON", 1),
    ("unauthorised", does.sends(b'{"error": {"message": "bad key"}}', 401), Outcome.BAD_RESPONSE, "401: bad key", 1),
    ("compressed", does.sends(b"x", Content_Encoding="br"), Outcome.BAD_RESPONSE, "compressed", 1),
    ("cut connection", does.cuts, Outcome.BAD_RESPONSE, "broke off", 3),
    ("500", does.sends(b"{}", 500, retry_after="0"), Outcome.SERVER_ERROR, "HTTP 500", 3),
    ("429", does.sends(b"{}", 429, Retry_After="0"), Outcome.RATE_LIMITED, "HTTP 429", 3),
    ("429 for an hour", does.sends(b"{}", 429, Retry_After="3600"), Outcome.RATE_LIMITED, "3600 s", 1),
    ("50 MB", does.floods(50), Outcome.TOO_LARGE, "larger than 4194304 bytes", 1),
]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "said", "attempts"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES]
)
def test_a_failure_has_a_name_and_leaves_a_trace(
    engine: Engine,
    faults: Faults,
    configured: Configured,
    question: Question[Answer],
    behaviour: Behaviour,
    outcome: Outcome,
    said: str,
    attempts: int,
) -> None:
    faults.then(behaviour)
    reply = ask(engine, configured(), question)
    assert reply.outcome is outcome, reply.detail
    assert reply.output is None and said in (reply.detail or "")
    assert reply.usage.attempts == attempts == len(faults.requests)
    (call,) = model_store.calls(engine)
    assert (call.outcome, call.attempts, call.correlation_id) == (outcome.value, attempts, "run1/step1")
    assert call.seconds is not None and call.seconds > 0
    again = ask(engine, configured(), question)
    assert again.outcome is outcome, "a failure is never kept as an answer"


@pytest.mark.parametrize("behaviour", [does.hangs, does.drips])
def test_the_deadline_is_for_the_whole_reply(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer], behaviour: Behaviour
) -> None:
    faults.then(behaviour)
    started = time.monotonic()
    reply = ask(engine, configured(deadline=1), question)
    assert reply.outcome is Outcome.TIMEOUT and "ORCHESTRATOR_LLM_DEADLINE" in (reply.detail or "")
    assert time.monotonic() - started < 8  # the first import of the client counts
    assert 0.9 < reply.usage.seconds < 5 and reply.usage.attempts == 1


def test_a_wait_for_the_next_try_that_outlasts_the_deadline_is_told_as_what_it_waits_for(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.sends(b"{}", 429, Retry_After="30"))
    reply = ask(engine, configured(deadline=2), question)
    assert reply.outcome is Outcome.RATE_LIMITED and reply.usage.seconds < 2, "not waited for at all"


def test_nobody_listens(engine: Engine, configured: Configured, question: Question[Answer]) -> None:
    reply = ask(engine, configured(url="http://127.0.0.1:9/v1", retries=0), question)
    assert reply.outcome is Outcome.SERVER_ERROR and "cannot be reached" in (reply.detail or "")


def test_no_redirect_is_followed_with_the_key(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    with does.serving() as other:
        other.then(does.says(GOOD))
        faults.then(does.sends(b"", 307, Location=f"{other.url}/chat/completions"))
        reply = ask(engine, configured(), question)
        assert reply.outcome is Outcome.BAD_RESPONSE and "redirect" in (reply.detail or "")
        assert other.requests == []


def test_one_repair_turn(engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]) -> None:
    faults.then(does.says('{"answer": "yes"}'), does.says(GOOD))
    reply = ask(engine, configured(), question)
    assert reply.outcome is Outcome.OK
    assert (reply.usage.requests, reply.usage.attempts) == (2, 2)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (22, 14)


def test_errors_pass_when_the_endpoint_recovers(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer]
) -> None:
    faults.then(does.sends(b"{}", 500, Retry_After="0.1"), does.cuts, does.says(GOOD))
    reply = ask(engine, configured(), question)
    assert reply.outcome is Outcome.OK and reply.usage.attempts == 3 and reply.usage.requests == 1


@pytest.mark.parametrize("mode", ["native", "tool", "json_object", "prompted"])
def test_each_output_mode_sends_what_it_says(
    engine: Engine, faults: Faults, configured: Configured, question: Question[Answer], mode: str
) -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "answer", "arguments": GOOD}}
    faults.then(does.says(None, "tool_calls", tool_calls=[call]) if mode == "tool" else does.says(GOOD))
    reply = ask(engine, configured(output_mode=mode), question)
    assert reply.outcome is Outcome.OK, reply.detail
    (sent,) = faults.requests
    form = sent.get("response_format", {}).get("type")
    assert (form, "tools" in sent) == {
        "native": ("json_schema", False),
        "tool": (None, True),
        "json_object": ("json_object", False),
        "prompted": (None, False),
    }[mode]
    assert [message["role"] for message in sent["messages"]] == ["system", "user"], "one system message"
    assert sent["max_tokens"] == 4096 and "max_completion_tokens" not in sent and sent["temperature"] == 0
    assert sent["path"] == "/v1/chat/completions" and sent["model"] == "asked-model"


def test_the_key_goes_to_the_endpoint_and_nowhere_else(
    engine: Engine,
    faults: Faults,
    configured: Configured,
    question: Question[Answer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"error": {"message": f"no such key: Bearer {KEY}"}}).encode()
    faults.then(does.sends(body, 401), does.says(json.dumps({"answer": f"it is {KEY}", "score": 1})))
    chosen = configured()
    failed = ask(engine, chosen, question)
    good = ask(engine, chosen, question)
    assert faults.headers[0]["authorization"] == f"Bearer {KEY}"
    assert "no such key: Bearer ***" in (failed.detail or "")
    assert good.output is not None and good.output.answer == "it is ***"
    assert KEY not in repr(chosen) and KEY not in caplog.text
    with engine.connect() as connection:
        for table in ("model_call", "model_cache"):
            rows = connection.execute(text(f"SELECT to_jsonb(t)::text FROM catalog.{table} t")).scalars().all()
            assert rows and not any(KEY in row for row in rows)


def test_without_an_endpoint_nothing_is_asked(engine: Engine, home: object, question: Question[Answer]) -> None:
    reply = ask(engine, ModelSettings(), question)
    assert reply.outcome is Outcome.NO_MODEL and "ORCHESTRATOR_LLM_URL" in (reply.detail or "")
    assert model_store.calls(engine) == []

"""The one way a model is asked anything: `ask` takes a question and returns a reply with a named outcome.

The library that speaks to the endpoint takes a second to import, so that happens inside the call.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic

from pydantic import ValidationError
from sqlalchemy import Engine

from orchestrator_assets.catalog import model_store
from orchestrator_assets.catalog.model_store import Ended, Intent, Limit, Reserved
from orchestrator_assets.models.reply import Outcome, Output, Reply, ReplyFailed, Usage
from orchestrator_assets.models.settings import ModelSettings, Price

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from orchestrator_assets.models.wire import Wire

REPAIRS = 1
"""Further turns that a model gets after a reply that does not fit the schema, if the limits leave room for them."""

Connect = Callable[["ModelSettings", "Wire"], "Model"]
"""Makes the model that is asked; tests put another in its place."""


@dataclass(frozen=True, slots=True)
class Question(Generic[Output]):
    """One question. `prompt_version` is the digest of the prompt file, `context` the digests of what was put into it;
    `run_id` and `step` make the correlation id; `purpose` is the activity that asks."""

    run_id: str
    step: str
    purpose: str
    repository: str | None
    instructions: str
    text: str
    output: type[Output]
    prompt_version: str
    context: tuple[str, ...] = ()

    @property
    def correlation_id(self) -> str:
        """Run id and step: the same in the books, in the reply and in the log."""
        return f"{self.run_id}/{self.step}"

    def key(self, settings: ModelSettings) -> str:
        """Digest of everything the answer depends on: two questions of one key have one answer."""
        parts = {
            "instructions": self.instructions,
            "text": self.text,
            "context": self.context,
            "url": settings.url,
            "model": settings.model,
            "parameters": [settings.output_mode.value, settings.temperature, settings.max_tokens],
            "schema": self.output.model_json_schema(),
            "prompt": self.prompt_version,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def ask(
    engine: Engine, settings: ModelSettings, question: Question[Output], connect: Connect | None = None
) -> Reply[Output]:
    """Asks, or answers from what was kept. Never raises for what an endpoint does: that is the reply's outcome. Not for
    use inside a running event loop."""
    started = time.monotonic()
    if settings.missing is not None:
        return Reply(Outcome.NO_MODEL, None, settings.missing, Usage(), question.correlation_id)
    intent = _intent(settings, question)
    kept = _kept(engine, settings, question, intent, started)
    if kept is not None:
        return kept
    reserved = _reserve(engine, settings, intent)
    if isinstance(reserved, str):
        return Reply(Outcome.BUDGET_EXCEEDED, None, reserved, Usage(), question.correlation_id)
    reply = asyncio.run(_asked(settings, question, reserved.turns - 1, connect))
    output = reply.output.model_dump(mode="json") if reply.output is not None else None
    answer = (intent.cache_key, output) if output is not None else None
    usage = reply.usage
    ended = Ended(
        reply.outcome.value,
        reply.detail,
        usage.model,
        usage.requests,
        usage.attempts,
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cost,
        usage.seconds,
    )
    model_store.finish(engine, reserved.number, ended, answer)
    return reply


def _intent(settings: ModelSettings, question: Question[Any]) -> Intent:
    prompt = tokens_of(question.instructions) + tokens_of(question.text)
    prompt += tokens_of(json.dumps(question.output.model_json_schema()))
    price = settings.prices.get(settings.model or "")
    return Intent(
        run_id=question.run_id,
        correlation_id=question.correlation_id,
        purpose=question.purpose,
        repository=question.repository,
        prompt_version=question.prompt_version,
        cache_key=question.key(settings),
        model=settings.model or "",
        tokens=prompt + settings.max_tokens,
        cost=cost_of(price, prompt, settings.max_tokens) or Decimal(0),
    )


def _kept(
    engine: Engine, settings: ModelSettings, question: Question[Output], intent: Intent, started: float
) -> Reply[Output] | None:
    found = model_store.cached(engine, intent.cache_key) if settings.cache else None
    if found is None:
        return None
    try:
        output = question.output.model_validate(found[0])
    except ValidationError:
        return None  # its validators have changed since: ask anew
    usage = Usage(seconds=time.monotonic() - started, model=found[1])
    model_store.note_cached(engine, intent, found[1], usage.seconds)
    return Reply(Outcome.CACHED, output, None, usage, question.correlation_id)


def _reserve(engine: Engine, settings: ModelSettings, intent: Intent) -> Reserved | str:
    limited = settings.cost_per_run is not None or settings.cost_per_day is not None
    if limited and intent.model not in settings.prices:
        return f"a cost limit is set, but ORCHESTRATOR_LLM_PRICES has no price for {intent.model}"
    run = Limit(settings.requests_per_run, settings.tokens_per_run, settings.cost_per_run)
    day = Limit(settings.requests_per_day, settings.tokens_per_day, settings.cost_per_day)
    return model_store.reserve(engine, intent, run, day, 1 + REPAIRS)


async def _asked(
    settings: ModelSettings, question: Question[Output], repairs: int, connect: Connect | None
) -> Reply[Output]:
    """One exchange with the endpoint, within the deadline."""
    from orchestrator_assets import telemetry
    from orchestrator_assets.models import endpoint
    from orchestrator_assets.models.wire import Wire

    telemetry.set_up()
    started = time.monotonic()
    secret = settings.api_key.get_secret_value() if settings.api_key else None
    wire = Wire(started + settings.deadline, settings.body_limit, secret)
    model = endpoint.careful(connect or endpoint.connect, settings, wire)
    output: Output | None = None
    try:
        async with asyncio.timeout(settings.deadline):
            output = await endpoint.converse(model, settings, question, repairs)
        outcome, detail = Outcome.OK, "; ".join(model.notes) or None
    except TimeoutError:
        outcome, detail = _late(settings, wire)
    except ReplyFailed as failed:
        outcome, detail = failed.outcome, failed.detail
    except Exception as error:
        told = wire.failure or endpoint.failure_of(error, model)
        outcome, detail = told.outcome, told.detail
    finally:
        await wire.aclose()
    usage = endpoint.usage_of(settings, model, wire.attempts, time.monotonic() - started)
    return Reply(outcome, output, detail, usage, question.correlation_id)


def _late(settings: ModelSettings, wire: Wire) -> tuple[Outcome, str]:
    """The deadline is over: while it waited to try again, what it had been told counts."""
    if wire.waiting and wire.failure is not None:
        return wire.failure.outcome, f"{wire.failure.detail}; the deadline of {settings.deadline:g} s is over"
    return Outcome.TIMEOUT, f"no whole reply within {settings.deadline:g} s (ORCHESTRATOR_LLM_DEADLINE)"


def tokens_of(text: str) -> int:
    """About how many tokens a text is: four bytes each, rounded up. Only for budgets."""
    return -(-len(text.encode("utf-8", errors="replace")) // 4)


def cost_of(price: Price | None, prompt_tokens: int | None, completion_tokens: int | None) -> Decimal | None:
    """What tokens cost; None if the price or a number is unknown."""
    if price is None or prompt_tokens is None or completion_tokens is None:
        return None
    return (price.input * prompt_tokens + price.output * completion_tokens) / 1_000_000

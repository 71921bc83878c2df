"""Checking a configured endpoint: what works, and what to set where something does not."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Engine

from orchestrator_assets.models.ask import Connect, Question, ask
from orchestrator_assets.models.reply import Outcome, Reply
from orchestrator_assets.models.settings import ModelSettings, OutputMode


class _Greeting(BaseModel):
    """What the endpoint is asked for."""

    word: str
    number: int


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was tried: `outcome` is the reply's, `works` whether it can be relied on."""

    what: str
    works: bool
    outcome: Outcome
    detail: str
    seconds: float


def check(engine: Engine, settings: ModelSettings, connect: Connect | None = None) -> Iterator[Checked]:
    """Tries the endpoint in each output mode with a small question. With no endpoint, says so and tries nothing."""
    if settings.missing is not None:
        yield Checked("settings", False, Outcome.NO_MODEL, settings.missing, 0.0)
        return
    run_id = f"doctor-{uuid.uuid4().hex[:12]}"
    for mode in OutputMode:
        tried = settings.model_copy(update={"output_mode": mode, "cache": False, "max_tokens": 200})
        question = Question(
            run_id=run_id,
            step=mode.value,
            purpose="doctor",
            repository=None,
            instructions="Answer with the word ready and the number 7.",
            text="Are you there?",
            output=_Greeting,
            prompt_version="1",
        )
        yield _checked(settings, mode, ask(engine, tried, question, connect))


def _checked(settings: ModelSettings, mode: OutputMode, reply: Reply[_Greeting]) -> Checked:
    chosen = " (configured)" if mode is settings.output_mode else ""
    usage = reply.usage
    if not reply.outcome.good:
        return Checked(f"output mode {mode.value}{chosen}", False, reply.outcome, reply.detail or "", usage.seconds)
    told = [f"model {usage.model}", f"{usage.attempts} attempts"]
    counted = usage.prompt_tokens is not None
    told.append(f"{usage.prompt_tokens} + {usage.completion_tokens} tokens" if counted else "it does not count tokens")
    if usage.cost is None:
        told.append("no price known: cost limits cannot hold")
    if reply.detail:
        told.append(reply.detail)
    return Checked(f"output mode {mode.value}{chosen}", True, reply.outcome, "; ".join(told), usage.seconds)

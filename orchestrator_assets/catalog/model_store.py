"""The books of model calls: what is asked is written down before it is asked, so that limits hold for calls under way
and a killed call leaves a trace. And the answers kept for asking the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.snapshot_store import clean_json
from orchestrator_assets.catalog.tables import model_cache, model_call
from orchestrator_assets.documents.text import storable

_BOOKS_LOCK = 0x6C6C6D62  # any constant; all that write reservations take the same advisory lock


@dataclass(frozen=True, slots=True)
class Intent:
    """A question about to be asked, with the most that one turn of it may take (tokens, cost)."""

    run_id: str
    correlation_id: str
    purpose: str
    repository: str | None
    prompt_version: str
    cache_key: str
    model: str
    tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """How much one run, or the last 24 hours, may hold. None: as much as it takes."""

    requests: int | None
    tokens: int | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run, or the last 24 hours, holds: calls under way count with the most they may take."""

    requests: int
    tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended. Tokens and cost are None where nobody said."""

    outcome: str
    detail: str | None
    model: str | None
    requests: int
    attempts: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: Decimal | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the books. `outcome` is None while it is under way, or if its process was killed."""

    correlation_id: str
    purpose: str
    repository: str | None
    prompt_version: str
    model: str | None
    requests: int
    attempts: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: Decimal | None
    seconds: float | None
    outcome: str | None
    detail: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Reserved:
    """A call written down: its number in the books, and how many turns it may take."""

    number: int
    turns: int


def reserve(engine: Engine, intent: Intent, run: Limit, day: Limit, turns: int) -> Reserved | str:
    """Writes a call down with the most it may take, or says in one line which limit forbids it. It gets as many turns
    as the limits leave room for, up to `turns`."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _BOOKS_LOCK})
        of_run = _spent(connection, model_call.c.run_id == intent.run_id)
        now, a_day = func.clock_timestamp(), text("interval '24 hours'")
        # What seems to come from further ahead was written before the clock was set back.
        today = _spent(connection, model_call.c.started_at.between(now - a_day, now + a_day))
        refusals = {
            wanted: _over(of_run, intent, wanted, run, "this run", "RUN")
            or _over(today, intent, wanted, day, "the last 24 hours", "DAY")
            for wanted in range(1, turns + 1)
        }
        if refusals[1] is not None:
            return refusals[1]
        granted = max(wanted for wanted, refusal in refusals.items() if refusal is None)
        number: int = connection.execute(
            insert(model_call)
            .values(
                run_id=intent.run_id,
                correlation_id=intent.correlation_id,
                purpose=intent.purpose,
                repository_name=intent.repository,
                prompt_version=intent.prompt_version,
                cache_key=intent.cache_key,
                model_asked=intent.model,
                reserved_tokens=granted * intent.tokens,
                reserved_cost=granted * intent.cost,
                requests=granted,
            )
            .returning(model_call.c.id)
        ).scalar_one()
        return Reserved(number, granted)


def finish(engine: Engine, number: int, ended: Ended, answer: tuple[str, Any] | None) -> None:
    """Writes down how a call ended, and keeps its answer (cache key, output) if there is one. What was reserved stays
    counted where the endpoint answered without saying what it took."""
    known = ended.prompt_tokens is not None and ended.completion_tokens is not None
    settled = known or answer is None
    values: dict[str, Any] = {
        "outcome": ended.outcome,
        "detail": storable(ended.detail) if ended.detail else None,
        "model": storable(ended.model) if ended.model else None,
        "requests": ended.requests,
        "attempts": ended.attempts,
        "prompt_tokens": ended.prompt_tokens,
        "completion_tokens": ended.completion_tokens,
        "cost": ended.cost,
        "seconds": ended.seconds,
    }
    if settled:
        values |= {"reserved_tokens": 0, "reserved_cost": 0}
    with engine.begin() as connection:
        connection.execute(update(model_call).where(model_call.c.id == number).values(**values))
        if answer is not None:
            kept = {"output": clean_json(answer[1]), "model": values["model"]}
            statement = insert(model_cache).values(key=answer[0], **kept)
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=kept))


def note_cached(engine: Engine, intent: Intent, model: str | None, seconds: float) -> None:
    """Writes down that a question was answered from what was kept."""
    with engine.begin() as connection:
        connection.execute(
            insert(model_call).values(
                run_id=intent.run_id,
                correlation_id=intent.correlation_id,
                purpose=intent.purpose,
                repository_name=intent.repository,
                prompt_version=intent.prompt_version,
                cache_key=intent.cache_key,
                model_asked=intent.model,
                model=model,
                reserved_tokens=0,
                reserved_cost=0,
                seconds=seconds,
                outcome="cached",
            )
        )


def cached(engine: Engine, key: str) -> tuple[Any, str | None] | None:
    """The kept answer to a question (output, model); None if it was never answered."""
    query = select(model_cache.c.output, model_cache.c.model).where(model_cache.c.key == key)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return (row.output, row.model) if row else None


def calls(engine: Engine, run_id: str | None = None, limit: int = 1000) -> list[Call]:
    """The newest calls, newest first, all or those of one run."""
    query = select(model_call).order_by(model_call.c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(model_call.c.run_id == run_id)
    with engine.connect() as connection:
        return [
            Call(
                row.correlation_id,
                row.purpose,
                row.repository_name,
                row.prompt_version,
                row.model,
                row.requests,
                row.attempts,
                row.prompt_tokens,
                row.completion_tokens,
                row.cost,
                row.seconds,
                row.outcome,
                row.detail,
                row.started_at,
            )
            for row in connection.execute(query)
        ]


def _spent(connection: Connection, where: ColumnElement[bool]) -> Spent:
    columns = model_call.c
    tokens = func.coalesce(columns.prompt_tokens, 0) + func.coalesce(columns.completion_tokens, 0)
    row = connection.execute(
        select(
            func.coalesce(func.sum(columns.requests), 0).label("requests"),
            func.coalesce(func.sum(tokens + columns.reserved_tokens), 0).label("tokens"),
            func.coalesce(func.sum(func.coalesce(columns.cost, 0) + columns.reserved_cost), 0).label("cost"),
        ).where(where)
    ).one()
    return Spent(int(row.requests), int(row.tokens), Decimal(row.cost))


def _over(spent: Spent, intent: Intent, turns: int, limit: Limit, span: str, suffix: str) -> str | None:
    asked: Sequence[tuple[str, int | Decimal, int | Decimal, int | Decimal | None]] = (
        ("requests", spent.requests, turns, limit.requests),
        ("tokens", spent.tokens, turns * intent.tokens, limit.tokens),
        ("cost", spent.cost, turns * intent.cost, limit.cost),
    )
    for what, used, more, allowed in asked:
        if allowed is not None and used + more > allowed:
            name = f"ORCHESTRATOR_LLM_{what.upper()}_PER_{suffix}"
            return f"{what} of {span}: {used} used, up to {more} more wanted, {name} allows {allowed}"
    return None

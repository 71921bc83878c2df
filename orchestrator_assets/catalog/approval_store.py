"""Requests that wait for a person, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import approval


class Sort(StrEnum):
    """What is asked for: a playbook's run, or a document's publication."""

    PLAYBOOK = "playbook"
    DOCUMENT = "document"


class State(StrEnum):
    """Where a request stands. `interrupted`: whoever carried it out was stopped, and nobody knows how far it came; it
    is not carried out again by itself."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Approval:
    """A request. `content` is what is asked for, exactly."""

    id: int
    sort: Sort
    name: str
    target: str
    content: dict[str, Any]
    state: State
    decided_by: str | None
    note: str | None
    result: dict[str, Any] | None
    requested_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None


def request(engine: Engine, sort: Sort, name: str, target: str, content: dict[str, Any], key: str) -> Approval:
    """Asks for approval; asking again under the same key gives the request that is there."""
    values = {"sort": sort.value, "name": name, "target": target, "content": content, "request_key": key}
    statement = insert(approval).values(**values, state=State.WAITING.value).on_conflict_do_nothing()
    with engine.begin() as connection:
        connection.execute(statement)
        return _approval(connection.execute(select(approval).where(approval.c.request_key == key)).one())


def listed(engine: Engine, state: State | None = None, limit: int = 200) -> list[Approval]:
    """The newest requests, newest first, all or those of one state."""
    query = select(approval).order_by(approval.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(approval.c.state == state.value)
    with engine.connect() as connection:
        return [_approval(row) for row in connection.execute(query)]


def load(engine: Engine, number: int) -> Approval | None:
    """One request."""
    with engine.connect() as connection:
        row = connection.execute(select(approval).where(approval.c.id == number)).first()
    return _approval(row) if row else None


def decide(engine: Engine, number: int, state: State, by: str, note: str | None) -> bool:
    """Approves or rejects a request that waits; whether it did wait."""
    decided = {"state": state.value, "decided_by": by, "note": note, "decided_at": func.clock_timestamp()}
    return _move(engine, number, State.WAITING, decided)


def begin(engine: Engine, number: int) -> bool:
    """Notes that an approved request is being carried out; whether it was approved."""
    return _move(engine, number, State.APPROVED, {"state": State.RUNNING.value})


def end(engine: Engine, number: int, state: State, result: dict[str, Any]) -> None:
    """Notes what came of carrying it out."""
    _move(engine, number, State.RUNNING, {"state": state.value, "result": result, "ended_at": func.clock_timestamp()})


def newest_approved(engine: Engine, sort: Sort, name: str) -> Approval | None:
    """The request of a name that was approved last."""
    query = (
        select(approval)
        .where(approval.c.sort == sort.value, approval.c.name == name)
        .where(approval.c.state.in_([State.APPROVED.value, State.DONE.value]))
        .order_by(approval.c.decided_at.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return _approval(row) if row else None


def _move(engine: Engine, number: int, before: State, values: dict[str, Any]) -> bool:
    with engine.begin() as connection:
        moved = connection.execute(
            update(approval).where(approval.c.id == number, approval.c.state == before.value).values(values)
        )
        return moved.rowcount == 1


def _approval(row: Any) -> Approval:
    return Approval(
        row.id,
        Sort(row.sort),
        row.name,
        row.target,
        row.content,
        State(row.state),
        row.decided_by,
        row.note,
        row.result,
        row.requested_at,
        row.decided_at,
        row.ended_at,
    )

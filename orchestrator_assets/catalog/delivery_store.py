"""The outbox of reports: one row for each report and target, so that each target gets each report once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import delivery

LONGEST_WAIT = 6 * 3600.0
"""Seconds between two attempts at most."""


class State(StrEnum):
    """What became of a delivery. `sending`: its last bytes are on their way. `unconfirmed`: whoever sent these was
    stopped before the answer came; it is not sent again by itself, since it most probably arrived."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNCONFIRMED = "unconfirmed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox. `digest` is of the report's facts that were put in."""

    report: str
    target: str
    digest: str
    state: State
    attempts: int
    error: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


def put(engine: Engine, report: str, digest: str, targets: Sequence[str]) -> None:
    """Puts a report in for targets that have not got it yet."""
    rows = [{"report": report, "target": name, "digest": digest, "state": State.WAITING.value} for name in targets]
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(delivery).on_conflict_do_nothing(), rows)


def put_again(engine: Engine, report: str, target: str) -> bool:
    """Puts a delivery that ended (unconfirmed, given up, delivered) in once more. Whether there is such a one."""
    statement = (
        update(delivery)
        .where(delivery.c.report == report, delivery.c.target == target, delivery.c.state != State.SENDING.value)
        .values(state=State.WAITING.value, attempts=0, error=None, next_attempt_at=None, delivered_at=None)
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount > 0


def listed(engine: Engine, limit: int = 200) -> list[Delivery]:
    """The newest deliveries, newest first."""
    query = select(delivery).order_by(delivery.c.created_at.desc(), delivery.c.report, delivery.c.target).limit(limit)
    with engine.connect() as connection:
        return [_delivery(row) for row in connection.execute(query)]


def due(engine: Engine) -> list[Delivery]:
    """Deliveries that are to be made now: waiting ones whose time has come, and those whose sender may have died."""
    columns = delivery.c
    now = func.clock_timestamp()
    # A moment further ahead than anybody waits was noted by a clock that was set back since.
    ahead = columns.next_attempt_at > now + func.make_interval(0, 0, 0, 0, 0, 0, LONGEST_WAIT)
    ripe = or_(columns.next_attempt_at.is_(None), columns.next_attempt_at <= now, ahead)
    query = (
        select(delivery)
        .where(or_(and_(columns.state == State.WAITING.value, ripe), columns.state == State.SENDING.value))
        .order_by(columns.created_at, columns.report, columns.target)
    )
    with engine.connect() as connection:
        return [_delivery(row) for row in connection.execute(query)]


def load(engine: Engine, report: str, target: str) -> Delivery | None:
    """One delivery; None if the report was not put in for that target."""
    query = select(delivery).where(delivery.c.report == report, delivery.c.target == target)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return _delivery(row) if row else None


def settle(engine: Engine, item: Delivery, state: State, error: str | None = None, again: float | None = None) -> None:
    """Notes what became of an attempt; `again` is in how many seconds to try it anew."""
    columns = delivery.c
    values: dict[str, Any] = {"state": state.value, "error": error, "next_attempt_at": None}
    if again is not None:
        values["next_attempt_at"] = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, again)
    if error is not None:
        values["attempts"] = columns.attempts + 1
    if state is State.DELIVERED:
        values["delivered_at"] = func.clock_timestamp()
    with engine.begin() as connection:
        connection.execute(
            update(delivery).where(columns.report == item.report, columns.target == item.target).values(values)
        )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.report,
        row.target,
        row.digest,
        State(row.state),
        row.attempts,
        row.error,
        row.next_attempt_at,
        row.delivered_at,
    )

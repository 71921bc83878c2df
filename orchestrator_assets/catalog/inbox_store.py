"""The inbox of webhooks: each delivery once, until its repositories were looked at, and a while longer to be listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from orchestrator_assets.catalog.tables import inbox


class InboxFull(Exception):
    """Too many deliveries wait: nobody looks, or somebody floods."""


class InboxUnavailable(Exception):
    """The database does not answer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push as a provider told it, under the provider's id; `repositories` are partition keys."""

    provider: str
    delivery: str
    repositories: tuple[str, ...]
    ref: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in the inbox. `looked_at` is when its repositories were looked at (None: it waits), `moved` whether
    one had moved then, `runs` the keys of the runs that were asked for because of it."""

    id: int
    delivery: Delivery
    received_at: datetime
    looked_at: datetime | None
    moved: bool | None
    runs: tuple[str, ...]


def take(engine: Engine, item: Delivery, limit: int, keep: float) -> bool:
    """Keeps a delivery durably before it returns; whether it is new. One that is known already waits once more. Drops
    those that were looked at and are older than `keep` seconds. InboxFull if `limit` wait, InboxUnavailable."""
    columns = inbox.c
    with _answering(), engine.begin() as connection:
        old = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, keep)
        connection.execute(delete(inbox).where(columns.looked_at.is_not(None), columns.received_at < old))
        waiting = connection.execute(select(func.count()).where(columns.looked_at.is_(None))).scalar_one()
        if waiting >= limit:
            raise InboxFull(f"{waiting} deliveries wait to be looked at; is the daemon running?")
        values = {
            "provider": item.provider,
            "delivery": item.delivery,
            "repositories": list(item.repositories),
            "ref": item.ref,
            "commit": item.commit,
        }
        again = {"looked_at": None, "moved": None}
        statement = (
            insert(inbox).values(values).on_conflict_do_update(index_elements=["provider", "delivery"], set_=again)
        )
        return bool(connection.execute(statement.returning(text("xmax = 0"))).scalar_one())


def waiting(engine: Engine) -> set[str]:
    """Partition keys that deliveries wait for."""
    query = select(func.unnest(inbox.c.repositories)).where(inbox.c.looked_at.is_(None)).distinct()
    with engine.connect() as connection:
        return set(connection.execute(query).scalars())


def database_time(engine: Engine) -> datetime:
    """The database's clock, by which deliveries are dated."""
    with engine.connect() as connection:
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found


def settle(engine: Engine, looked: Sequence[str], moved: Sequence[str], before: datetime) -> None:
    """Notes that these repositories were looked at in a look that began at `before` (the database's time): what was
    received earlier waits no longer; nor what seems to come from the future, because the clock was set back."""
    if not looked:
        return
    columns = inbox.c
    earlier = or_(columns.received_at < before, columns.received_at > func.clock_timestamp())
    waits = (columns.looked_at.is_(None), earlier, columns.repositories.overlap(list(looked)))
    with engine.begin() as connection:
        connection.execute(
            update(inbox)
            .where(*waits)
            .values(looked_at=func.clock_timestamp(), moved=columns.repositories.overlap(list(moved)))
        )


def led_to(engine: Engine, repositories: Sequence[str], run_key: str) -> tuple[str, ...]:
    """Notes the run that was asked for because of what was found at these repositories. The deliveries that told of it,
    as PROVIDER/ID."""
    columns = inbox.c
    with engine.begin() as connection:
        rows = connection.execute(
            update(inbox)
            .where(columns.moved.is_(True), func.cardinality(columns.runs) == 0)
            .where(columns.repositories.overlap(list(repositories)))
            .values(runs=func.array_append(columns.runs, run_key))
            .returning(columns.provider, columns.delivery)
        )
        return tuple(sorted(f"{row.provider}/{row.delivery}" for row in rows))


def newest(engine: Engine, limit: int = 100) -> list[Taken]:
    """The newest deliveries, newest first. InboxUnavailable."""
    with _answering(), engine.connect() as connection:
        return [
            Taken(
                row.id,
                Delivery(row.provider, row.delivery, tuple(row.repositories), row.ref, row.commit),
                row.received_at,
                row.looked_at,
                row.moved,
                tuple(row.runs),
            )
            for row in connection.execute(select(inbox).order_by(inbox.c.id.desc()).limit(limit))
        ]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except DBAPIError:
        raise InboxUnavailable("the database does not answer; try again later") from None

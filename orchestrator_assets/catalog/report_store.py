"""Reports of periods as they were collected: kept as text, so that a report of the past stays the same, byte for
byte."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import report


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report under its period's key. `finished` is whether the period was over when it was collected."""

    key: str
    content: str
    finished: bool


def load(engine: Engine, key: str) -> StoredReport | None:
    """The report of a period; None if it was never collected."""
    with engine.connect() as connection:
        row = connection.execute(select(report).where(report.c.key == key)).first()
    return StoredReport(row.key, row.content, row.finished) if row else None


def save(engine: Engine, found: StoredReport, replace: bool) -> StoredReport:
    """Keeps a report, and returns the one that is kept: that of a period that is over is replaced only with `replace`,
    so of two that were collected at once the first stands."""
    values = {"content": found.content, "finished": found.finished}
    statement = insert(report).values(key=found.key, **values)
    with engine.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={**values, "collected_at": func.clock_timestamp()},
                where=None if replace else ~report.c.finished,
            )
        )
        row = connection.execute(select(report).where(report.c.key == found.key)).one()
    return StoredReport(row.key, row.content, row.finished)


def account(engine: Engine, key: str) -> str | None:
    """What a model said of a report; None if it was not asked."""
    with engine.connect() as connection:
        return connection.execute(select(report.c.account).where(report.c.key == key)).scalar()


def save_account(engine: Engine, key: str, told: str, replace: bool) -> str:
    """Keeps what a model said of a report, and returns what is kept: of two that were asked at once the first."""
    statement = update(report).where(report.c.key == key).values(account=told)
    with engine.begin() as connection:
        connection.execute(statement if replace else statement.where(report.c.account.is_(None)))
        kept = connection.execute(select(report.c.account).where(report.c.key == key)).scalar_one()
    return str(kept)


def stored(engine: Engine, prefix: str) -> list[StoredReport]:
    """The reports of finished periods whose keys begin like this, oldest first."""
    query = (
        select(report).where(report.c.key.startswith(prefix, autoescape=True), report.c.finished).order_by(report.c.key)
    )
    with engine.connect() as connection:
        return [StoredReport(row.key, row.content, row.finished) for row in connection.execute(query)]

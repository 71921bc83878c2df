"""Whether the system can do its work, in parts: what answers, what is late, and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from orchestrator_assets.catalog.database import current_revision, head
from orchestrator_assets.catalog.tables import inbox, registry_version

LATE = 120.0
"""Seconds that a webhook may wait for the daemon before it counts as not there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must be right; `detail` says what is, or is not."""

    name: str
    ready: bool
    detail: str


def readiness(engine: Engine) -> list[Part]:
    """Every part; the system is ready if all are. Never raises."""
    try:
        return [_database(engine), _registry(engine), _daemon(engine)]
    except DBAPIError as error:
        return [Part("database", False, f"does not answer: {type(error.orig).__name__}")]


def _database(engine: Engine) -> Part:
    with engine.connect() as connection:
        found = current_revision(connection)
    if found != head():
        return Part("database", False, f"its tables are of revision {found}, not {head()}")
    return Part("database", True, f"revision {found}")


def _registry(engine: Engine) -> Part:
    query = select(func.count()).where(registry_version.c.valid)
    with engine.connect() as connection:
        number = connection.execute(query).scalar_one()
    return Part("registry", number > 0, "in force" if number else "no valid fleet registry was read yet")


def _daemon(engine: Engine) -> Part:
    age = func.extract("epoch", func.clock_timestamp() - func.min(inbox.c.received_at))
    with engine.connect() as connection:
        waited = connection.execute(select(age).where(inbox.c.looked_at.is_(None))).scalar()
    if waited is not None and waited > LATE:
        return Part("daemon", False, f"a webhook waits for {float(waited):.0f} s; is the daemon running?")
    return Part("daemon", True, "no webhook waits for long")

"""Requests for scans, as the watcher wrote them down before asking Dagster for a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import scan_request


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest request for one observed change."""

    attempt: int
    run_key: str
    requested_at: datetime


def latest(engine: Engine) -> dict[tuple[str, int], Asked]:
    """The newest request per (repository, observation)."""
    with engine.connect() as connection:
        rows = connection.execute(select(scan_request).order_by(scan_request.c.attempt))
        return {(row.repository, row.seq): Asked(row.attempt, row.run_key, row.requested_at) for row in rows}


def repositories_of(engine: Engine, run_key: str) -> tuple[str, ...]:
    """The repositories one request is for, in order."""
    query = select(scan_request.c.repository).where(scan_request.c.run_key == run_key)
    with engine.connect() as connection:
        return tuple(sorted(connection.execute(query.order_by(scan_request.c.repository)).scalars()))


def save(engine: Engine, run_key: str, changes: Sequence[tuple[str, int, int]]) -> None:
    """Writes a request down: (repository, observation, attempt) each. Requests for older observations of the same
    repositories are dropped: a scan reads the newest."""
    with engine.begin() as connection:
        for repository, seq, _ in changes:
            connection.execute(
                delete(scan_request).where(scan_request.c.repository == repository, scan_request.c.seq < seq)
            )
        rows = [
            {"repository": repository, "seq": seq, "attempt": attempt, "run_key": run_key}
            for repository, seq, attempt in changes
        ]
        connection.execute(insert(scan_request).on_conflict_do_nothing(), rows)

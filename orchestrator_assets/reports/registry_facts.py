"""What became of the fleet registry within a period, from the versions of it that were read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from orchestrator_assets.catalog.tables import registry_version
from orchestrator_assets.fleet.registry import read_registry


def left_registry(engine: Engine, start: datetime, end: datetime) -> list[str]:
    """Names that the registry in force at `start` held and the one in force at `end` does not. Empty where no registry
    had been read by then."""
    then, now = _names(engine, start), _names(engine, end)
    return sorted(then - now) if then is not None and now is not None else []


def _names(engine: Engine, moment: datetime) -> set[str] | None:
    query = (
        select(registry_version.c.content, registry_version.c.file)
        .where(registry_version.c.valid, registry_version.c.read_at < moment)
        .order_by(registry_version.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    registry = read_registry(row.content.encode(), row.file).registry
    return {entry.name for entry in registry.repos} if registry else None

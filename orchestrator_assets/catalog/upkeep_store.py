"""Rows that nothing will ask for again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, and_, delete, func, not_, or_, select, union

from orchestrator_assets.catalog.tables import model_call, observation, parsed_blob, registry_version, scan_request
from orchestrator_assets.catalog.tables import repository_state as state


def forget(engine: Engine, versions: Mapping[str, int], days: int) -> dict[str, int]:
    """Deletes parse results of other parser versions than these (kind -> version), and, older than `days`, observations
    that nothing refers to, registry versions but the one in force and the newest, and ended calls of models. Rows by
    table."""
    old = func.clock_timestamp() - func.make_interval(0, 0, 0, days)
    current = or_(
        *(and_(parsed_blob.c.kind == kind, parsed_blob.c.version == number) for kind, number in versions.items())
    )
    needed = union(
        select(state.c.seen_seq).where(state.c.seen_seq.is_not(None)),
        select(state.c.scanned_seq).where(state.c.scanned_seq.is_not(None)),
        select(scan_request.c.seq),
    )
    kept = union(
        select(func.max(registry_version.c.id)),
        select(func.max(registry_version.c.id)).where(registry_version.c.valid),
    )
    statements = {
        "parsed_blob": delete(parsed_blob).where(not_(current)),
        "observation": delete(observation).where(
            observation.c.observed_at < old, observation.c.seq.not_in(needed.scalar_subquery())
        ),
        "registry_version": delete(registry_version).where(
            registry_version.c.read_at < old, registry_version.c.id.not_in(kept.scalar_subquery())
        ),
        "model_call": delete(model_call).where(model_call.c.started_at < old, model_call.c.outcome.is_not(None)),
    }
    with engine.begin() as connection:
        return {name: connection.execute(statement).rowcount for name, statement in statements.items()}

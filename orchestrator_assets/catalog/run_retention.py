"""Old runs of Dagster, with their events, that nothing will ask for again.

Deleting a run deletes what it materialized from Dagster's memory: a partition whose newest materialization goes looks
as if it had never been made. So a run stays for as long as it is the newest of anything: a materialization, an
observation, a failure or a check of some asset and partition. Nothing else of ours depends on old runs: what was asked
for and what was seen stands in the catalog.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, text

# Dagster's own tables, in the same database; deleting is left to Dagster.
_OLD = text(
    """
    SELECT run_id FROM runs
    WHERE status IN ('SUCCESS', 'FAILURE', 'CANCELED') AND update_timestamp < :before AND run_id NOT IN (
        SELECT run_id FROM event_logs WHERE id IN (
            SELECT max(id) FROM event_logs
            WHERE asset_key IS NOT NULL AND dagster_event_type IN (
                'ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_FAILED_TO_MATERIALIZE',
                'ASSET_MATERIALIZATION_PLANNED'
            )
            GROUP BY asset_key, partition, dagster_event_type
        )
        UNION
        SELECT run_id FROM asset_check_executions WHERE id IN (
            SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name, partition
        )
    )
    ORDER BY id
    """
)
_BEFORE = text("SELECT timezone('UTC', clock_timestamp()) - make_interval(days => :days)")
# Deleting a run leaves its checks' rows behind.
_CHECKS = text("DELETE FROM asset_check_executions WHERE run_id = :run")


def forget_runs(engine: Engine, delete_run: Callable[[str], None], days: int) -> int:
    """Deletes runs that ended more than `days` ago, unless they are the newest of something, with Dagster's own
    `delete_run`. How many went."""
    with engine.connect() as connection:
        before = connection.execute(_BEFORE, {"days": days}).scalar_one()
        old = list(connection.execute(_OLD, {"before": before}).scalars())
    for run_id in old:
        delete_run(run_id)
        with engine.begin() as connection:
            connection.execute(_CHECKS, {"run": run_id})
    return len(old)

"""Old runs of Dagster, with their events, that nothing will ask for again.

Deleting a run deletes what it materialized from Dagster's memory: a partition whose newest materialization goes looks
as if it had never been made. So a run stays for as long as it is the newest of anything: a materialization, an
observation, a failure or a check of some asset and partition. Nothing else of ours depends on old runs: what was asked
for and what was seen stands in the catalog.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import Engine, text

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_PAGE = 200

# Dagster's own tables, in the same database, read through their documented indexes' columns.
_NEWEST = text(
    """
    SELECT run_id FROM event_logs WHERE id IN (
        SELECT max(id) FROM event_logs
        WHERE asset_key IS NOT NULL AND dagster_event_type IN (
            'ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_FAILED_TO_MATERIALIZE', 'ASSET_MATERIALIZATION_PLANNED'
        )
        GROUP BY asset_key, partition, dagster_event_type
    )
    UNION
    SELECT run_id FROM asset_check_executions WHERE id IN (
        SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name, partition
    )
    """
)
# Deleting a run leaves its checks' rows behind.
_CHECKS = text("DELETE FROM asset_check_executions WHERE run_id = ANY(:runs)")


def forget_runs(engine: Engine, instance: dg.DagsterInstance, days: int) -> int:
    """Deletes runs that ended more than `days` ago, unless they are the newest of something. How many went."""
    filters = dg.RunsFilter(statuses=_ENDED, updated_before=datetime.now(UTC) - timedelta(days=days))
    with engine.connect() as connection:
        newest = set(connection.execute(_NEWEST).scalars())
    gone, cursor = 0, None
    while page := instance.get_run_records(filters, limit=_PAGE, cursor=cursor):
        cursor = page[-1].dagster_run.run_id
        old = [record.dagster_run.run_id for record in page if record.dagster_run.run_id not in newest]
        if cursor in old and len(page) == _PAGE:
            old.remove(cursor)  # the next page is asked for by it; the next time takes it
        for run_id in old:
            instance.delete_run(run_id)
        with engine.begin() as connection:
            connection.execute(_CHECKS, {"runs": old})
        gone += len(old)
        if len(page) < _PAGE:
            break
    return gone

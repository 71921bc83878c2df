"""The sensor that keeps generated documents fresh: it asks for a run when what a document is made from changed."""

import json
import time

import dagster as dg

from orchestrator_assets.activities.assets import asset_name
from orchestrator_assets.activities.freshness import Regeneration, due
from orchestrator_assets.activities.jobs import ACTIVITY_JOBS
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.run import Runner
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.fleet.objects import RepositoryUnavailable
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.resources import Catalog

_TICK_SECONDS = 40
_JOBS = [ACTIVITY_JOBS[item.name] for item in activities().values() if item.makes_document]


@dg.sensor(
    jobs=_JOBS,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Regenerates a document when its evidence changed, at most three times for the same evidence; never on "
    "a clock alone. Documents that nobody has generated yet are not.",
)
def document_evidence(context: dg.SensorEvaluationContext, catalog: Catalog) -> dg.SensorResult:
    """One tick: looks at the documents in turn, beginning behind the one that the last tick ended with."""
    models = model_settings()
    if models.missing is not None:
        return dg.SensorResult(skip_reason=models.missing)
    runner = Runner(catalog.engine(), catalog.settings(), models)
    documents = activity_store.documents(runner.engine)
    later = [item for item in documents if item.name > (context.cursor or "")]
    until = time.monotonic() + _TICK_SECONDS
    requests, looked_at, cursor = [], 0, context.cursor or ""
    for item in [*later, *(other for other in documents if other not in later)]:
        if time.monotonic() > until:
            break
        cursor, looked_at = item.name, looked_at + 1
        try:
            wanted = due(runner, item)
        except (ActivityFailed, RepositoryUnavailable) as error:
            context.log.warning(f"{item.name}: {error}")
            continue
        if wanted is not None:
            requests.append(_request(wanted))
    if not requests:
        return dg.SensorResult(
            skip_reason=f"{looked_at} of {len(documents)} documents looked at, none due", cursor=cursor
        )
    return dg.SensorResult(run_requests=requests, cursor=cursor)


def _request(wanted: Regeneration) -> dg.RunRequest:
    config = {"repository": wanted.target, "input": json.dumps(wanted.given)}
    return dg.RunRequest(
        run_key=wanted.key,
        job_name=ACTIVITY_JOBS[wanted.activity].name,
        run_config={"ops": {asset_name(wanted.activity): {"config": config}}},
    )


DEFINITIONS = dg.Definitions(sensors=[document_evidence])

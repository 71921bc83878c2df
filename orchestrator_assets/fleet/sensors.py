"""The sensor that sees pushes. It compares and asks for runs; it scans nothing."""

import time

import dagster as dg

from orchestrator_assets.fleet import jobs
from orchestrator_assets.fleet.sync import registry_changed
from orchestrator_assets.fleet.watch import Request, RunState, watch
from orchestrator_assets.resources import Catalog
from orchestrator_assets.settings import settings
from orchestrator_assets.telemetry import span

_FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dg.sensor(
    jobs=[jobs.scan_repo, jobs.refresh_fleet],
    minimum_interval_seconds=settings().sensor_interval,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks at every repository's ref, and asks for one run for all that moved. Also sees a new REPOS.yaml.",
)
def git_changes(context: dg.SensorEvaluationContext, catalog: Catalog) -> dg.SensorResult:
    """One tick. What was seen last stands in the catalog; the cursor only says what this tick saw."""
    engine, chosen = catalog.engine(), catalog.settings()
    requests = []
    registry = registry_changed(engine, chosen)
    if registry is not None:
        requests.append(dg.RunRequest(run_key=registry, job_name=jobs.refresh_fleet.name))
    began = time.monotonic()
    seen, asked = watch(
        engine, chosen, lambda key: _run_state(context.instance, key), chosen.sensor_watch if registry is None else 0
    )
    for item in asked:
        said = {
            "correlation_id": item.run_key,
            "repositories": list(item.repositories),
            "webhooks": list(item.webhooks),
        }
        context.log.info(f"{item.run_key}: asks for {', '.join(item.repositories[:20])}", extra=said)
        span("look", item.run_key, time.monotonic() - began, repositories=len(item.repositories))
        requests.append(_run_request(item))
    for key, reason in list(seen.failing.items())[:20]:
        context.log.warning(f"{key}: {reason}")
    summary = f"{seen.looked_at} looked at, {len(seen.moved)} moved, {len(seen.failing)} failing"
    if not requests:
        return dg.SensorResult(skip_reason=summary, cursor=summary)
    return dg.SensorResult(run_requests=requests, cursor=summary)


def _run_request(request: Request) -> dg.RunRequest:
    config = {"ops": {"repo_scan": {"config": {"repositories": list(request.repositories)}}}}
    tags = {"orchestrator/repositories": str(len(request.repositories))}
    return dg.RunRequest(run_key=request.run_key, job_name=jobs.scan_repo.name, run_config=config, tags=tags)


def _run_state(instance: dg.DagsterInstance, run_key: str) -> RunState:
    runs = instance.get_runs(dg.RunsFilter(tags={"dagster/run_key": run_key}), limit=1)
    if not runs:
        return RunState.UNKNOWN
    return RunState.FINISHED if runs[0].status in _FINISHED else RunState.ACTIVE


@dg.sensor(
    job=jobs.nightly,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING if settings().nightly_shard else dg.DefaultSensorStatus.STOPPED,
    description="Where the nightly is divided (ORCHESTRATOR_NIGHTLY_SHARD): asks for its rest, the indexes and their "
    "publication, once every part has ended.",
)
def nightly_rest(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    newest = context.instance.get_runs(dg.RunsFilter(job_name=jobs.scan_part.name), limit=1)
    night = newest[0].tags.get(jobs.NIGHT) if newest else None
    if night is None:
        return dg.SensorResult(skip_reason="no night yet")
    parts = context.instance.get_runs(dg.RunsFilter(job_name=jobs.scan_part.name, tags={jobs.NIGHT: night}))
    wanted, ended = int(newest[0].tags[jobs.PARTS]), sum(run.status in _FINISHED for run in parts)
    if ended < wanted:
        return dg.SensorResult(skip_reason=f"{ended} of {wanted} parts of {night} have ended")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"rest-{night}")])


DEFINITIONS = dg.Definitions(sensors=[git_changes, nightly_rest])

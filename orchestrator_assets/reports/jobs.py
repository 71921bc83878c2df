"""Jobs, schedules and sensors of reports."""

from datetime import UTC, datetime

import dagster as dg

from orchestrator_assets.catalog import delivery_store
from orchestrator_assets.fleet.jobs import nightly
from orchestrator_assets.reports.failure_mail import mail_failure
from orchestrator_assets.reports.period import Length, containing
from orchestrator_assets.resources import Catalog
from orchestrator_assets.settings import settings

_RETRY_SECONDS = 60


REPORT_JOBS = {
    length: dg.define_asset_job(
        f"report_{length.value}",
        selection=dg.AssetSelection.assets(f"status_facts_{length.value}", f"status_report_{length.value}"),
        executor_def=dg.in_process_executor,
        description=f"The facts and the report of one {length.value}.",
    )
    for length in Length
}
deliver_reports = dg.define_asset_job(
    "deliver_reports",
    selection=dg.AssetSelection.assets("report_delivery", "status_trends"),
    executor_def=dg.in_process_executor,
    description="Make the newest reports, deliver them once to each target, and try again what failed.",
)


def weekly_schedule() -> dg.ScheduleDefinition:
    """The weekly report, at the hour and in the time zone of the settings: made and delivered."""
    return dg.ScheduleDefinition(
        name="weekly_report",
        job=deliver_reports,
        cron_schedule=settings().report_schedule,
        execution_timezone=settings().report_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[nightly],
    request_job=REPORT_JOBS[Length.DAY],
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="After the nightly run: the facts and the report of the day that ended.",
)
def nightly_facts(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """Asks for the last finished day, once."""
    day = containing(Length.DAY, datetime.now(UTC), settings().report_timezone).previous
    return dg.RunRequest(run_key=day.key, partition_key=day.first.isoformat())


@dg.sensor(
    job=deliver_reports,
    minimum_interval_seconds=_RETRY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for another run when a delivery is due again.",
)
def undelivered(context: dg.SensorEvaluationContext, catalog: Catalog) -> dg.SensorResult:
    """One run for all that is due; not while one of these runs is under way."""
    due = delivery_store.due(catalog.engine())
    if not due:
        return dg.SensorResult(skip_reason="nothing is due")
    busy = dg.RunsFilter(
        job_name=deliver_reports.name,
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
    )
    if context.instance.get_runs(busy, limit=1):
        return dg.SensorResult(skip_reason=f"{len(due)} due; a run is under way")
    return dg.SensorResult(run_requests=[dg.RunRequest()])


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Mails which run failed, at which step, and why. Without a mail server it only says so.",
)
def run_failures(context: dg.RunFailureSensorContext) -> None:
    """One mail for each failed run."""
    steps = [event.step_key or "" for event in context.get_step_failure_events()]
    told = mail_failure(
        settings(), context.dagster_run.job_name, context.dagster_run.run_id, steps, context.failure_event.message or ""
    )
    context.log.info(told)


DEFINITIONS = dg.Definitions(
    jobs=[*REPORT_JOBS.values(), deliver_reports],
    schedules=[weekly_schedule()],
    sensors=[nightly_facts, undelivered, run_failures],
)

"""The jobs and the nightly schedule. All run in one process: a step of its own process costs seconds."""

from collections.abc import Iterator

import dagster as dg

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.settings import settings

DATA_PLANE = dg.AssetSelection.assets("repo_scan").downstream()
EVERYTHING = dg.AssetSelection.assets("fleet_registry").downstream()

scan_repo = dg.define_asset_job(
    "scan_repo",
    selection=DATA_PLANE,
    executor_def=dg.in_process_executor,
    description="Scan some repositories (config `repositories`, or a partition), rebuild the indexes, publish them.",
)
refresh_fleet = dg.define_asset_job(
    "refresh_fleet",
    selection=EVERYTHING,
    executor_def=dg.in_process_executor,
    description="Read REPOS.yaml, scan what changed, rebuild the indexes, publish them.",
)
nightly = dg.define_asset_job(
    "nightly",
    selection=EVERYTHING,
    executor_def=dg.in_process_executor,
    description="Every night: the whole fleet is compared, so that nothing the sensor missed stays missed.",
)


NIGHT = "orchestrator/night"
"""Tag of the runs that are parts of one night; `PARTS` says how many there are."""
PARTS = "orchestrator/parts"

scan_part = dg.define_asset_job(
    "scan_part",
    selection=dg.AssetSelection.assets("repo_scan"),
    executor_def=dg.in_process_executor,
    description="A part of the nightly: scan some repositories (config `repositories`) and build no index.",
)


def nightly_schedule() -> dg.ScheduleDefinition:
    """The nightly, at the hour and in the time zone of the settings: one run, or, where the settings divide it, a run
    for each part of the fleet; the sensor `nightly_rest` asks for the indexes when the last part has ended."""
    divided = settings().nightly_shard > 0
    return dg.ScheduleDefinition(
        name="nightly",
        job=scan_part if divided else nightly,
        cron_schedule=settings().nightly_cron,
        execution_timezone=settings().nightly_timezone,
        execution_fn=_parts if divided else None,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def _parts(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    chosen = settings()
    night = context.scheduled_execution_time.date().isoformat()
    keys = [item.key for item in fleet_store.fleet(open_database())]
    starts = range(0, len(keys), chosen.nightly_shard)
    for start in starts:
        part = keys[start : start + chosen.nightly_shard]
        yield dg.RunRequest(
            run_key=f"{night}-{start}",
            run_config={"ops": {"repo_scan": {"config": {"repositories": part}}}},
            tags={NIGHT: night, PARTS: str(len(starts))},
        )


maintenance = dg.define_asset_job(
    "maintenance",
    selection=dg.AssetSelection.assets("upkeep"),
    executor_def=dg.in_process_executor,
    description="Pack the mirrors, forget old rows.",
)


list_organisations = dg.define_asset_job(
    "list_organisations",
    selection=dg.AssetSelection.assets("organisations"),
    executor_def=dg.in_process_executor,
    description="List what the organisations of the settings have at their forges.",
)


def organisation_schedule() -> dg.ScheduleDefinition:
    """Every hour, where the settings name an organisation."""
    wanted = bool(settings().organisations)
    return dg.ScheduleDefinition(
        name="organisations",
        job=list_organisations,
        cron_schedule="17 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING if wanted else dg.DefaultScheduleStatus.STOPPED,
    )


def maintenance_schedule() -> dg.ScheduleDefinition:
    """Every Sunday after the nightly run."""
    return dg.ScheduleDefinition(
        name="maintenance",
        job=maintenance,
        cron_schedule="30 4 * * 0",
        execution_timezone=settings().nightly_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


DEFINITIONS = dg.Definitions(
    jobs=[scan_repo, refresh_fleet, nightly, scan_part, maintenance, list_organisations],
    schedules=[nightly_schedule(), maintenance_schedule(), organisation_schedule()],
)

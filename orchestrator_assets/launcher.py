"""From a request to a process: each once, also when two daemons work on one database.

Dagster expects one daemon and looks before it leaps, without a lock: two daemons (the second started by mistake, or by
an upgrade that overlaps) that look at the same moment both make a run for one request, or both start the same run.
The queue and the launcher here take a lock of the database for each request and each run.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._core.launcher import LaunchRunContext
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.tags import (
    GRPC_INFO_TAG,
    PARENT_RUN_ID_TAG,
    RUN_KEY_TAG,
    SCHEDULE_NAME_TAG,
    SCHEDULED_EXECUTION_TIME_TAG,
    SENSOR_NAME_TAG,
)

from orchestrator_assets.catalog.exclusive import one_by_one


@contextmanager
def _alone(instance: dg.DagsterInstance, name: str) -> Iterator[None]:
    """Keeps all other daemons on the database of Dagster's runs waiting."""
    storage = instance.run_storage
    if not isinstance(storage, SqlRunStorage):
        raise dg.DagsterInvariantViolationError("runs are kept in PostgreSQL: see `storage` in dagster.yaml")
    with storage.connect() as connection, one_by_one(connection, name):
        yield


class OncePerRequest(QueuedRunCoordinator[dg.DagsterInstance]):
    """Dagster's queue, which a request of a sensor or schedule enters once: of runs that were made for the same
    request, all but the first are dropped before they wait for anything."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Queues the run, unless another run of the same request was queued before."""
        run = context.dagster_run
        request = _request(run)
        if not request:
            return super().submit_run(context)
        name = " ".join(f"{key}={value}" for key, value in sorted(request.items()))
        with _alone(self._instance, name):
            queued = self._instance.get_runs(dg.RunsFilter(tags=request, statuses=_QUEUED), limit=1)
            if not queued:
                return super().submit_run(context)
        if queued[0].run_id != run.run_id:
            self._instance.delete_run(run.run_id)
            _tell(f"{run.job_name}: {name} is run {queued[0].run_id} already")
        return queued[0]


@contextmanager
def launching(instance: dg.DagsterInstance, run_id: str, tag: str) -> Iterator[bool]:
    """Whether a run is still to be launched: its launcher notes by this tag that it was."""
    with _alone(instance, run_id):
        run = instance.get_run_by_id(run_id)
        wanted = run is not None and tag not in run.tags
        yield wanted
    if not wanted:
        _tell(f"run {run_id} was launched by somebody else already")


class LaunchedOnce(dg.DefaultRunLauncher):
    """Dagster's launcher on this machine, which starts a run once."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Starts the run's process, unless that was done."""
        with launching(self._instance, context.dagster_run.run_id, GRPC_INFO_TAG) as wanted:
            if wanted:
                super().launch_run(context)


def _tell(what: str) -> None:
    advice = "Two daemons seem to work on this database: stop one of them."
    logging.getLogger("dagster.daemon").warning(f"{what}. {advice}")


_QUEUED = [status for status in dg.DagsterRunStatus if status is not dg.DagsterRunStatus.NOT_STARTED]


def _request(run: dg.DagsterRun) -> dict[str, str]:
    """The tags that stand for what a sensor or schedule asked for; none for a run that a person started."""
    if PARENT_RUN_ID_TAG in run.tags or not run.tags.keys() & {RUN_KEY_TAG, SCHEDULED_EXECUTION_TIME_TAG}:
        return {}
    names = (SENSOR_NAME_TAG, SCHEDULE_NAME_TAG, SCHEDULED_EXECUTION_TIME_TAG, RUN_KEY_TAG)
    return {name: run.tags[name] for name in names if name in run.tags}

"""Dagster's Celery launcher, with the one question it does not ask: whether the worker of a run still lives.

A worker that is killed, or whose machine is cut off, leaves its task `STARTED` in the result store for ever; Dagster
believes that and the run is never ended. Here the worker itself is asked. Its runs are then marked as failed, and what
they had not recorded is asked for again by the sensor, as after any other death.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._serdes import ConfigurableClassData
from dagster_celery.defaults import task_default_queue
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from orchestrator_assets.launcher import launching
from orchestrator_assets.workers.app import CONFIG, broker

_QUESTIONS, _SECONDS = 3, 2.0


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Launches runs as tasks of the workers at `ORCHESTRATOR_BROKER`. It has no configuration in `dagster.yaml`, where
    the broker's password would be readable."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "WatchedCeleryRunLauncher":
        url = broker()
        return cls(
            default_queue=task_default_queue, broker=url, backend=url, config_source=dict(CONFIG), inst_data=inst_data
        )

    def launch_run(self, context: LaunchRunContext) -> None:
        """Makes the run's task, unless that was done."""
        with launching(self._instance, context.dagster_run.run_id, DAGSTER_CELERY_TASK_ID_TAG) as wanted:
            if wanted:
                super().launch_run(context)

    @property
    def supports_resume_run(self) -> bool:
        """No: a run is one process, and resuming it would begin it again beside what may be left of it."""
        return False

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """As Celery tells; a task that runs is believed only if its worker answers."""
        health = super().check_run_worker_health(run)
        if health.status is not WorkerStatus.RUNNING:
            return health
        told = self.celery.AsyncResult(run.tags[DAGSTER_CELERY_TASK_ID_TAG]).info
        worker = told.get("hostname") if isinstance(told, dict) else None
        if worker is None or self._answers(worker):
            return health
        ended = super().check_run_worker_health(run)  # it may have come to its end while we asked
        if ended.status is not WorkerStatus.RUNNING:
            return ended
        return CheckRunHealthResult(WorkerStatus.FAILED, f"worker {worker} does not answer any more")

    def _answers(self, worker: str) -> bool:
        ask = self.celery.control.ping
        return any(ask(destination=[worker], timeout=_SECONDS) for _ in range(_QUESTIONS))

"""The Celery application of the workers: `celery --app orchestrator_assets.workers.app worker`, or `orchestrator
worker`, which starts just that."""

from __future__ import annotations

from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from orchestrator_assets.settings import settings

CONFIG = {
    "task_track_started": True,  # whoever takes a run is noted, so that its launcher can ask it whether it still lives
    "worker_prefetch_multiplier": 1,  # a worker holds no run that another could begin
    "broker_connection_retry_on_startup": True,
    "result_expires": 7 * 86_400,
}


class NoBroker(RuntimeError):
    """ORCHESTRATOR_BROKER is not set."""

    def __init__(self) -> None:
        super().__init__("no broker: set ORCHESTRATOR_BROKER to the Redis that feeds the workers, redis://host:6379/0")


def broker() -> str:
    """URL of the Redis that carries runs to workers and their states back. NoBroker."""
    found = settings().broker
    if not found:
        raise NoBroker
    return found


if settings().broker:  # without one there is nothing to make: the launcher and the command say so
    app = make_app(
        {  # type: ignore[no-untyped-call]
            "broker": broker(),
            "backend": broker(),
            "config_source": CONFIG,
        }
    )
    execute_job = create_execute_job_task(app)

"""The sensor that resumes what was approved."""

import dagster as dg

from orchestrator_assets.catalog import approval_store
from orchestrator_assets.catalog.approval_store import Sort, State
from orchestrator_assets.resources import Catalog

carry_out = dg.define_asset_job(
    "carry_out_approved",
    selection=dg.AssetSelection.assets("approved_actions"),
    executor_def=dg.in_process_executor,
    description="Run the playbooks that people approved.",
)


@dg.sensor(
    job=carry_out,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a run for each playbook that somebody approved.",
)
def approved(context: dg.SensorEvaluationContext, catalog: Catalog) -> dg.SensorResult:
    """A run for each playbook that was approved, so that they run beside one another, as many as the pool allows; a
    request is asked for once."""
    found = [item for item in approval_store.listed(catalog.engine(), State.APPROVED) if item.sort is Sort.PLAYBOOK]
    if not found:
        return dg.SensorResult(skip_reason="nothing was approved")
    return dg.SensorResult(run_requests=[_request(item.id) for item in found])


def _request(approval: int) -> dg.RunRequest:
    config = {"ops": {"approved_actions": {"config": {"approvals": [approval]}}}}
    return dg.RunRequest(run_key=f"approved-{approval}", run_config=config)


DEFINITIONS = dg.Definitions(jobs=[carry_out], sensors=[approved])

"""Jobs of the activities: one for each, and one that answers a request in words."""

import dagster as dg

from orchestrator_assets.activities.assets import POOL, asset_name
from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.run import Runner
from orchestrator_assets.activities.sequence import choose, explicit, run_plan
from orchestrator_assets.approvals.available import ports
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.resources import Catalog


class RequestConfig(dg.Config):
    """A request: its text, the repository (empty: the text names one), the activities (empty: chosen by a model)."""

    text: str
    repository: str = ""
    activities: list[str] = []


@dg.op(pool=POOL, description="Chooses activities for a request and runs them, independent ones at the same time.")
def answer_request(context: dg.OpExecutionContext, catalog: Catalog, config: RequestConfig) -> None:
    runner = Runner(catalog.engine(), catalog.settings(), model_settings(), ports(catalog.engine(), catalog.settings()))
    target = config.repository or None
    if config.activities:
        plan = explicit(config.activities, target, {})
    else:
        plan = choose(runner, config.text, target, context.run_id)
    if plan.fallback:
        context.log.warning(f"chosen by keywords, no model chose: {plan.detail}")
    done = run_plan(runner, plan, context.run_id)
    for item in done:
        log = context.log.info if item.good else context.log.error
        log(f"{item.step.activity} on {item.step.target} ({item.step.reason}): {item.state} {item.error or ''}")
        if item.result is not None and item.good:
            # Outputs are assets: what a sequence made shows where the activity's own asset shows.
            metadata = {"correlation_id": item.result.correlation_id, "outcome": item.result.outcome.value}
            tags = {"dagster/data_version": item.result.evidence}
            key = asset_name(item.step.activity)
            context.log_event(dg.AssetMaterialization(key, metadata=metadata, tags=tags))
    failed = [f"{item.step.activity} on {item.step.target}: {item.state}" for item in done if not item.good]
    if failed:
        raise dg.Failure("; ".join(failed), allow_retries=False)


@dg.job(executor_def=dg.in_process_executor, description="Answers a request in words, like `orchestrator run`.")
def run_request() -> None:
    answer_request()


ACTIVITY_JOBS = {
    item.name: dg.define_asset_job(
        f"run_{item.name}",
        selection=dg.AssetSelection.assets(asset_name(item.name)),
        executor_def=dg.in_process_executor,
        description=item.description,
    )
    for item in activities().values()
}
publish_activity_documents = dg.define_asset_job(
    "publish_activity_documents",
    selection=dg.AssetSelection.assets("activity_publication"),
    executor_def=dg.in_process_executor,
    description="Commit generated documents and the activities' state to the hub.",
)
DEFINITIONS = dg.Definitions(jobs=[*ACTIVITY_JOBS.values(), publish_activity_documents, run_request])

"""Activities as Dagster assets: one an activity, its gates as checks, and their publication."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from orchestrator_assets.activities.contract import FLEET, Activity, Earlier, Target
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.publishing import publish_activities
from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.run import Result, Runner
from orchestrator_assets.activities.statistics import statistics
from orchestrator_assets.approvals.available import ports
from orchestrator_assets.catalog import activity_store, fleet_store
from orchestrator_assets.catalog.assets import OWNERS, text_schema
from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.assets import REPOSITORIES
from orchestrator_assets.fleet.objects import RepositoryUnavailable
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.resources import Catalog

GROUP = "activities"
POOL = "llm"
_TEXT = 20_000


class ActivityConfig(dg.Config):
    """What an activity runs on. `repository` names the repository or the service where the run has no partition;
    `input` is its input as a JSON object."""

    repository: str = ""
    input: str = "{}"


def asset_name(activity: str) -> str:
    """The name of an activity's asset."""
    return activity if activity.startswith("regenerate_") else f"activity_{activity}"


def activity_asset(activity: Activity) -> dg.AssetsDefinition:
    """The asset of an activity: partitioned by repository, unless it is about the whole fleet."""
    name = asset_name(activity.name)
    partitioned = activity.target is not Target.FLEET

    @dg.asset(
        name=name,
        partitions_def=REPOSITORIES if partitioned else None,
        backfill_policy=dg.BackfillPolicy.single_run() if partitioned else None,
        # Not of `repo_scan`: "everything downstream" of the fleet must not ask a model.
        deps=[asset_name(other) for other in activity.after if other in activities()],
        group_name=GROUP,
        owners=OWNERS,
        kinds={"ai", "markdown"} if activity.makes_document else {"ai"},
        code_version=activity.version,
        pool=POOL,
        output_required=False,
        description=activity.description,
        check_specs=[
            dg.AssetCheckSpec(gate, asset=name, description=meaning) for gate, meaning in activity.gates.items()
        ],
    )
    def run_activity(
        context: dg.AssetExecutionContext, catalog: Catalog, config: ActivityConfig
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult | dg.Output[None]]:
        runner = Runner(
            catalog.engine(), catalog.settings(), model_settings(), ports(catalog.engine(), catalog.settings())
        )
        by_partition = partitioned and (context.has_partition_key or context.has_partition_key_range)
        targets = _targets(runner, activity, list(context.partition_keys) if by_partition else [], config)
        given = _input(config)
        results, errors = [], {}
        for target in targets:
            try:
                earlier = _earlier(runner, activity, target or FLEET, context.run.run_id)
                step = activity.name if len(targets) == 1 else f"{activity.name}/{target}"
                results.append(runner.run(activity, target, given, context.run.run_id, step, earlier))
            except (ActivityFailed, RepositoryUnavailable) as error:
                errors[target or FLEET] = str(error)
                context.log.error(f"{target or FLEET}: {error}")
        for result in results:
            log = context.log.info if result.outcome.good else context.log.error
            log(f"{result.target}: {result.outcome.value} {result.detail or ''}")
        yield from _told(context, runner, name, results, by_partition)
        yield from (_check(name, gate, results, errors) for gate in activity.gates)
        failed = {
            result.target: f"{result.outcome.value}: {result.detail}" for result in results if not result.outcome.good
        }
        if failed or errors:
            raise dg.Failure(
                f"{activity.name} was not answered", metadata={"failed": {**failed, **errors}}, allow_retries=False
            )

    return run_activity


def _targets(runner: Runner, activity: Activity, keys: list[str], config: ActivityConfig) -> list[str | None]:
    if activity.target is Target.FLEET:
        return [None]
    if not keys:
        if not config.repository:
            raise dg.Failure(f"{activity.name} needs a partition, or `repository` in its config", allow_retries=False)
        return [config.repository]
    names = {item.key: item.name for item in fleet_store.fleet(runner.engine)}
    return [names.get(key, key) for key in keys]


def _input(config: ActivityConfig) -> dict[str, Any]:
    try:
        given = json.loads(config.input)
    except ValueError as error:
        raise dg.Failure(f"`input` is no JSON: {error}", allow_retries=False) from None
    if not isinstance(given, dict):
        raise dg.Failure("`input` must be a JSON object", allow_retries=False)
    return given


def _earlier(runner: Runner, activity: Activity, target: str, run_id: str) -> list[Earlier]:
    """The results, in this very run, of the activities that this one comes after."""
    found = []
    for name in activity.after:
        newest = activity_store.runs(runner.engine, name, target, 5)
        run = next((item for item in newest if item.run_id == run_id and item.succeeded), None)
        if run is not None and isinstance(run.output, dict):
            found.append(Earlier(name, target, run.output))
    return found


def _told(
    context: dg.AssetExecutionContext, runner: Runner, name: str, results: Sequence[Result], by_partition: bool
) -> Iterator[dg.MaterializeResult[None] | dg.Output[None]]:
    """One materialization an answer, each with its own version; what was not answered is none."""
    good = [result for result in results if result.outcome.good]
    table = _statistics(runner)
    keys = {item.name: item.key for item in fleet_store.fleet(runner.engine)}
    if len(results) == 1 and good:
        version = dg.DataVersion(good[0].evidence)
        yield dg.MaterializeResult(metadata={**_metadata(good[0]), "by_activity": table}, data_version=version)
        return
    for result in good:
        partition = keys.get(result.target) if by_partition else None
        tags = {"dagster/data_version": result.evidence}
        context.log_event(dg.AssetMaterialization(name, metadata=_metadata(result), partition=partition, tags=tags))


def _metadata(result: Result) -> dict[str, dg.MetadataValue]:
    """Figures and texts; text of a model or a repository is never read as Markdown."""
    usage = result.usage
    numbers = {
        "requests": usage.requests,
        "attempts": usage.attempts,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "citations_kept": result.citations["kept"],
        "citations_dropped": result.citations["dropped"],
    }
    cost = {"cost": dg.MetadataValue.float(float(usage.cost))} if usage.cost is not None else {}
    return {
        "outcome": dg.MetadataValue.text(result.outcome.value),
        "detail": dg.MetadataValue.text(visible(result.detail or "")),
        "target": dg.MetadataValue.text(result.target),
        "commit": dg.MetadataValue.text(result.commit or ""),
        "model": dg.MetadataValue.text(usage.model or ""),
        "prompt_version": dg.MetadataValue.text(result.prompt_version),
        "correlation_id": dg.MetadataValue.text(result.correlation_id),
        "latency": dg.MetadataValue.float(round(usage.seconds, 3)),
        **{name: dg.MetadataValue.int(value) for name, value in numbers.items() if value is not None},
        **cost,
        "output": dg.MetadataValue.text(json.dumps(result.output, indent=1, ensure_ascii=False)[:_TEXT]),
        "cut": dg.MetadataValue.json(result.cut[:50]),
    }


def _statistics(runner: Runner) -> dg.TableMetadataValue:
    names = ("activity", "runs", "success_rate", "calls", "cached", "failed", "p50", "p95", "p99", "tokens", "cost")
    rows = [
        (i.activity, i.runs, i.rate, i.calls, i.cached, i.failed, i.p50, i.p95, i.p99, i.tokens, i.cost)
        for i in statistics(runner.engine)
    ]
    records = [
        dg.TableRecord({n: "" if v is None else str(v) for n, v in zip(names, row, strict=True)}) for row in rows
    ]
    return dg.MetadataValue.table(records, schema=text_schema(*names))


def _check(name: str, gate: str, results: Sequence[Result], errors: dict[str, str]) -> dg.AssetCheckResult:
    """A gate over all targets of the run. One that was not computed has not passed."""
    told = {item.target: item.gates[gate] for item in results if gate in item.gates}
    unknown = {item.target: item.outcome.value for item in results if gate not in item.gates} | errors
    evidence = {target: dg.MetadataValue.text(visible(found.evidence)[:2000]) for target, found in told.items()}
    missing = {target: dg.MetadataValue.text(f"not computed: {visible(why)}"[:2000]) for target, why in unknown.items()}
    passed = all(found.passed for found in told.values()) and not unknown
    return dg.AssetCheckResult(check_name=gate, asset_key=name, passed=passed, metadata={**evidence, **missing})


@dg.asset(
    deps=[asset_name(item.name) for item in activities().values() if item.makes_document],
    group_name="publication",
    owners=OWNERS,
    kinds={"git"},
    code_version="1",
    pool="hub",
    description="Generated documents and the activities' state as a commit in the hub; none if nothing changed.",
)
def activity_publication(context: dg.AssetExecutionContext, catalog: Catalog) -> dg.MaterializeResult[None]:
    done = publish_activities(catalog.engine(), catalog.settings())
    context.log.info(f"{'committed' if done.changed else 'unchanged at'} {done.commit}")
    return dg.MaterializeResult(
        metadata={"commit": dg.MetadataValue.text(done.commit), "files": dg.MetadataValue.json(list(done.paths)[:500])},
        data_version=dg.DataVersion(done.commit),
    )


ASSETS = [activity_asset(item) for item in activities().values()]
DEFINITIONS = dg.Definitions(assets=[*ASSETS, activity_publication])

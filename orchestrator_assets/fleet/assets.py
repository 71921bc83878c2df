"""The fleet as Dagster assets: the registry, and one partition per repository that scans fill."""

import warnings
from collections.abc import Iterator, Sequence

import dagster as dg
from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.assets import OWNERS, findings_result, text_schema
from orchestrator_assets.catalog.index_store import repository_problems
from orchestrator_assets.catalog.run_retention import forget_runs
from orchestrator_assets.catalog.snapshot_store import REPOSITORY_SCOPE
from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.discovery import discover
from orchestrator_assets.fleet.maintenance import maintain
from orchestrator_assets.fleet.objects import Status
from orchestrator_assets.fleet.scan import ScanResult, failed_repositories, scan
from orchestrator_assets.fleet.sync import FleetReading, sync_fleet
from orchestrator_assets.kinds import kinds
from orchestrator_assets.problems import LocatedProblem, Sort
from orchestrator_assets.resources import Catalog, correlation_id
from orchestrator_assets.telemetry import span

# A range of partitions in one run is what we want, however new; each process would say so several times.
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)

REPOSITORIES = dg.DynamicPartitionsDefinition(name="repositories")
GROUP = "fleet"


class ScanConfig(dg.Config):
    """Which repositories a run scans, by partition key. Empty: the whole fleet (what is unchanged costs next to
    nothing). Not used when the run was started for partitions."""

    repositories: list[str] = []


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"yaml", "postgres"},
    code_version="1",
    description="The repositories named in REPOS.yaml. Dagster's partitions follow it. An invalid registry, or one "
    "that lost repositories, never shrinks the fleet: the last valid one stays in force and a blocking check fails.",
    check_specs=[
        dg.AssetCheckSpec("valid", asset="fleet_registry", blocking=True, description="REPOS.yaml can be read."),
        dg.AssetCheckSpec(
            "not_smaller", asset="fleet_registry", blocking=True, description="No repository vanished from REPOS.yaml."
        ),
        dg.AssetCheckSpec("findings", asset="fleet_registry", description="What REPOS.yaml says is consistent."),
    ],
)
def fleet_registry(
    context: dg.AssetExecutionContext, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    reading = sync_fleet(catalog.engine(), catalog.settings())
    _follow(context.instance, [item.key for item in reading.in_force])
    yield dg.MaterializeResult(metadata=_registry_metadata(reading), data_version=dg.DataVersion(reading.digest))
    problems = [LocatedProblem(item) for item in reading.problems]
    lost = [item for item in problems if item.problem.code == "registry.lost_repositories"]
    invalid = [item for item in problems if item.problem.sort is Sort.INTEGRITY and item not in lost]
    yield findings_result("valid", "fleet_registry", invalid)
    yield findings_result("not_smaller", "fleet_registry", lost)
    yield findings_result("findings", "fleet_registry", [i for i in problems if i.problem.sort is Sort.FINDING])


@dg.asset(
    partitions_def=REPOSITORIES,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[fleet_registry],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"git", "postgres"},
    pool="scan",
    output_required=False,
    description="What each repository holds at its newest commit: facts, and the records of every document kind, in "
    "one transaction per repository. One that cannot be scanned keeps its last good records and fails the check.",
    code_version="-".join(f"{kind.version}" for kind in kinds()),
    check_specs=[
        dg.AssetCheckSpec("all_scanned", asset="repo_scan", description="Every repository of the fleet was scanned."),
        dg.AssetCheckSpec("findings", asset="repo_scan", description="No problem with a repository as a whole."),
    ],
)
def repo_scan(
    context: dg.AssetExecutionContext, catalog: Catalog, config: ScanConfig
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult | dg.Output[None]]:
    engine = catalog.engine()
    by_partition = context.has_partition_key or context.has_partition_key_range
    keys = list(context.partition_keys) if by_partition else config.repositories or None
    results = scan(engine, catalog.settings(), fleet_store.targets(engine, keys), "dagster")
    for result in results:
        _tell(context, result)
    known = context.instance.get_materialized_partitions(dg.AssetKey("repo_scan"))
    told = [r for r in results if not r.status.failed and (r.changed or by_partition or r.key not in known)]
    # A partition that failed must not look materialized, and a run of named repositories has no partition of its own:
    # so each repository's event is logged with its own version, and the step's output only lets what depends on it run.
    if by_partition and len(results) == 1:
        if told:
            metadata, version = _scan_metadata(told[0]), dg.DataVersion(told[0].commit or "none")
            yield dg.MaterializeResult(metadata=metadata, data_version=version)
    else:
        for result in told:
            context.log_event(_materialization(result))
        if not by_partition:
            yield dg.Output(None, metadata=_sweep_metadata(results, len(told)))
    yield _all_scanned(fleet_store.targets(engine))
    yield findings_result("findings", "repo_scan", repository_problems(engine, [REPOSITORY_SCOPE]))


def _tell(context: dg.AssetExecutionContext, result: ScanResult) -> None:
    followed = correlation_id(context.run)
    said = {
        "repository": result.key,
        "status": result.status.value,
        "commit": result.commit or "",
    }
    log = context.log.warning if result.status.failed else context.log.info
    what = f"{result.status.value} {result.detail or result.commit or ''}"
    log(f"{result.key}: {what} ({result.seconds:.2f} s)", extra={**said, "correlation_id": followed})
    if result.status is not Status.UNCHANGED:
        span("scan", followed, result.seconds, **said)


def report_scans(fleet_keys: Sequence[str], results: Sequence[ScanResult]) -> None:
    """Tells the Dagster instance of scans that no run made, so that its partitions show them."""
    with dg.DagsterInstance.get() as instance:
        _follow(instance, list(fleet_keys))
        for result in results:
            if not result.status.failed:
                instance.report_runless_asset_event(_materialization(result))


def forget_old_runs(engine: Engine, days: int) -> int:
    """Lets Dagster forget runs that nothing will ask for again, outside of a run. How many went."""
    with dg.DagsterInstance.get() as instance:
        return forget_runs(engine, instance.delete_run, days)


def _all_scanned(targets: Sequence[fleet_store.Target]) -> dg.AssetCheckResult:
    return findings_result("all_scanned", "repo_scan", failed_repositories(targets))


def _follow(instance: dg.DagsterInstance, keys: list[str]) -> None:
    """Makes the partitions equal the fleet. A renamed or retired repository's partition goes; its records do not."""
    assert REPOSITORIES.name is not None
    have = set(instance.get_dynamic_partitions(REPOSITORIES.name))
    instance.add_dynamic_partitions(REPOSITORIES.name, [key for key in keys if key not in have])
    for gone in sorted(have - set(keys)):
        instance.delete_dynamic_partition(REPOSITORIES.name, gone)


def _materialization(result: ScanResult) -> dg.AssetMaterialization:
    tags = {"dagster/data_version": result.commit or "none"}
    return dg.AssetMaterialization("repo_scan", partition=result.key, metadata=_scan_metadata(result), tags=tags)


def _scan_metadata(result: ScanResult) -> dict[str, dg.MetadataValue]:
    facts = result.facts
    return {
        "repository": dg.MetadataValue.text(visible(result.repository)),
        "status": dg.MetadataValue.text(result.status.value),
        "commit": dg.MetadataValue.text(result.commit or ""),
        "ref": dg.MetadataValue.text(visible(result.ref or "")),
        "seconds": dg.MetadataValue.float(round(result.seconds, 3)),
        "problems": dg.MetadataValue.json(facts.get("problems", {})),
        "documents": dg.MetadataValue.json(dict(result.documents)),
        "facts": dg.MetadataValue.json({name: value for name, value in facts.items() if name != "problems"}),
    }


def _sweep_metadata(results: Sequence[ScanResult], told: int) -> dict[str, dg.MetadataValue]:
    by_status: dict[str, int] = {}
    for result in results:
        by_status[result.status.value] = by_status.get(result.status.value, 0) + 1
    failed = [result for result in results if result.status.failed]
    return {
        "repositories": dg.MetadataValue.int(len(results)),
        "by_status": dg.MetadataValue.json(dict(sorted(by_status.items()))),
        "materializations": dg.MetadataValue.int(told),
        "failed": dg.MetadataValue.table(
            records=[
                dg.TableRecord(
                    {"repository": visible(r.repository), "status": r.status.value, "reason": (r.detail or "")[:300]}
                )
                for r in failed[:100]
            ],
            schema=text_schema("repository", "status", "reason"),
        ),
    }


def _registry_metadata(reading: FleetReading) -> dict[str, dg.MetadataValue]:
    return {
        "file": dg.MetadataValue.text(reading.file),
        "valid": dg.MetadataValue.bool(reading.valid),
        "repositories": dg.MetadataValue.int(len(reading.in_force)),
        "added": dg.MetadataValue.json(reading.added),
        "renamed": dg.MetadataValue.json(reading.renamed),
        "retired": dg.MetadataValue.json(reading.retired),
        "lost": dg.MetadataValue.json(reading.lost),
        "fleet": dg.MetadataValue.table(
            records=[
                dg.TableRecord({"name": visible(r.name), "url": visible(r.url), "ref": visible(r.ref or "HEAD")})
                for r in reading.in_force[:100]
            ],
            schema=text_schema("name", "url", "ref"),
        ),
    }


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"git", "postgres"},
    code_version="1",
    description="Mirrors packed, and rows and runs forgotten that nothing will ask for again.",
    check_specs=[dg.AssetCheckSpec("packed", asset="upkeep", description="No mirror is damaged.")],
)
def upkeep(
    context: dg.AssetExecutionContext, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    done = maintain(catalog.engine(), catalog.settings())
    runs = forget_runs(catalog.engine(), context.instance.delete_run, catalog.settings().run_days)
    yield dg.MaterializeResult(
        metadata={
            "mirrors packed": dg.MetadataValue.int(done.packed),
            "in use, left for next time": dg.MetadataValue.int(len(done.busy)),
            "of no repository": dg.MetadataValue.int(len(done.unused)),
            "bytes before": dg.MetadataValue.int(done.bytes_before),
            "bytes after": dg.MetadataValue.int(done.bytes_after),
            "runs gone": dg.MetadataValue.int(runs),
            "answers of forges gone": dg.MetadataValue.int(done.answers),
            **{f"rows of {table} gone": dg.MetadataValue.int(number) for table, number in done.rows.items()},
        }
    )
    yield dg.AssetCheckResult(
        check_name="packed",
        asset_key="upkeep",
        passed=not done.failed,
        metadata={visible(name): dg.MetadataValue.text(reason) for name, reason in done.failed.items()},
    )


@dg.asset(
    group_name=GROUP,
    owners=OWNERS,
    kinds={"postgres"},
    code_version="1",
    description="What the organisations of the settings have at their forges, against the registry.",
    check_specs=[
        dg.AssetCheckSpec("listed", asset="organisations", description="Every organisation could be listed."),
        dg.AssetCheckSpec("registered", asset="organisations", description="The registry is as the forges say."),
    ],
)
def organisations(
    context: dg.AssetExecutionContext, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    found = discover(catalog.engine(), catalog.settings())
    yield dg.MaterializeResult(metadata={"repositories": dg.MetadataValue.int(found.listed)})
    yield dg.AssetCheckResult(
        check_name="listed",
        asset_key="organisations",
        passed=not found.failed,
        metadata={visible(name): dg.MetadataValue.text(visible(why)) for name, why in found.failed.items()},
    )
    rows = [("not registered", item.name, item.url) for item in found.unregistered]
    rows += [("changed", name, what) for name, what in found.changed.items()]
    records = [dg.TableRecord({"what": a, "repository": visible(b), "detail": visible(c)}) for a, b, c in rows]
    schema = text_schema("what", "repository", "detail")
    yield dg.AssetCheckResult(
        check_name="registered",
        asset_key="organisations",
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"differences": dg.MetadataValue.table(records, schema=schema)},
    )


DEFINITIONS = dg.Definitions(assets=[fleet_registry, repo_scan, upkeep, organisations])

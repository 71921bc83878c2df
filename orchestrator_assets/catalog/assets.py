"""Wiring that every index shares: an asset that builds it, and its two checks.

A room's `assets.py` calls `index_definitions` with its kind and its words.
"""

import base64
import time
from collections.abc import Iterator, Sequence

import dagster as dg

from orchestrator_assets.catalog.aggregate import Build, build_index, difference, sources
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import DocumentKind, kind_of_index, kinds
from orchestrator_assets.problems import LocatedProblem, Severity, count_by_severity
from orchestrator_assets.resources import Catalog, correlation_id
from orchestrator_assets.telemetry import span

OWNERS = ["team:orchestrator"]
SAMPLE = 20
PICTURE_LIMIT = 64 * 1024


def index_definitions(kind: DocumentKind, description: str) -> dg.Definitions:
    """The asset of an index: it counts, reconciles and renders what the catalog holds, and keeps the result for
    publication. Findings fail a check that blocks nothing; integrity problems block whatever depends on it."""
    asset_name = kind.asset

    @dg.asset(
        name=asset_name,
        deps=["repo_scan", *(kind_of_index(name).asset for name in kind.reads)],
        group_name="indexes",
        owners=OWNERS,
        kinds={"postgres", "markdown", "json"},
        description=description,
        code_version=f"{kind.version}",
        check_specs=[
            dg.AssetCheckSpec("findings", asset=asset_name, description="What people wrote holds no errors."),
            dg.AssetCheckSpec(
                "integrity", asset=asset_name, blocking=True, description="Totals reconcile and nothing was lost."
            ),
        ],
    )
    def index_asset(
        context: dg.AssetExecutionContext, catalog: Catalog
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        began = time.monotonic()
        build = build_index(catalog.engine(), kind)
        followed, records = correlation_id(context.run), int(build.index.totals["records"])
        span("index", followed, time.monotonic() - began, index=kind.index, records=records)
        metadata = {**_pictures(kind, build), **_metadata(build)}
        yield dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(build.digest))
        yield findings_result("findings", asset_name, build.index.problems)
        yield findings_result("integrity", asset_name, build.integrity)

    return dg.Definitions(assets=[index_asset])


def index_asset_names() -> list[str]:
    """Names of the index assets of all registered kinds: what publication depends on."""
    return [kind.asset for kind in kinds()]


def findings_result(name: str, asset: str, problems: Sequence[LocatedProblem]) -> dg.AssetCheckResult:
    """A check's outcome: errors fail it, warnings alone warn, the rest passes. Messages are text, never Markdown."""
    counts = count_by_severity(problems)
    worst = [item for item in problems if item.problem.severity is not Severity.INFO]
    worst.sort(key=lambda item: (item.problem.severity is not Severity.ERROR, item.order))
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=not worst,
        severity=dg.AssetCheckSeverity.ERROR if counts["error"] else dg.AssetCheckSeverity.WARN,
        metadata={**counts, "problems": problem_table(worst)},
    )


def problem_table(problems: Sequence[LocatedProblem]) -> dg.TableMetadataValue:
    """The first problems as a table of plain text."""
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "severity": item.problem.severity.value,
                    "code": item.problem.code,
                    "repository": item.repository or "",
                    "place": _place(item),
                    "message": visible(item.problem.message)[:300],
                }
            )
            for item in problems[: 5 * SAMPLE]
        ],
        schema=text_schema("severity", "code", "repository", "place", "message"),
    )


def text_schema(*names: str) -> dg.TableSchema:
    """A table schema of text columns."""
    return dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in names])


def _pictures(kind: DocumentKind, build: Build) -> dict[str, dg.MetadataValue]:
    """The index's pictures as images that carry their own bytes: nothing is fetched, and no text of a repository is
    read as Markdown. One too large for an event is named instead."""
    found: dict[str, dg.MetadataValue] = {}
    for path, content in build.files.items():
        name = path.removeprefix(f"{kind.index}-").removesuffix(".svg")
        if not path.endswith(".svg"):
            continue
        if len(content) > PICTURE_LIMIT:
            found[f"picture_{name}"] = dg.MetadataValue.text(f"{path}, published with the index")
        else:
            encoded = base64.b64encode(content).decode()
            found[f"picture_{name}"] = dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{encoded})")
    return found


def _place(item: LocatedProblem) -> str:
    path = visible(item.problem.path or "")
    return f"{path}:{item.problem.line}" if item.problem.line else path


def _metadata(build: Build) -> dict[str, dg.MetadataValue]:
    totals = build.index.totals
    newest = sorted(
        build.index.records, key=lambda r: (getattr(r.payload, "date", None) or "", r.repository, r.path), reverse=True
    )
    changes = difference(build)
    return {
        **{name: dg.MetadataValue.int(value) for name, value in totals.items() if isinstance(value, int)},
        "by_status": dg.MetadataValue.json(totals["by_status"]),
        "by_repo": dg.MetadataValue.json(totals["by_repo"]),
        "problems_by_severity": dg.MetadataValue.json(count_by_severity(build.index.problems)),
        "source_commits": dg.MetadataValue.json(sources(build.index)),
        "as_of": dg.MetadataValue.text(build.as_of or "no commit yet"),
        "changed_since_last": dg.MetadataValue.json(changes),
        "newest": dg.MetadataValue.table(
            records=[
                dg.TableRecord(
                    {
                        "repository": item.repository,
                        "date": str(getattr(item.payload, "date", None) or ""),
                        "status": str(getattr(item.payload, "status", None) or ""),
                        "title": visible(str(getattr(item.payload, "title", "")))[:200],
                        "place": f"{visible(item.path)}:{item.line}",
                    }
                )
                for item in newest[:SAMPLE]
            ],
            schema=text_schema("repository", "date", "status", "title", "place"),
        ),
    }

"""Reports as Dagster assets: the facts and the report of each period (a partition each), trends, delivery."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestrator_assets.catalog.assets import OWNERS, text_schema
from orchestrator_assets.catalog.delivery_store import Delivery, State
from orchestrator_assets.reports import charts, delivery, reporting
from orchestrator_assets.reports.files import write_files
from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.page import Page
from orchestrator_assets.reports.period import Length, Period
from orchestrator_assets.reports.render import HTML
from orchestrator_assets.reports.trends import trends
from orchestrator_assets.resources import Catalog
from orchestrator_assets.settings import settings

GROUP = "reports"
_REPORTS_SHOWN = 60


def partitions_of(length: Length) -> dg.TimeWindowPartitionsDefinition:
    """A partition for each period of this length."""
    kinds = {
        Length.DAY: dg.DailyPartitionsDefinition,
        Length.WEEK: dg.WeeklyPartitionsDefinition,
        Length.MONTH: dg.MonthlyPartitionsDefinition,
    }
    more: dict[str, Any] = {"day_offset": 1} if length is Length.WEEK else {}
    zone = settings().report_timezone
    made: dg.TimeWindowPartitionsDefinition = kinds[length](start_date=settings().report_since, timezone=zone, **more)
    return made


def report_assets(length: Length) -> list[dg.AssetsDefinition]:
    """The facts and the report of periods of one length."""
    partitions = partitions_of(length)
    facts_name, report_name = f"status_facts_{length.value}", f"status_report_{length.value}"

    @dg.asset(
        name=facts_name,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"git", "postgres"},
        partitions_def=partitions,
        code_version="1",
        description=f"What happened in the fleet in one {length.value}, from git. Of one that is over: collected once.",
        check_specs=[dg.AssetCheckSpec("coverage", asset=facts_name, description="Every repository could be read.")],
    )
    def facts(
        context: dg.AssetExecutionContext, catalog: Catalog
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        period = _period(context, length)
        report, _ = reporting.with_previous(catalog.engine(), catalog.settings(), period, datetime.now(UTC))
        told = report.facts
        yield dg.MaterializeResult(
            metadata={
                "period": dg.MetadataValue.text(f"{report.from_} to {report.to}"),
                "finished": dg.MetadataValue.bool(report.finished),
                "commits": dg.MetadataValue.int(sum(told.commits.values())),
                "people": dg.MetadataValue.int(told.people_total),
                "decisions opened": dg.MetadataValue.int(len(told.decisions.opened)),
                "open next steps": dg.MetadataValue.int(len(told.session_notes.next_steps)),
                "claims that do not hold": dg.MetadataValue.int(len(told.contradictions.contradicted)),
            },
            data_version=dg.DataVersion(reporting.digest_of(report)),
        )
        rows = [
            dg.TableRecord({"repository": item.repo, "status": item.status, "why": item.reason})
            for item in told.repositories.skipped
        ]
        yield dg.AssetCheckResult(
            check_name="coverage",
            asset_key=facts_name,
            passed=not rows,
            metadata={"not read": dg.MetadataValue.table(rows, schema=text_schema("repository", "status", "why"))},
        )

    @dg.asset(
        name=report_name,
        deps=[facts_name],
        group_name=GROUP,
        owners=OWNERS,
        kinds={"html", "markdown", "json"},
        partitions_def=partitions,
        code_version="1",
        description=f"The page of one {length.value}: HTML that stands alone, Markdown, JSON and a calendar file.",
    )
    def page(context: dg.AssetExecutionContext, catalog: Catalog) -> dg.MaterializeResult[None]:
        period = _period(context, length)
        engine, chosen = catalog.engine(), catalog.settings()
        report, _ = reporting.with_previous(engine, chosen, period, datetime.now(UTC))
        made = page_from(engine, report, period)
        folder = write_files(chosen, period, files_of(report, made, period))
        return dg.MaterializeResult(
            metadata={**_page_metadata(made), "page": dg.MetadataValue.path(str(folder / HTML))},
            data_version=dg.DataVersion(reporting.digest_of(report)),
        )

    return [facts, page]


@dg.asset(
    deps=[f"status_report_{length.value}" for length in Length],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"postgres"},
    code_version="1",
    description="How the figures of the stored reports move.",
)
def status_trends(catalog: Catalog) -> dg.MaterializeResult[None]:
    metadata: dict[str, dg.MetadataValue[Any]] = {}
    for length in Length:
        reports = reporting.all_stored(catalog.engine(), length, catalog.settings().report_timezone)[-_REPORTS_SHOWN:]
        if not reports:
            continue
        moved = trends(reports)
        columns = ("first day", *moved)
        rows = [
            dg.TableRecord({"first day": day, **{name: str(moved[name][place][1]) for name in moved}})
            for place, (day, _) in enumerate(moved["commits"])
        ]
        metadata[f"{length.value}s"] = dg.MetadataValue.table(rows, schema=text_schema(*columns))
        metadata[f"commits by {length.value}"] = _picture(
            charts.columns(moved["commits"], f"Commits by {length.value}")
        )
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    deps=["status_report_day", "status_report_week", "status_report_month"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"email"},
    code_version="1",
    pool="delivery",
    description="Finished reports, once to each target of the settings; failed ones are tried again with back-off.",
    check_specs=[
        dg.AssetCheckSpec(
            "delivered", asset="report_delivery", description="Nothing failed, is unconfirmed or given up."
        )
    ],
)
def report_delivery(
    context: dg.AssetExecutionContext, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    engine, chosen, now = catalog.engine(), catalog.settings(), datetime.now(UTC)
    for period in delivery.newest(chosen, now):
        reporting.with_previous(engine, chosen, period, now)
        delivery.put_in(engine, chosen, period)
    done = delivery.deliver_due(engine, chosen)
    open_ones = delivery.unsettled(engine)
    schema = text_schema("report", "target", "state", "why")

    def table(items: list[Delivery]) -> dg.TableMetadataValue:
        rows = [
            dg.TableRecord({"report": i.report, "target": i.target, "state": i.state.value, "why": i.error or ""})
            for i in items
        ]
        return dg.MetadataValue.table(rows, schema=schema)

    delivered = sum(item.state is State.DELIVERED for item in done)
    yield dg.MaterializeResult(metadata={"delivered now": dg.MetadataValue.int(delivered), "attempts": table(done)})
    yield dg.AssetCheckResult(
        check_name="delivered", asset_key="report_delivery", passed=not open_ones, metadata={"open": table(open_ones)}
    )


def _period(context: dg.AssetExecutionContext, length: Length) -> Period:
    zone = settings().report_timezone
    return Period(length, datetime.fromisoformat(context.partition_key).date(), zone)


def _page_metadata(page: Page) -> dict[str, dg.MetadataValue[Any]]:
    figures = {figure.name: dg.MetadataValue.int(figure.value) for figure in page.figures}
    picture = _picture(charts.bars(page.by_repository, "Commits by repository"))
    return {"headline": dg.MetadataValue.text(page.headline), **figures, "commits by repository": picture}


def _picture(svg: str) -> dg.MetadataValue[Any]:
    # A picture that is loaded by itself takes neither the width nor the colour of its page.
    data = base64.b64encode(charts.standing_alone(svg).encode()).decode()
    return dg.MetadataValue.md(f"![picture](data:image/svg+xml;base64,{data})")


ASSETS = [asset for length in Length for asset in report_assets(length)]
DEFINITIONS = dg.Definitions(assets=[*ASSETS, status_trends, report_delivery])

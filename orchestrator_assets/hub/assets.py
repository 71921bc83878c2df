"""Publication as a Dagster asset."""

import time
from collections.abc import Iterator

import dagster as dg

from orchestrator_assets.catalog.assets import OWNERS, index_asset_names, text_schema
from orchestrator_assets.hub.indexes import Blocked, publish_indexes
from orchestrator_assets.resources import Catalog, correlation_id
from orchestrator_assets.telemetry import span


@dg.asset(
    deps=index_asset_names(),
    group_name="publication",
    owners=OWNERS,
    kinds={"git"},
    code_version="1",
    pool="hub",
    description="The indexes as commits in the hub repository: one for each that changed, none for what did not.",
    check_specs=[
        dg.AssetCheckSpec("published", asset="hub_publication", description="No index was held back by a problem.")
    ],
)
def hub_publication(
    context: dg.AssetExecutionContext, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    began = time.monotonic()
    done = publish_indexes(catalog.engine(), catalog.settings())
    followed = correlation_id(context.run)
    blocked = [item for item in done if isinstance(item, Blocked)]
    published = [item for item in done if not isinstance(item, Blocked)]
    for item in published:
        said = {"correlation_id": followed, "index": item.name, "commit": item.commit, "changed": item.changed}
        context.log.info(f"{item.name}: {'committed' if item.changed else 'unchanged at'} {item.commit}", extra=said)
    changed = ", ".join(item.name for item in published if item.changed)
    span("publish", followed, time.monotonic() - began, changed=changed, held_back=len(blocked))
    rows = [
        dg.TableRecord(
            {"index": item.name, "state": "committed" if item.changed else "unchanged", "commit": item.commit}
        )
        for item in published
    ] + [dg.TableRecord({"index": item.name, "state": "held back", "commit": ""}) for item in blocked]
    yield dg.MaterializeResult(
        metadata={
            "hub": dg.MetadataValue.text(catalog.settings().hub_shown),
            "commits": dg.MetadataValue.int(sum(item.changed for item in published)),
            "publications": dg.MetadataValue.table(rows, schema=text_schema("index", "state", "commit")),
        },
        data_version=dg.DataVersion(published[-1].commit if published else "none"),
    )
    yield dg.AssetCheckResult(
        check_name="published",
        asset_key="hub_publication",
        passed=not blocked,
        metadata={item.name: dg.MetadataValue.text("; ".join(item.reasons)) for item in blocked},
    )


DEFINITIONS = dg.Definitions(assets=[hub_publication])

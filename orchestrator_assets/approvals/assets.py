"""Carrying out approved playbooks as a Dagster asset."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from orchestrator_assets.approvals.playbook_requests import carry_out_approved
from orchestrator_assets.catalog.approval_store import State
from orchestrator_assets.catalog.assets import OWNERS, text_schema
from orchestrator_assets.resources import Catalog


class Approved(dg.Config):
    """Which approvals to carry out."""

    approvals: list[int] = Field([], description="their numbers; none: all that are approved")


@dg.asset(
    group_name="activities",
    owners=OWNERS,
    kinds={"shell"},
    code_version="1",
    pool="playbooks",
    description="Playbooks that people approved, each run once in the sandbox.",
    check_specs=[dg.AssetCheckSpec("carried_out", asset="approved_actions", description="What was approved was done.")],
)
def approved_actions(
    context: dg.AssetExecutionContext, config: Approved, catalog: Catalog
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    done = carry_out_approved(catalog.engine(), catalog.settings(), config.approvals)
    rows = [
        dg.TableRecord(
            {
                "id": str(item.id),
                "playbook": item.name,
                "repository": item.target,
                "state": item.state.value,
                "detail": str((item.result or {}).get("detail") or ""),
            }
        )
        for item in done
    ]
    schema = text_schema("id", "playbook", "repository", "state", "detail")
    yield dg.MaterializeResult(metadata={"actions": dg.MetadataValue.table(rows, schema=schema)})
    passed = all(item.state is State.DONE for item in done)
    yield dg.AssetCheckResult(check_name="carried_out", asset_key="approved_actions", passed=passed)


DEFINITIONS = dg.Definitions(assets=[approved_actions])

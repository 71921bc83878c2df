"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.decisions.kind import KIND

DEFINITIONS = index_definitions(
    KIND,
    "Every decision of the fleet: status, dates, supersession, and what is wrong with it.",
)

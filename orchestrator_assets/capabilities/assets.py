"""The index as a Dagster asset."""

from orchestrator_assets.capabilities.kind import KIND
from orchestrator_assets.catalog.assets import index_definitions

DEFINITIONS = index_definitions(
    KIND,
    "Hand-kept registries of patterns and capabilities: what implements which pattern, and who delivers it.",
)

"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.sequences.kind import KIND

DEFINITIONS = index_definitions(
    KIND,
    "Every plugin sequence of the fleet, counted: by package, plugin, handler, event and kind; copies and claims.",
)

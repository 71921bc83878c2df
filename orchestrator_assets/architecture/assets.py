"""The index as a Dagster asset."""

from orchestrator_assets.architecture.kind import KIND
from orchestrator_assets.catalog.assets import index_definitions

DEFINITIONS = index_definitions(
    KIND,
    "Architecture pages against templates, the fleet registry and one another; broken links, proposals, drift.",
)

"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.domains.kind import KIND

DEFINITIONS = index_definitions(
    KIND,
    "Every domain of the orchestration registries: implemented, planned, broken or placeholder, against the files.",
)

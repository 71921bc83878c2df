"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.patterns.kind import KIND

DEFINITIONS = index_definitions(
    KIND,
    "The pattern registry made from the documents: provenance, lineage, and what hand-kept registries say otherwise.",
)

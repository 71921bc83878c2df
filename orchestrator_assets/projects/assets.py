"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.projects.kind import KIND

DEFINITIONS = index_definitions(KIND, "Every project specification: what is planned, and what was done in which order.")

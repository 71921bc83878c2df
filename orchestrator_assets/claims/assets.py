"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.claims.kind import KIND

DEFINITIONS = index_definitions(KIND, "Numbers that status pages claim, each against what is counted.")

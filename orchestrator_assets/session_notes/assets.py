"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.session_notes.kind import KIND

DEFINITIONS = index_definitions(
    KIND,
    "Session notes, session logs and command logs across the fleet, newest first, with the open work they leave.",
)

"""The index as a Dagster asset."""

from orchestrator_assets.catalog.assets import index_definitions
from orchestrator_assets.playbooks.kind import KIND

DEFINITIONS = index_definitions(KIND, "Every registered playbook, held against the files, and whether it can be run.")

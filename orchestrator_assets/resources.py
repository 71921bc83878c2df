"""Dagster's way to the one database: its own storage, and the catalog as a resource."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import Engine

from orchestrator_assets.catalog.database import database_url, open_database
from orchestrator_assets.settings import Settings, settings


class OrchestratorStorage(DagsterPostgresStorage):
    """Dagster's storage in the same database as the catalog: DATABASE_URL, or the embedded server, which starts with
    its first user. Named in `dagster.yaml`, it makes plain `dagster dev` work with nothing set."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "OrchestratorStorage":
        return cls(postgres_url=database_url(), should_autocreate_tables=True, inst_data=inst_data)


def correlation_id(run: dg.DagsterRun) -> str:
    """What a run is followed by: the key under which it was asked for, else its own id."""
    return run.tags.get("dagster/run_key") or run.run_id


class Catalog(dg.ConfigurableResource[Any]):
    """The catalog and the settings, for assets. Opens nothing until it is asked."""

    def engine(self) -> Engine:
        """The database, migrated."""
        return open_database()

    def settings(self) -> Settings:
        """The process's settings."""
        return settings()

"""Dagster's way to the one database: its own storage, and the catalog as a resource."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import dagster as dg
from dagster._core.storage.event_log.schema import ConcurrencyLimitsTable, SqlEventLogStorageMetadata
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from sqlalchemy import Engine, create_engine, text

from orchestrator_assets.catalog.database import database_url, open_database
from orchestrator_assets.catalog.exclusive import one_by_one
from orchestrator_assets.settings import Settings, settings


@lru_cache(maxsize=4)
def _connections(url: str) -> Engine:
    """The connections that all of Dagster's storages in this process share."""
    engine = create_engine(
        url, isolation_level="AUTOCOMMIT", pool_size=2, max_overflow=-1, pool_pre_ping=True, pool_recycle=600
    )
    _ENGINES.add(engine)
    return engine


_ENGINES: WeakSet[Engine] = WeakSet()


def _forget_inherited() -> None:
    for engine in _ENGINES:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_inherited)


class PoolsMadeOnce(PostgresEventLogStorage):
    """Dagster's event log, in which the row of a pool can be made by two runs at once, and changed.

    Dagster's own inserts the row and, where it exists, updates it in the same transaction, which PostgreSQL has given
    up by then: one of two runs that use a pool for the first time failed, and all did once `default_limit` changed."""

    def initialize_concurrency_limit_to_default(self, concurrency_key: str) -> bool:
        """Makes the pool with the instance's limit, or gives it that."""
        limit = self._instance.global_op_concurrency_default_limit if self.has_instance else None
        with self.index_connection() as connection, one_by_one(connection, f"pool {concurrency_key}"):
            known = [pool for pool in self.get_pool_limits() if pool.name == concurrency_key]
            if known and known[0].limit == limit:
                return True
            if not known or limit is None:
                return super().initialize_concurrency_limit_to_default(concurrency_key)
            with self.index_transaction() as change:
                row = ConcurrencyLimitsTable.c.concurrency_key == concurrency_key
                change.execute(ConcurrencyLimitsTable.update().where(row).values(limit=limit))
                self._allocate_concurrency_slots(change, concurrency_key, limit)
            return True


@contextmanager
def _tables_made_whole(url: str) -> Iterator[None]:
    """Dagster makes its tables one by one, and takes all for made if the first is there: a kill in between left a
    database that no run could use. A table of ours stands there meanwhile; whoever finds it begins again."""
    with _connections(url).connect() as connection:

        def exists(table: str) -> bool:
            return connection.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar() is not None

        if exists("runs") and not exists(_UNFINISHED):
            yield
            return
        with one_by_one(connection, _UNFINISHED):
            if exists(_UNFINISHED):
                for metadata in _DAGSTERS:
                    metadata.drop_all(connection)
            if not exists("runs"):
                connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_UNFINISHED} ()"))
            yield
            connection.execute(text(f"DROP TABLE IF EXISTS {_UNFINISHED}"))


_UNFINISHED = "dagster_tables_unfinished"
_DAGSTERS = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)


class OrchestratorStorage(DagsterPostgresStorage):
    """Dagster's storage in the same database as the catalog: DATABASE_URL, or the embedded server, which starts with
    its first user. Named in `dagster.yaml`, it makes plain `dagster dev` work with nothing set.

    Dagster's own opens a connection for each statement, more than 500 in a run; here two are kept by each process."""

    def __init__(self, inst_data: ConfigurableClassData | None) -> None:
        url = database_url()
        with _tables_made_whole(url):
            super().__init__(url, should_autocreate_tables=True, inst_data=inst_data)
        self._event_log_storage = PoolsMadeOnce(url, should_autocreate_tables=False)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = _connections(url)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "OrchestratorStorage":
        return cls(inst_data)


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

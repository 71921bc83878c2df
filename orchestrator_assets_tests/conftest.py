"""Fixtures: a real PostgreSQL, a database of its own for each test that asks, repositories made with real git."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psycopg2
import pytest
from sqlalchemy import Engine

from orchestrator_assets.catalog import database, embedded
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.settings import Settings, settings
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GitRepository

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Socket folder of an embedded server that runs as long as this test process."""
    socket = embedded.start(tmp_path_factory.mktemp("server")).partition("host=")[2]
    # These databases need not outlive a power cut, and syncing files is half a second for each that is dropped.
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        _execute(socket, f"ALTER SYSTEM SET {name} = off")
    _execute(socket, "SELECT pg_reload_conf()")
    return socket


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """A database with the migrated catalog, to copy."""
    name = "migrated"
    _create(server, name)
    database._engine(f"postgresql+psycopg2://postgres@/{name}?host={server}").dispose()
    return name


@pytest.fixture
def database_url(server: str, template: str) -> Iterator[str]:
    """A migrated database that only this test uses."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _create(server, name, template)
    yield f"postgresql://postgres@/{name}?host={server}"
    _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def home(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, with the settings pointing at it: home, registry and database."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ORCHESTRATOR_") and name != "ORCHESTRATOR_CORPUS"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ORCHESTRATOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ORCHESTRATOR_FLEET", str(tmp_path / "REPOS.yaml"))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ORCHESTRATOR_SENSOR_WATCH", "0")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def chosen(home: Path) -> Settings:
    """The settings of this test."""
    return settings()


@pytest.fixture
def engine(chosen: Settings) -> Iterator[Engine]:
    """The test's catalog."""
    opened = database.open_database(chosen)
    yield opened
    opened.dispose()


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[str], GitRepository]:
    """Makes repositories below the test's folder."""
    return lambda name: GitRepository.create(tmp_path / "repos" / name)


def _create(server: str, name: str, template: str = "template1") -> None:
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _execute(server: str, statement: str) -> None:
    connection = psycopg2.connect(host=server, user="postgres", dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture
def fleet(home: Path, engine: Engine, chosen: Settings) -> Fleet:
    """An empty fleet on the test's database."""
    return Fleet(home, engine, chosen)


@pytest.fixture
def instance(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance with the storage and configuration that users get, on the test's own database."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("DAGSTER_HOME")
    folder = prepare_instance(fleet.settings)
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    with dg.DagsterInstance.get() as opened:
        yield opened

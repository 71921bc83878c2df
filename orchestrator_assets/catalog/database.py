"""The connection to PostgreSQL, and the catalog's schema brought up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from orchestrator_assets.catalog import embedded
from orchestrator_assets.catalog.tables import SCHEMA
from orchestrator_assets.settings import Settings, settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6F726368  # any constant; all processes that migrate take the same advisory lock


class DatabaseError(RuntimeError):
    """The database cannot be used; the message says why and what to do, without the password."""


def database_url(chosen: Settings | None = None) -> str:
    """SQLAlchemy URL of the one database: DATABASE_URL, or the embedded server, which is started if need be."""
    chosen = chosen or settings()
    if chosen.database_url is None:
        chosen.home_path.mkdir(parents=True, exist_ok=True)
        return embedded.start(chosen.home_path, chosen.postgres_bin)
    try:
        url = make_url(chosen.database_url)
    except ArgumentError:
        raise DatabaseError("DATABASE_URL is not a URL; expected postgresql://user:password@host:5432/name") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseError(f"DATABASE_URL names {url.get_backend_name()}; only postgresql:// is supported")
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3, which dagster-postgres does not install.
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def open_database(chosen: Settings | None = None) -> Engine:
    """An engine on the migrated catalog, one per process and database."""
    return _engine(database_url(chosen))


@cache
def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    try:
        with engine.connect() as connection:
            current = current_revision(connection)
    except OperationalError as error:
        shown = make_url(url).render_as_string(hide_password=True)
        raise DatabaseError(f"cannot connect to {shown}: {str(error.orig).strip()}; is the server running?") from None
    if current != head():
        migrate(engine)
    return engine


@cache
def head() -> str:
    """The newest migration's revision: the newest file's number."""
    return max(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def migrate(engine: Engine, revision: str = "head") -> None:
    """Brings the catalog to a revision ("head" or an older one). Safe to call from several processes at once."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        current = current_revision(connection) or "0000"
        config.attributes["connection"] = connection
        if revision == "head" or revision > current:
            command.upgrade(config, revision)
        elif revision < current:
            command.downgrade(config, "base" if revision == "0000" else revision)


def current_revision(connection: Connection) -> str | None:
    """The revision of the catalog's tables; None if there are none."""
    known = connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"}).scalar()
    if known is None:
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {SCHEMA}.alembic_version")).scalar()
    return version

"""The migrations make what the tables say, and can be taken back."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from orchestrator_assets.catalog.database import head, migrate
from orchestrator_assets.catalog.tables import SCHEMA, metadata


def differences(engine: Engine) -> list[Any]:
    def ours(name: str | None, kind: str, parents: Any) -> bool:
        return name == SCHEMA if kind == "schema" else name != "alembic_version"

    options = {"include_schemas": True, "include_name": ours, "version_table_schema": SCHEMA, "compare_type": True}
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_migrated_schema_is_what_the_tables_say(engine: Engine) -> None:
    changes = [change for change in differences(engine) if "comment" not in str(change)]
    assert changes == []


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    migrate(engine, "0000")
    assert [name for name in inspect(engine).get_table_names(SCHEMA) if name != "alembic_version"] == []
    migrate(engine)
    assert "record" in inspect(engine).get_table_names(SCHEMA)
    assert head() >= "0001"

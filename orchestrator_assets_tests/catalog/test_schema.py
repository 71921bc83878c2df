"""The migrations make what the tables say, and can be taken back."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select

from orchestrator_assets.catalog.database import head, migrate
from orchestrator_assets.catalog.tables import SCHEMA, metadata, record
from orchestrator_assets_tests.fleets import Fleet


def differences(engine: Engine) -> list[Any]:
    def ours(name: str | None, kind: str, parents: Any) -> bool:
        return name == SCHEMA if kind == "schema" else name != "alembic_version"

    options = {"include_schemas": True, "include_name": ours, "version_table_schema": SCHEMA, "compare_type": True}
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return [change for change in found if "comment" not in str(change)]


def test_the_migrated_schema_is_what_the_tables_say(engine: Engine) -> None:
    assert differences(engine) == []


def test_each_migration_goes_down_and_up_again_and_the_others_rows_stay(fleet: Fleet) -> None:
    fleet.make("shop")
    fleet.scan()
    engine = fleet.engine
    for number in range(int(head()), 1, -1):
        migrate(engine, f"{number - 1:04d}")
        migrate(engine)
        assert differences(engine) == [], f"after {number:04d}"
    assert not fleet.scan()["shop"].status.failed
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(record)).scalar_one() == 1


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    migrate(engine, "0000")
    assert [name for name in inspect(engine).get_table_names(SCHEMA) if name != "alembic_version"] == []
    migrate(engine)
    assert "record" in inspect(engine).get_table_names(SCHEMA)
    assert head() >= "0001"

"""What organisations have at their forges, as it was listed last: renamed, archived and gone are states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import listed_repository as table


class State(StrEnum):
    """What a forge says of a repository. `gone`: a complete listing does not hold it any more."""

    PRESENT = "present"
    ARCHIVED = "archived"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Known:
    """A repository of an organisation. `former_name` is its name before it was renamed last."""

    organisation: str
    forge_id: str
    name: str
    url: str
    state: State
    former_name: str | None = None


def known(engine: Engine, organisation: str | None = None) -> list[Known]:
    """What was listed last, of all organisations or of one, by name."""
    query = select(table).order_by(table.c.organisation, table.c.name, table.c.forge_id)
    if organisation is not None:
        query = query.where(table.c.organisation == organisation)
    with engine.connect() as connection:
        return [
            Known(row.organisation, row.forge_id, row.name, row.url, State(row.state), row.former_name)
            for row in connection.execute(query)
        ]


def save(engine: Engine, organisation: str, found: Sequence[Known]) -> None:
    """Keeps a complete listing, in one transaction: what it does not hold is gone."""
    before = {item.forge_id: item for item in known(engine, organisation)}
    with engine.begin() as connection:
        for item in found:
            old = before.get(item.forge_id)
            renamed = old.name if old is not None and old.name != item.name else None
            if old is not None and renamed is None and (old.url, old.state) == (item.url, item.state):
                continue
            values = {"name": item.name, "url": item.url, "state": item.state.value}
            if renamed is not None:
                values["former_name"] = renamed
            statement = insert(table).values(organisation=organisation, forge_id=item.forge_id, **values)
            changed = {**values, "changed_at": func.clock_timestamp()}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["organisation", "forge_id"], set_=changed)
            )
        listed = [item.forge_id for item in found]
        connection.execute(
            update(table)
            .where(table.c.organisation == organisation, table.c.forge_id.not_in(listed))
            .where(table.c.state != State.GONE.value)
            .values(state=State.GONE.value, changed_at=func.clock_timestamp())
        )

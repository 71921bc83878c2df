"""What repositories hold that must not silently become less: the amounts last accepted, and those last seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import content, problem, repository

Amounts = Mapping[str, int]
"""Item -> how much of it there is."""


@dataclass(frozen=True, slots=True)
class Content:
    """A repository's content of one kind. `accepted` is what it is compared with; it follows `seen` by itself as
    long as nothing is lost, and by acceptance when something is."""

    accepted_commit: str
    accepted: Amounts
    seen_commit: str
    seen: Amounts


def load_content(engine: Engine, key: str) -> dict[str, Content]:
    """A repository's content by kind name."""
    query = select(content).where(content.c.repository == key)
    with engine.connect() as connection:
        return {
            row.kind: Content(row.accepted_commit, row.accepted, row.seen_commit, row.seen)
            for row in connection.execute(query)
        }


def save_content(connection: Connection, key: str, by_kind: Mapping[str, Content]) -> None:
    """Keeps a repository's content, in place of what was kept of these kinds."""
    for kind, item in sorted(by_kind.items()):
        values = {
            "accepted_commit": item.accepted_commit,
            "accepted": dict(item.accepted),
            "seen_commit": item.seen_commit,
            "seen": dict(item.seen),
        }
        statement = insert(content).values(repository=key, kind=kind, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["repository", "kind"], set_=values))


def accept_loss(engine: Engine, name: str, kind: str, code: str) -> int:
    """Takes what the newest scan saw for the content to compare with from now on, and settles the problems of this
    code. Returns how many there were; 0 and nothing is changed if there is none."""
    with engine.begin() as connection:
        key = connection.execute(select(repository.c.key).where(repository.c.name == name).with_for_update()).scalar()
        if key is None:
            return 0
        settled = connection.execute(
            delete(problem).where(problem.c.repository == key, problem.c.scope == kind, problem.c.code == code)
        ).rowcount
        if settled:
            connection.execute(
                update(content)
                .where(content.c.repository == key, content.c.kind == kind)
                .values(accepted_commit=content.c.seen_commit, accepted=content.c.seen)
            )
        return settled

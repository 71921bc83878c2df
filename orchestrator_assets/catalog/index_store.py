"""Indexes in the catalog: what they are made from, and what was made last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.fleet_store import REFUSED_BECAUSE
from orchestrator_assets.catalog.snapshot_store import problem_as_json, problem_from_json
from orchestrator_assets.catalog.tables import artifact, document, index_state, problem, record, repository, snapshot
from orchestrator_assets.catalog.tables import repository_state as state
from orchestrator_assets.kinds import Coverage, DocumentKind, IndexedRecord, IndexInput, kind_of_index
from orchestrator_assets.problems import LocatedProblem, Sort


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index as it was built last. `sources` are the commits it is of; `places` maps each record's place to what
    identifies its content; `integrity` are the problems that keep it from being published."""

    name: str
    digest: str
    totals: dict[str, Any]
    sources: dict[str, str]
    as_of: str | None
    places: dict[str, str]
    integrity: list[LocatedProblem]


def load_input(connection: Connection, kind: DocumentKind) -> IndexInput:
    """Everything an index of this kind is made from, as one consistent view (call it in a repeatable-read
    transaction)."""
    coverage = _coverage(connection, kind)
    query = (
        select(problem, repository.c.name)
        .join(repository, repository.c.key == problem.c.repository)
        .where(problem.c.scope == kind.name, ~repository.c.retired)
    )
    problems = [
        LocatedProblem(problem_from_json(row._asdict()), row.name, row.commit) for row in connection.execute(query)
    ]
    return IndexInput(
        tuple(coverage),
        _records(connection, kind),
        tuple(sorted(problems, key=lambda item: item.order)),
        fleet_entries(connection),
        {name: _records(connection, kind_of_index(name)) for name in kind.reads},
    )


def fleet_entries(connection: Connection) -> dict[str, dict[str, Any]]:
    """The registry's entry of each repository in force, by name."""
    query = select(repository.c.name, repository.c.entry).where(~repository.c.retired).order_by(repository.c.name)
    return {
        row.name: {name: value for name, value in row.entry.items() if name != REFUSED_BECAUSE}
        for row in connection.execute(query)
    }


def integrity_problems(connection: Connection, kind: DocumentKind) -> list[LocatedProblem]:
    """What forbids publishing anything made from this kind's records, by place."""
    query = (
        select(problem, repository.c.name)
        .join(repository, repository.c.key == problem.c.repository)
        .where(problem.c.scope == kind.name, problem.c.sort == Sort.INTEGRITY.value, ~repository.c.retired)
    )
    found = [
        LocatedProblem(problem_from_json(row._asdict()), row.name, row.commit) for row in connection.execute(query)
    ]
    return sorted(found, key=lambda item: item.order)


def _records(connection: Connection, kind: DocumentKind) -> tuple[IndexedRecord, ...]:
    query = (
        select(record, repository.c.name)
        .join(repository, repository.c.key == record.c.repository)
        .where(record.c.kind == kind.name, ~repository.c.retired)
    )
    found = [
        IndexedRecord(
            row.name, row.path, row.ordinal, row.commit, row.blob, row.line, kind.model.model_validate(row.payload)
        )
        for row in connection.execute(query)
    ]
    return tuple(sorted(found, key=lambda item: (item.repository, item.path, item.ordinal)))


def _coverage(connection: Connection, kind: DocumentKind) -> list[Coverage]:
    counted = func.count().filter(document.c.counted)
    refused = func.count().filter(document.c.counted & document.c.refused)
    documents = (
        select(document.c.repository, counted.label("found"), refused.label("refused"))
        .where(document.c.kind == kind.name)
        .group_by(document.c.repository)
        .subquery()
    )
    query = (
        select(repository.c.name, state.c.status, state.c.scanned_commit, documents.c.found, documents.c.refused)
        .outerjoin(state, state.c.repository == repository.c.key)
        .outerjoin(documents, documents.c.repository == repository.c.key)
        .where(~repository.c.retired)
    )
    found = []
    for row in connection.execute(query):
        status = row.status or "not_scanned"
        failed = status not in ("ok", "empty")
        number, refusals = row.found or 0, row.refused or 0
        found.append(Coverage(row.name, status, failed, row.scanned_commit, number, number - refusals, refusals))
    return sorted(found, key=lambda item: item.repository)


def newest_source(connection: Connection) -> str | None:
    """Date of the newest commit among the fleet's snapshots, ISO 8601 in UTC; the fleet's only clock."""
    newest = func.max(cast(snapshot.c.facts["last_commit"].astext, DateTime(timezone=True)))
    query = select(newest).join(repository, repository.c.key == snapshot.c.repository).where(~repository.c.retired)
    value = connection.execute(query).scalar()
    return value.isoformat() if value else None


def load_built(engine: Engine, name: str) -> BuiltIndex | None:
    """The index as it was built last, None if it never was."""
    with engine.connect() as connection:
        row = connection.execute(select(index_state).where(index_state.c.name == name)).first()
    if row is None:
        return None
    integrity = [LocatedProblem(problem_from_json(item), item.get("repository")) for item in row.integrity]
    return BuiltIndex(row.name, row.digest, row.totals, row.sources, row.as_of, row.places, integrity)


def save_built(engine: Engine, built: BuiltIndex, files: Mapping[str, bytes]) -> None:
    """Keeps an index and its rendered files, in place of the last ones."""
    values = {
        "digest": built.digest,
        "totals": built.totals,
        "sources": built.sources,
        "as_of": built.as_of,
        "places": built.places,
        "integrity": [{**problem_as_json(item.problem), "repository": item.repository} for item in built.integrity],
    }
    with engine.begin() as connection:
        statement = insert(index_state).values(name=built.name, **values)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={**values, "built_at": func.clock_timestamp()}
            )
        )
        connection.execute(delete(artifact).where(artifact.c.index_name == built.name))
        rows = [{"index_name": built.name, "path": path, "content": data} for path, data in sorted(files.items())]
        if rows:
            connection.execute(insert(artifact), rows)


def load_files(engine: Engine, name: str) -> dict[str, bytes]:
    """The rendered files of an index."""
    query = select(artifact.c.path, artifact.c.content).where(artifact.c.index_name == name).order_by(artifact.c.path)
    with engine.connect() as connection:
        return {row.path: bytes(row.content) for row in connection.execute(query)}


def repository_problems(engine: Engine, scopes: Sequence[str]) -> list[LocatedProblem]:
    """Stored problems of these scopes of the repositories in force, by place."""
    query = (
        select(problem, repository.c.name)
        .join(repository, repository.c.key == problem.c.repository)
        .where(~repository.c.retired, problem.c.scope.in_(list(scopes)))
    )
    with engine.connect() as connection:
        found = [
            LocatedProblem(problem_from_json(row._asdict()), row.name, row.commit) for row in connection.execute(query)
        ]
    return sorted(found, key=lambda item: item.order)

"""What scans found, in the catalog: parsed blobs (once for the whole fleet), and each repository's snapshot with its
documents, records and problems, replaced in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.content_store import Content, save_content
from orchestrator_assets.catalog.tables import document, parsed_blob, problem, record, repository_state, snapshot
from orchestrator_assets.documents.text import storable, words_of
from orchestrator_assets.kinds import Commit, Document, DocumentKind, Parsed, Record
from orchestrator_assets.problems import Problem, Severity, Sort

REPOSITORY_SCOPE = "repository"
_TITLE_WORDS, _BODY_WORDS = 2_000, 200_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest good scan of a repository, without its records."""

    seq: int
    ref: str
    commit: str
    tree: str
    facts: dict[str, Any]
    history: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KindResult:
    """What a scan found of one kind in one repository."""

    kind: DocumentKind
    documents: Sequence[Document]
    records: Sequence[Record]
    problems: Sequence[Problem]


def load_snapshot(engine: Engine, key: str) -> Snapshot | None:
    """The newest good scan, None if there was none."""
    with engine.connect() as connection:
        row = connection.execute(select(snapshot).where(snapshot.c.repository == key)).first()
    return Snapshot(row.seq, row.ref, row.commit, row.tree, row.facts, row.history) if row else None


def known_dates(engine: Engine, key: str) -> dict[str, tuple[Commit | None, Commit | None]]:
    """First and last commit per document path, as of the newest good scan."""
    columns = document.c
    query = select(
        columns.path, columns.first_commit, columns.first_date, columns.last_commit, columns.last_date
    ).where(columns.repository == key)
    with engine.connect() as connection:
        return {row.path: (_commit(row[1], row[2]), _commit(row[3], row[4])) for row in connection.execute(query)}


def load_parsed(engine: Engine, kind: DocumentKind, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Parsed]:
    """What is known of these (blob, suffix) pairs from parsing them before, with the kind's present parser."""
    keys = list(wanted)
    if not keys:
        return {}
    columns = parsed_blob.c
    found: dict[tuple[str, str], Parsed] = {}
    with engine.connect() as connection:
        for start in range(0, len(keys), 5000):
            query = select(columns.blob, columns.suffix, columns.payload, columns.problems, columns.counted).where(
                columns.kind == kind.name,
                columns.version == kind.version,
                tuple_(columns.blob, columns.suffix).in_(keys[start : start + 5000]),
            )
            for row in connection.execute(query):
                problems = tuple(problem_from_json(item) for item in row.problems)
                found[row.blob, row.suffix] = Parsed(row.payload, problems, row.counted)
    return found


def save_parsed(engine: Engine, kind: DocumentKind, parsed: Mapping[tuple[str, str], Parsed]) -> None:
    """Keeps parse results; a result that is there already stays (parsing is deterministic)."""
    rows = [
        {
            "kind": kind.name,
            "version": kind.version,
            "blob": blob,
            "suffix": suffix,
            "payload": clean_json(item.payload),
            "problems": [problem_as_json(found) for found in item.problems],
            "counted": item.counted,
        }
        for (blob, suffix), item in sorted(parsed.items())  # in order: two scans at once must not deadlock
    ]
    if rows:
        with engine.begin() as connection:
            connection.execute(insert(parsed_blob).on_conflict_do_nothing(), rows)


@dataclass(frozen=True, slots=True)
class CatalogCache:
    """The catalog's parse results, as reading asks for them."""

    engine: Engine

    def load(self, kind: DocumentKind, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Parsed]:
        """What is known of these (blob, suffix) pairs."""
        return load_parsed(self.engine, kind, wanted)

    def save(self, kind: DocumentKind, parsed: Mapping[tuple[str, str], Parsed]) -> None:
        """Keeps results for the whole fleet."""
        save_parsed(self.engine, kind, parsed)


def replace_snapshot(
    engine: Engine,
    key: str,
    new: Snapshot,
    scanned_with: str,
    results: Sequence[KindResult],
    repository_problems: Sequence[Problem],
    contents: Mapping[str, Content],
) -> bool:
    """Puts a scan's outcome in place of the last one, all or nothing. False, and nothing is written, if a scan of a
    newer observation was faster."""
    with engine.begin() as connection:
        state = connection.execute(
            select(repository_state.c.scanned_seq).where(repository_state.c.repository == key).with_for_update()
        ).one()
        if state.scanned_seq is not None and state.scanned_seq > new.seq:
            return False
        values = asdict(new)
        statement = insert(snapshot).values(repository=key, **values)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["repository"], set_={**values, "scanned_at": func.clock_timestamp()}
            )
        )
        _replace_documents(connection, key, results)
        _replace_records(connection, key, results)
        _replace_problems(connection, key, new.commit, results, repository_problems)
        save_content(connection, key, contents)
        _note_good_scan(connection, key, new, scanned_with)
    return True


def move_snapshot(engine: Engine, key: str, new: Snapshot) -> bool:
    """Moves a scan's outcome to a commit with the same content; documents and records stay. False, and nothing is
    written, if a scan of a newer observation was faster."""
    with engine.begin() as connection:
        columns = repository_state.c
        scanned = connection.execute(
            select(columns.scanned_seq).where(columns.repository == key).with_for_update()
        ).scalar_one()
        if scanned is None or scanned > new.seq:
            return False
        moved = {**asdict(new), "scanned_at": func.clock_timestamp()}
        connection.execute(update(snapshot).where(snapshot.c.repository == key).values(moved))
        connection.execute(update(problem).where(problem.c.repository == key).values(commit=new.commit))
        _note_good_scan(connection, key, new, None)
    return True


def _note_good_scan(connection: Connection, key: str, new: Snapshot, scanned_with: str | None) -> None:
    values: dict[str, Any] = {
        "scanned_seq": new.seq,
        "scanned_commit": new.commit,
        "scanned_ref": new.ref,
        "status": "ok",
        "detail": None,
        "failures": 0,
        "next_attempt_at": None,
        "failing_since": None,
    }
    if scanned_with is not None:
        values["scanned_with"] = scanned_with
    connection.execute(update(repository_state).where(repository_state.c.repository == key).values(values))


def _replace_documents(connection: Connection, key: str, results: Sequence[KindResult]) -> None:
    rows = {
        (result.kind.name, item.path): {
            "kind": result.kind.name,
            "path": item.path,
            "blob": item.blob,
            "counted": item.parsed.counted,
            "refused": item.parsed.counted and item.parsed.payload is None,
            "first_commit": item.first_commit and item.first_commit.id,
            "first_date": item.first_commit and item.first_commit.date,
            "last_commit": item.last_commit and item.last_commit.id,
            "last_date": item.last_commit and item.last_commit.date,
        }
        for result in results
        for item in result.documents
    }
    _replace(connection, document, key, rows, ("kind", "path"))


def _replace_records(connection: Connection, key: str, results: Sequence[KindResult]) -> None:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for result in results:
        documents = {item.path: item for item in result.documents}
        for item in result.records:
            of = documents[item.path]
            rows[result.kind.name, item.path, item.ordinal] = {
                "kind": result.kind.name,
                "path": item.path,
                "ordinal": item.ordinal,
                "line": item.line,
                "commit": of.last_commit.id if of.last_commit else "",
                "blob": of.blob,
                "payload": clean_json(item.payload.model_dump(mode="json")),
                "title": storable(item.title),
                "body": storable(item.text),
                "title_words": words_of(item.title, _TITLE_WORDS),
                "body_words": words_of(item.text, _BODY_WORDS),
            }
    _replace(connection, record, key, rows, ("kind", "path", "ordinal"))


def _replace_problems(
    connection: Connection, key: str, commit: str, results: Sequence[KindResult], of_repository: Sequence[Problem]
) -> None:
    rows = [
        {"repository": key, "scope": scope, "commit": commit, **problem_as_json(found)}
        for scope, problems in [(r.kind.name, r.problems) for r in results] + [(REPOSITORY_SCOPE, of_repository)]
        for found in problems
    ]
    connection.execute(delete(problem).where(problem.c.repository == key))
    if rows:
        connection.execute(insert(problem), rows)


def _replace(
    connection: Connection,
    table: Table,
    key: str,
    rows: Mapping[tuple[Any, ...], dict[str, Any]],
    identity: tuple[str, ...],
) -> None:
    """Makes a repository's rows equal `rows` by writing only what differs."""
    columns = [column for column in table.c if column.name not in ("repository", "search")]
    have = {
        tuple(getattr(row, name) for name in identity): row._asdict()
        for row in connection.execute(select(*columns).where(table.c.repository == key))
    }
    gone = [found for found in have if found not in rows]
    if gone:
        match = tuple_(*(table.c[name] for name in identity)).in_(gone)
        connection.execute(delete(table).where(table.c.repository == key, match))
    changed = [{"repository": key, **row} for found, row in rows.items() if have.get(found) != row]
    if changed:
        statement = insert(table)
        updated = {column.name: statement.excluded[column.name] for column in columns if column.name not in identity}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["repository", *identity], set_=updated), changed
        )


def problem_as_json(found: Problem) -> dict[str, Any]:
    """A problem as it is stored."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "sort": found.sort.value,
        "message": storable(found.message),
        "path": found.path,
        "line": found.line,
    }


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    """The problem that `problem_as_json` stored."""
    return Problem(
        data["code"], Severity(data["severity"]), Sort(data["sort"]), data["message"], data["path"], data["line"]
    )


def clean_json(data: Any) -> Any:
    """The same data with every text storable: JSON can spell NUL and lone surrogates that PostgreSQL refuses."""
    spelled = json.dumps(data)
    if "\\u0000" not in spelled and "\\ud" not in spelled:
        return data
    return _clean(data)


def _clean(data: Any) -> Any:
    if isinstance(data, str):
        return storable(data)
    if isinstance(data, dict):
        return {storable(name): _clean(value) for name, value in data.items()}
    return [_clean(item) for item in data] if isinstance(data, list) else data


def _commit(identity: str | None, date: str | None) -> Commit | None:
    return Commit(identity, date) if identity and date else None


def load_facts(engine: Engine, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The facts of the newest good scan, per repository key."""
    query = select(snapshot.c.repository, snapshot.c.facts).where(snapshot.c.repository.in_(list(keys)))
    with engine.connect() as connection:
        return {row.repository: row.facts for row in connection.execute(query)}

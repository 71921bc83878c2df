"""Any index as of then: the fleet read at other commits than its refs' present ones, without touching current state.

Blobs parsed before are not parsed again (parse results belong to blobs, not to commits), and what is parsed on the way
is kept for the next time. Everything else stays in memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pygit2
from pygit2.enums import SortMode
from sqlalchemy import Engine

from orchestrator_assets.catalog import index_store
from orchestrator_assets.catalog.aggregate import assemble
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.catalog.snapshot_store import CatalogCache, clean_json
from orchestrator_assets.fleet.content import guard
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.fleet.reading import KindReading, RepositoryReader, Stopwatch
from orchestrator_assets.kinds import Coverage, DocumentKind, Index, IndexedRecord, IndexInput, kind_of_index
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.settings import Settings

NOT_YET = "no_commit_yet"
_HEX = re.compile(r"[0-9a-f]{4,64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class TravelError(Exception):
    """A moment or a commit that cannot be travelled to; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One repository at one commit; `commit` is None if it had none then, `status` says why it was not read."""

    repository: str
    commit: str | None
    status: str
    readings: tuple[KindReading, ...] = ()


def moment_of(text: str) -> datetime:
    """A moment from ISO 8601. A day means its end; without a zone, UTC is meant. TravelError if it is neither."""
    try:
        if _DAY.fullmatch(text):
            end = datetime.combine(datetime.fromisoformat(text).date(), time(), UTC) + timedelta(days=1)
            return end - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise TravelError(f"{text!r} is no date; write 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def commit_at(store: ObjectStore, head: str, moment: datetime) -> str | None:
    """The last commit reachable from `head` whose committer date is not after the moment: the first that git's walk
    by date comes to. None if there is none."""
    for commit in store.pygit2.walk(pygit2.Oid(hex=head), SortMode.TIME):
        if commit.commit_time <= moment.timestamp():
            return str(commit.id)
    return None


def commit_named(store: ObjectStore, name: str) -> str:
    """The commit of a full or shortened id, a branch or a tag. TravelError if it names none, or several."""
    if _HEX.fullmatch(name):
        try:
            found = store.pygit2[name]
        except (KeyError, ValueError):
            found = None
        if isinstance(found, pygit2.Commit):
            return str(found.id)
    try:
        return store.resolve(name).commit
    except RepositoryUnavailable:
        raise TravelError(f"{name!r} names no commit of that repository: give an id, a branch or a tag") from None


def read_kinds_at(
    engine: Engine,
    settings: Settings,
    repository: FleetRepository,
    store: ObjectStore,
    commit: str,
    kinds: Sequence[DocumentKind],
    dating: bool = True,
) -> list[KindReading]:
    """Some kinds' documents and records of one repository at any of its commits, with the settings it has there.
    RepositoryUnavailable if the commit cannot be read."""
    reader = RepositoryReader(
        store=store,
        name=repository.name,
        commit=commit,
        listing=store.listing(store.tree_of(commit), settings.tree_limit, settings.tree_depth),
        entry_settings=repository.settings,
        blob_limit=settings.blob_limit,
        cache=CatalogCache(engine),
        dated={},
        dated_at=None,
        watch=Stopwatch(),
        dating=dating,
    )
    return reader.read(kinds)[0]


def visit(
    engine: Engine, settings: Settings, repository: FleetRepository, at: datetime | str, kinds: Sequence[DocumentKind]
) -> Visit:
    """One repository at a moment (on the ref that is followed) or at a named commit. Content is judged as if that
    commit were the first that was ever scanned."""
    try:
        store = open_repository(repository, settings)
        if isinstance(at, str):
            commit: str | None = commit_named(store, at)
        else:
            commit = commit_at(store, store.resolve(repository.ref).commit, at)
        if commit is None:
            return Visit(repository.name, None, NOT_YET)
        found, _ = guard(
            read_kinds_at(engine, settings, repository, store, commit, kinds),
            {},
            store,
            commit,
            lambda kind, before: read_kinds_at(engine, settings, repository, store, before, [kind], dating=False)[0],
        )
        return Visit(repository.name, commit, Status.OK.value, tuple(found))
    except RepositoryUnavailable as unavailable:
        return Visit(repository.name, None, unavailable.status.value)


def index_at(
    engine: Engine,
    settings: Settings,
    kind: DocumentKind,
    repositories: Sequence[FleetRepository],
    at: datetime | str,
) -> Index:
    """A kind's index over these repositories as of a moment, or at a commit (then: of one repository). The registry
    is the one in force now."""
    kinds = [kind, *(kind_of_index(name) for name in kind.reads)]
    with ThreadPoolExecutor(settings.scan_workers, thread_name_prefix="travel") as pool:
        visits = list(pool.map(lambda item: visit(engine, settings, item, at, kinds), repositories))
    with engine.connect() as connection:
        entries = index_store.fleet_entries(connection)
    return index_of_visits(kind, visits, entries)


def index_of_visits(kind: DocumentKind, visits: Sequence[Visit], entries: Mapping[str, Mapping[str, Any]]) -> Index:
    """A kind's index over what was read: of each repository the readings of the kind and of those that it `reads`.
    `entries` are the registry's, by name."""
    kinds = [kind, *(kind_of_index(name) for name in kind.reads)]
    ordered = sorted(visits, key=lambda item: item.repository)
    names = {item.repository for item in ordered}
    found = IndexInput(
        coverage=tuple(_coverage(item, kind) for item in ordered),
        records=records_of(ordered, kind),
        problems=_problems(ordered, kind),
        fleet={name: entry for name, entry in entries.items() if name in names},
        others={other.index: records_of(ordered, other) for other in kinds[1:]},
    )
    return assemble(kind, found)


def _reading(item: Visit, kind: DocumentKind) -> list[KindReading]:
    return [reading for reading in item.readings if reading.kind is kind]


def _coverage(item: Visit, kind: DocumentKind) -> Coverage:
    documents = [
        document for reading in _reading(item, kind) for document in reading.documents if document.parsed.counted
    ]
    refused = sum(document.parsed.payload is None for document in documents)
    failed = item.status not in (Status.OK.value, Status.EMPTY.value, NOT_YET)
    return Coverage(
        item.repository, item.status, failed, item.commit, len(documents), len(documents) - refused, refused
    )


def records_of(visits: Sequence[Visit], kind: DocumentKind) -> tuple[IndexedRecord, ...]:
    """A kind's records in what was read, by repository, path and ordinal."""
    found = []
    for item in visits:
        for reading in _reading(item, kind):
            documents = {document.path: document for document in reading.documents}
            for record in reading.resolution.records:
                document = documents[record.path]
                payload = kind.model.model_validate(clean_json(record.payload.model_dump(mode="json")))
                commit = document.last_commit.id if document.last_commit else ""
                found.append(
                    IndexedRecord(
                        item.repository, record.path, record.ordinal, commit, document.blob, record.line, payload
                    )
                )
    return tuple(sorted(found, key=lambda record: (record.repository, record.path, record.ordinal)))


def _problems(visits: Sequence[Visit], kind: DocumentKind) -> tuple[LocatedProblem, ...]:
    found = [
        LocatedProblem(problem, item.repository, item.commit)
        for item in visits
        for reading in _reading(item, kind)
        for problem in reading.problems
    ]
    return tuple(sorted(found, key=lambda item: item.order))

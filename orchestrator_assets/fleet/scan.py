"""Scanning: from refs to records. The one path that the UI, the sensor, the schedule and the CLI all take.

A repository whose ref stands where it was scanned last costs one ref comparison. One bad repository never keeps the
others from being scanned: it gets a status and keeps the records of its last good scan.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

import orchestrator_assets
from orchestrator_assets.catalog import fleet_store, snapshot_store
from orchestrator_assets.catalog.content_store import Content, load_content
from orchestrator_assets.catalog.fleet_store import Seen, Target
from orchestrator_assets.catalog.snapshot_store import CatalogCache, KindResult, Snapshot
from orchestrator_assets.documents.text import storable, visible
from orchestrator_assets.fleet.content import guard
from orchestrator_assets.fleet.facts import history_facts, tree_facts
from orchestrator_assets.fleet.history import History, only_empty_commits, read_history
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import Listing, ObjectStore, RepositoryUnavailable, Status, TreeEntry
from orchestrator_assets.fleet.path_history import Dated
from orchestrator_assets.fleet.reading import KindReading, RepositoryReader, Stopwatch
from orchestrator_assets.fleet.scan_problems import FAILED, REPLACED
from orchestrator_assets.fleet.travel import read_kinds_at
from orchestrator_assets.kinds import kinds
from orchestrator_assets.problems import LocatedProblem, Problem, Severity
from orchestrator_assets.settings import Settings

_MAILMAP_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What came of scanning one repository. `changed` is whether anything was read anew; `documents` counts counted
    documents by index name; `seconds` is wall time, `parts` its share per step."""

    key: str
    repository: str
    status: Status
    commit: str | None = None
    ref: str | None = None
    changed: bool = False
    detail: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, int] = field(default_factory=dict)
    problems: int = 0
    seconds: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)


def scan(
    engine: Engine,
    settings: Settings,
    targets: Sequence[Target],
    source: str,
    progress: Callable[[ScanResult], None] = lambda result: None,
) -> list[ScanResult]:
    """Scans repositories, a few at once, and returns a result for each, in the order of `targets`. `source` says who
    asked (cli, dagster); `progress` is called with each result as it comes. Database errors are raised; whatever is
    wrong with a repository is in its result."""
    results: dict[str, ScanResult] = {}
    with ThreadPoolExecutor(settings.scan_workers, thread_name_prefix="scan") as pool:
        running = [pool.submit(scan_one, engine, settings, target, source) for target in targets]
        try:
            for future in as_completed(running):
                result = future.result()
                results[result.key] = result
                progress(result)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [results[target.repository.key] for target in targets]


def scan_one(engine: Engine, settings: Settings, target: Target, source: str) -> ScanResult:
    """Scans one repository."""
    began = time.perf_counter()
    try:
        store = open_repository(target.repository, settings)
        outcome = _scan_store(engine, settings, target, store, source)
    except RepositoryUnavailable as unavailable:
        outcome = _unavailable(engine, settings, target, unavailable)
    return _timed(outcome, time.perf_counter() - began)


def _unavailable(engine: Engine, settings: Settings, target: Target, found: RepositoryUnavailable) -> ScanResult:
    key, status, reason = target.repository.key, found.status, storable(visible(found.reason))
    if status is Status.EMPTY and target.scanned_commit is not None:
        status, reason = Status.NO_HEAD, "all its refs are gone, though it had commits when it was scanned before"
    if status.failed:
        base, limit, asked = settings.retry_base, settings.retry_limit, found.retry_after or 0.0
        fleet_store.record_failure(engine, key, status.value, reason, base, limit, asked)
    else:
        fleet_store.record_empty(engine, key, status.value, reason)
    return ScanResult(key, target.repository.name, status, detail=reason)


def failed_repositories(targets: Sequence[Target]) -> list[LocatedProblem]:
    """A problem for each repository whose newest scan failed."""
    return [
        LocatedProblem(FAILED.at(status=item.status, reason=item.detail), item.repository.name, item.scanned_commit)
        for item in targets
        if item.failures > 0
    ]


def scanned_with(settings: Settings, entry_settings: Mapping[str, Any]) -> str:
    """Digest of everything besides the commit that a scan's outcome depends on."""
    parts = {
        "package": orchestrator_assets.__version__,
        "kinds": [(kind.name, kind.version, kind.settings) for kind in kinds()],
        "settings": dict(entry_settings),
        "limits": [settings.blob_limit, settings.tree_limit, settings.tree_depth],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _scan_store(engine: Engine, settings: Settings, target: Target, store: ObjectStore, source: str) -> ScanResult:
    key, name = target.repository.key, target.repository.name
    digest = scanned_with(settings, target.repository.settings)

    def resolve() -> tuple[str, str]:
        head = store.resolve(target.repository.ref)
        return storable(head.ref), head.commit

    ref, commit = resolve()
    if _unchanged(target, ref, commit, digest):
        return ScanResult(key, name, Status.UNCHANGED, commit, ref)
    seen = fleet_store.observe(engine, key, resolve, source)
    watch = Stopwatch()
    moved = _same_content(engine, key, store, seen, watch) if target.scanned_with == digest else None
    if moved is not None and snapshot_store.move_snapshot(engine, key, moved):
        return _result_of(target, moved, watch)
    outcome = _read(engine, settings, target, store, seen, watch)
    with watch.part("store"):
        written = snapshot_store.replace_snapshot(
            engine, key, outcome.snapshot, digest, outcome.results, outcome.problems, outcome.contents
        )
    found = [*outcome.problems, *(problem for result in outcome.results for problem in result.problems)]
    return ScanResult(
        key,
        name,
        Status.OK if written else Status.UNCHANGED,
        seen.commit,
        seen.ref,
        changed=written,
        detail=None if written else "a newer scan was faster",
        facts=outcome.snapshot.facts,
        documents={r.kind.index: sum(item.parsed.counted for item in r.documents) for r in outcome.results},
        problems=len(found),
        parts=watch.seconds,
    )


def _same_content(engine: Engine, key: str, store: ObjectStore, seen: Seen, watch: Stopwatch) -> Snapshot | None:
    """The last good scan moved to a commit that adds only empty commits to it: not one file need be looked at. None if
    there is more to it."""
    with watch.part("load"):
        previous = snapshot_store.load_snapshot(engine, key)
    if previous is None or not only_empty_commits(store, previous.commit, seen.commit):
        return None
    with watch.part("history"):
        history = read_history(store, seen.commit, History.from_json(previous.history))
    mailmap = store.lookup(bytes.fromhex(previous.tree), [b".mailmap"]).get(b".mailmap")
    data = _mailmap(store, TreeEntry(mailmap[0], mailmap[1].hex())) if mailmap else None
    facts = {**previous.facts, **history_facts(history, data, store.shallow)}
    return Snapshot(seen.seq, seen.ref, seen.commit, previous.tree, facts, history.as_json())


def _result_of(target: Target, moved: Snapshot, watch: Stopwatch) -> ScanResult:
    return ScanResult(
        target.repository.key,
        target.repository.name,
        Status.OK,
        moved.commit,
        moved.ref,
        changed=True,
        facts=moved.facts,
        documents=moved.facts["documents"],
        problems=sum(moved.facts["problems"].values()),
        parts=watch.seconds,
    )


def _mailmap(store: ObjectStore, entry: TreeEntry) -> bytes | None:
    return store.read(entry.blob) if entry.readable and (store.size(entry.blob) or 0) <= _MAILMAP_LIMIT else None


def _unchanged(target: Target, ref: str, commit: str, digest: str) -> bool:
    same_ref = (target.seen_ref, target.seen_commit) == (ref, commit) and target.scanned_seq == target.seen_seq
    return same_ref and target.scanned_with == digest and target.status == Status.OK.value


@dataclass(frozen=True, slots=True)
class _Outcome:
    snapshot: Snapshot
    results: list[KindResult]
    problems: list[Problem]
    contents: Mapping[str, Content]


def _read(
    engine: Engine, settings: Settings, target: Target, store: ObjectStore, seen: Seen, watch: Stopwatch
) -> _Outcome:
    key = target.repository.key
    with watch.part("load"):
        previous = snapshot_store.load_snapshot(engine, key)
        dates = snapshot_store.known_dates(engine, key) if previous else {}
    with watch.part("list"):
        tree = store.tree_of(seen.commit)
        listing = store.listing(tree, settings.tree_limit, settings.tree_depth)
        before = _previous_listing(store, settings, previous)
        store.want(entry.blob for entry in listing.files.values() if entry.readable)
    reader = RepositoryReader(
        store=store,
        name=target.repository.name,
        commit=seen.commit,
        listing=listing,
        entry_settings=target.repository.settings,
        blob_limit=settings.blob_limit,
        cache=CatalogCache(engine),
        dated={
            raw: Dated(*dates[path])
            for path in dates
            if (raw := before.raw(path) if before else path.encode()) is not None
        },
        dated_at=previous.commit if previous and before else None,
        watch=watch,
    )
    readings, problems = reader.read(kinds())
    with watch.part("guard"):
        readings, contents = guard(
            readings,
            load_content(engine, key),
            store,
            seen.commit,
            lambda kind, commit: read_kinds_at(
                engine, settings, target.repository, store, commit, [kind], dating=False
            )[0],
        )
    with watch.part("history"):
        known = History.from_json(previous.history) if previous else None
        history = read_history(store, seen.commit, known)
    if known and known.roots and history.roots and not set(known.roots) & set(history.roots):
        problems.append(REPLACED.at())
    with watch.part("facts"):
        facts = _facts(store, listing, before, previous, history, readings, problems)
    snapshot = Snapshot(seen.seq, seen.ref, seen.commit, tree, facts, history.as_json())
    results = [KindResult(r.kind, r.documents, r.resolution.records, r.problems) for r in readings]
    return _Outcome(snapshot, results, problems, contents)


def _previous_listing(store: ObjectStore, settings: Settings, previous: Snapshot | None) -> Listing | None:
    """The files of the last good scan, if its tree is still there."""
    if previous is None:
        return None
    try:
        return store.listing(previous.tree, settings.tree_limit, settings.tree_depth)
    except RepositoryUnavailable:
        return None


def _facts(
    store: ObjectStore,
    listing: Listing,
    before: Listing | None,
    previous: Snapshot | None,
    history: History,
    readings: Sequence[KindReading],
    problems: Sequence[Problem],
) -> dict[str, Any]:
    mailmap = listing.files.get(".mailmap")
    by_severity = {severity.value: 0 for severity in Severity}
    for problem in [*problems, *(problem for reading in readings for problem in reading.problems)]:
        by_severity[problem.severity.value] += 1
    return {
        **history_facts(history, _mailmap(store, mailmap) if mailmap else None, store.shallow),
        **tree_facts(store, listing, before, previous.facts if previous else None),
        "documents": {r.kind.index: sum(item.parsed.counted for item in r.documents) for r in readings},
        "problems": by_severity,
    }


def _timed(result: ScanResult, seconds: float) -> ScanResult:
    return ScanResult(**{**{name: getattr(result, name) for name in ScanResult.__slots__}, "seconds": seconds})

"""Watching: what moved since it was scanned, and which runs must be asked for because of it.

The sensor calls `look` and `plan` and nothing else. Everything that is remembered stands in the catalog, so a restart
at any point neither loses a change nor runs it twice: a request is written down, under the key its run will have,
before Dagster is asked; asking again for a key that Dagster knows does nothing.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Semaphore
from urllib.parse import urlsplit

from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store, inbox_store, request_store
from orchestrator_assets.catalog.fleet_store import Target
from orchestrator_assets.documents.text import storable, visible
from orchestrator_assets.fleet.locate import check_allowed, is_local, mirror_of
from orchestrator_assets.fleet.mirrors import LONGEST_WAIT, NoSuchRef, Unreachable
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.settings import Settings

BATCH = 250
"""Repositories in one run at most."""

_SOURCE = "sensor"
_LOOK_SECONDS = 40
"""After which no more remotes are asked in one look."""
_PAUSE = 0.4
_CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of this machine and the database's may honestly differ."""


class RunState(StrEnum):
    """What Dagster knows of the run with a given key."""

    UNKNOWN = "unknown"
    ACTIVE = "active"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Request:
    """A run to ask for: its key, the partition keys it scans, and the webhooks that told of them (PROVIDER/ID)."""

    run_key: str
    repositories: tuple[str, ...]
    webhooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the fleet: how many repositories were looked at, which moved, and which could not be looked at
    (partition key -> reason)."""

    looked_at: int
    moved: tuple[str, ...]
    failing: dict[str, str]


def watch(
    engine: Engine, settings: Settings, run_state: Callable[[str], RunState], seconds: float
) -> tuple[Look, list[Request]]:
    """Looks, and goes on looking for some seconds until there is something to ask for: whoever calls this every five
    seconds would else see a push up to five seconds late. A tenth of one processor at most goes into it."""
    until = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        seen = look(engine, settings, began + _LOOK_SECONDS)
        asked = plan(engine, settings, run_state)
        pause = max(_PAUSE, 9 * (time.monotonic() - began))
        if asked or time.monotonic() + pause > until:
            return seen, asked
        time.sleep(pause)


def look(engine: Engine, settings: Settings, deadline: float) -> Look:
    """Compares every repository's ref with what was seen of it last, and numbers what is new. Local repositories are
    read in this thread (a fifth of a millisecond each); remotes are asked a few at once, each only when its interval
    has passed, and none after `deadline` (time.monotonic seconds). A repository that a webhook named is looked at
    whatever it waits for."""
    now = datetime.now(UTC)
    began, hinted = inbox_store.database_time(engine), inbox_store.waiting(engine)
    due = [
        target
        for target in fleet_store.targets(engine)
        if target.repository.key in hinted or not _backing_off(target, settings, now)
    ]
    local, remote = [], []
    for target in due:
        if is_local(target.repository) or target.repository.refused:
            local.append(target)
        elif target.repository.key in hinted or _is_due(target, settings, now):
            remote.append(target)
    moved: list[str] = []
    failing: dict[str, str] = {}
    looked = [target.repository.key for target in local]
    for target in local:
        _note(engine, settings, target, _local_head(target), moved, failing)
    remote.sort(key=lambda item: item.looked_at or datetime.min.replace(tzinfo=UTC))  # who waits longest comes first
    hosts = {_host(target): Semaphore(settings.host_concurrency) for target in remote}

    def ask(target: Target) -> Head | None:
        with hosts[_host(target)]:
            return _remote_head(target, settings, deadline)

    with ThreadPoolExecutor(settings.remote_workers, thread_name_prefix="look") as pool:
        for target, head in zip(remote, pool.map(ask, remote), strict=True):
            if head is not None:
                _note(engine, settings, target, head, moved, failing)
                fleet_store.record_look(engine, target.repository.key)
                looked.append(target.repository.key)
    _settle(engine, hinted.intersection(looked), moved, failing, began)
    return Look(len(local) + len(remote), tuple(moved), failing)


def _settle(
    engine: Engine, hinted: set[str], moved: Sequence[str], failing: Mapping[str, str], began: datetime
) -> None:
    """Ends the wait of deliveries whose repositories were looked at. A repository that answered needs no more waiting
    either, whatever it did before."""
    if hinted:
        fleet_store.forget_wait(engine, sorted(hinted - failing.keys()))
        inbox_store.settle(engine, sorted(hinted), moved, began)


def plan(engine: Engine, settings: Settings, run_state: Callable[[str], RunState]) -> list[Request]:
    """The runs to ask for now: one for all changes that nobody has asked for yet (or a few, `BATCH` repositories
    each), and again those that Dagster was never told of. A change whose run ended without recording it, and a
    repository whose scan failed, is asked for again once its wait is over."""
    now = datetime.now(UTC)
    requests: dict[str, Request] = {}
    states: dict[str, RunState] = {}
    fresh: list[tuple[str, int, int]] = []
    latest = request_store.latest(engine)
    for target in fleet_store.targets(engine):
        if target.seen_seq is None or not (target.pending or _failed(target)) or _backing_off(target, settings, now):
            continue
        asked = latest.get((target.repository.key, target.seen_seq))
        if asked is None:
            fresh.append((target.repository.key, target.seen_seq, 0))
            continue
        state = states.setdefault(asked.run_key, run_state(asked.run_key))
        if state is RunState.UNKNOWN:
            requests[asked.run_key] = Request(asked.run_key, request_store.repositories_of(engine, asked.run_key))
        elif state is RunState.FINISHED and _passed(asked.requested_at, _wait(settings, asked.attempt), now):
            fresh.append((target.repository.key, target.seen_seq, asked.attempt + 1))
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        run_key = _run_key(batch)
        request_store.save(engine, run_key, batch)
        keys = tuple(key for key, _, _ in batch)
        requests[run_key] = Request(run_key, keys, inbox_store.led_to(engine, keys, run_key))
    return list(requests.values())


def _run_key(batch: Sequence[tuple[str, int, int]]) -> str:
    """Names these changes and this attempt: the sequence number makes a ref's return to an old commit a new key."""
    told = "\n".join(f"{key} {seq} {attempt}" for key, seq, attempt in sorted(batch))
    return f"changes-{hashlib.sha256(told.encode()).hexdigest()[:20]}"


Head = tuple[str, str] | RepositoryUnavailable


def _local_head(target: Target) -> Head:
    try:
        check_allowed(target.repository)
        head = ObjectStore(Path(target.repository.url)).resolve(target.repository.ref)
    except RepositoryUnavailable as unavailable:
        return unavailable
    return storable(head.ref), head.commit


def _remote_head(target: Target, settings: Settings, deadline: float) -> Head | None:
    if time.monotonic() >= deadline:
        return None
    try:
        return mirror_of(target.repository, settings).remote_head(target.repository.ref)
    except NoSuchRef as error:
        return RepositoryUnavailable(Status.EMPTY if error.empty else Status.NO_HEAD, error.reason)
    except Unreachable as error:
        return RepositoryUnavailable(Status.UNREACHABLE, str(error), error.retry_after)


def _note(
    engine: Engine, settings: Settings, target: Target, head: Head, moved: list[str], failing: dict[str, str]
) -> None:
    key = target.repository.key
    if isinstance(head, RepositoryUnavailable):
        if head.status.failed or target.scanned_commit is not None:
            reason = storable(visible(head.reason))
            status = head.status if head.status.failed else Status.NO_HEAD
            failing[key] = reason
            wait = head.retry_after or 0.0
            fleet_store.record_failure(
                engine, key, status.value, reason, settings.retry_base, settings.retry_limit, wait
            )
        return
    if (target.seen_ref, target.seen_commit) == head:
        return
    settled = head

    def resolve() -> tuple[str, str]:
        # A local ref is read again under the lock, so that the order of the numbers is the order of the readings. A
        # remote's answer may be old by then: the scan fetches the tip and numbers it again.
        now = _local_head(target) if is_local(target.repository) else settled
        if isinstance(now, RepositoryUnavailable):
            raise now
        return now

    try:
        fleet_store.observe(engine, key, resolve, _SOURCE)
    except RepositoryUnavailable:
        return  # gone between two readings: the next look will say so
    moved.append(key)


def _is_due(target: Target, settings: Settings, now: datetime) -> bool:
    """Whether a remote's interval has passed: half the time since its last change, between `remote_interval` and
    `remote_longest`, a tenth more or less so that remotes do not fall into step."""
    if target.looked_at is None:
        return True
    quiet = (now - target.changed_at).total_seconds() / 2 if target.changed_at else 0.0
    interval = min(max(quiet, settings.remote_interval), max(settings.remote_longest, settings.remote_interval))
    seed = zlib.crc32(f"{target.repository.key} {target.looked_at.timestamp()}".encode()) / 2**32
    return _passed(target.looked_at, timedelta(seconds=interval * (0.9 + 0.2 * seed)), now)


def _host(target: Target) -> str:
    """What stands for a remote's server: requests to one are bounded together."""
    url = target.repository.url
    return urlsplit(url).hostname or "" if "://" in url else url.partition(":")[0].rpartition("@")[2]


def _failed(target: Target) -> bool:
    return target.status is not None and target.failures > 0


def _backing_off(target: Target, settings: Settings, now: datetime) -> bool:
    if target.next_attempt_at is None or now >= target.next_attempt_at:
        return False
    # Nobody waits longer than that: such a moment was noted by a clock that ran ahead.
    return target.next_attempt_at - now <= timedelta(seconds=max(settings.retry_limit, LONGEST_WAIT))


def _passed(since: datetime, wait: timedelta, now: datetime) -> bool:
    """Whether a wait is over. It is, too, if it began in the future: the clock was set back since, and nothing must
    stand still until it comes there again."""
    return now - since >= wait or since - now > _CLOCKS_DIFFER


def _wait(settings: Settings, attempt: int) -> timedelta:
    return timedelta(seconds=min(settings.retry_base * 2 ** min(attempt, 30), settings.retry_limit))

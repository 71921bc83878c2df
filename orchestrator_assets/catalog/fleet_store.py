"""The fleet in the catalog: its repositories, what was seen of their refs, and what came of scanning them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.tables import observation, registry_version, repository, repository_state

REFUSED_BECAUSE = "refused_because"
"""Key in a stored entry: why its repository is not read at all."""


@dataclass(frozen=True, slots=True)
class FleetRepository:
    """A repository as the registry in force names it. `key` is its Dagster partition key; `url` an absolute path or
    a git URL; `settings` per document kind."""

    key: str
    name: str
    url: str
    ref: str | None
    settings: Mapping[str, Any]
    entry: Mapping[str, Any]

    @property
    def refused(self) -> str | None:
        """Why the repository is not read at all; None if it is."""
        return self.entry.get(REFUSED_BECAUSE)


@dataclass(frozen=True, slots=True)
class Target:
    """A repository and the state of its scans: what a scan or the watcher needs to decide whether anything is new.
    `pending` is whether the newest observation is not scanned yet; `changed_at` is when that
    observation was made."""

    repository: FleetRepository
    seen_seq: int | None
    seen_ref: str | None
    seen_commit: str | None
    scanned_seq: int | None
    scanned_commit: str | None
    scanned_ref: str | None
    scanned_with: str | None
    status: str | None
    detail: str | None
    failures: int
    next_attempt_at: datetime | None
    failing_since: datetime | None
    looked_at: datetime | None
    changed_at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether a change was seen that no scan has recorded."""
        return self.seen_seq is not None and self.seen_seq != self.scanned_seq


@dataclass(frozen=True, slots=True)
class RegistryVersion:
    """A registry file as it was read. `valid` is whether it came into force; `problems` are stored problems."""

    id: int
    file: str
    digest: str
    content: str
    valid: bool
    problems: list[dict[str, Any]]


def newest_registry(engine: Engine, valid: bool | None = None) -> RegistryVersion | None:
    """The newest registry that was read, or the newest valid one: that one is in force."""
    query = select(registry_version).order_by(registry_version.c.id.desc()).limit(1)
    if valid is not None:
        query = query.where(registry_version.c.valid == valid)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return RegistryVersion(row.id, row.file, row.digest, row.content, row.valid, row.problems)


def save_registry(connection: Connection, version: RegistryVersion) -> None:
    """Keeps a reading, unless it equals the newest one."""
    newest = connection.execute(select(registry_version).order_by(registry_version.c.id.desc()).limit(1)).first()
    if newest and (newest.file, newest.digest, newest.problems) == (version.file, version.digest, version.problems):
        return
    connection.execute(
        insert(registry_version).values(
            file=version.file,
            digest=version.digest,
            content=version.content,
            valid=version.valid,
            problems=version.problems,
        )
    )


def sync_repositories(
    connection: Connection, wanted: Sequence[FleetRepository], renamed: Mapping[str, str], retired: Sequence[str]
) -> None:
    """Makes the fleet equal `wanted`: renames (old key -> new key) keep all records; names in `retired` are flagged.
    Whatever is in neither stays as it is: a fleet never shrinks by omission."""
    for old, new in renamed.items():
        name = next(item.name for item in wanted if item.key == new)
        connection.execute(update(repository).where(repository.c.key == old).values(key=new, name=name))
    for position, item in enumerate(wanted):
        values = {
            "key": item.key,
            "name": item.name,
            "url": item.url,
            "ref": item.ref,
            "position": position,
            "retired": False,
            "settings": dict(item.settings),
            "entry": dict(item.entry),
        }
        statement = insert(repository).values(values)
        connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    if retired:
        connection.execute(update(repository).where(repository.c.name.in_(retired)).values(retired=True))


def fleet(engine: Engine) -> list[FleetRepository]:
    """The repositories in force, in the registry's order."""
    query = select(repository).where(~repository.c.retired).order_by(repository.c.position, repository.c.key)
    with engine.connect() as connection:
        return [_repository(row) for row in connection.execute(query)]


def targets(engine: Engine, keys: Sequence[str] | None = None) -> list[Target]:
    """Repositories in force with the state of their scans, all or those of the given keys."""
    query = (
        select(repository, repository_state, observation.c.observed_at)
        .outerjoin(repository_state, repository_state.c.repository == repository.c.key)
        .outerjoin(observation, observation.c.seq == repository_state.c.seen_seq)
        .where(~repository.c.retired)
        .order_by(repository.c.position, repository.c.key)
    )
    if keys is not None:
        query = query.where(repository.c.key.in_(list(keys)))
    with engine.connect() as connection:
        return [_target(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation: the sequence number under which a ref was seen at a commit."""

    seq: int
    ref: str
    commit: str


def observe(engine: Engine, key: str, resolve: Callable[[], tuple[str, str]], source: str) -> Seen:
    """Reads a repository's ref with `resolve() -> (ref, commit)` and numbers what it saw, if it is new.

    The ref is read while the repository's row is locked, so the order of the numbers is the order of the readings:
    a slow reader can never give an old commit a newer number. What `resolve` raises passes through."""
    with engine.begin() as connection:
        connection.execute(insert(repository_state).values(repository=key).on_conflict_do_nothing())
        state = connection.execute(
            select(repository_state).where(repository_state.c.repository == key).with_for_update()
        ).one()
        ref, commit = resolve()
        if state.seen_seq is not None and (state.seen_ref, state.seen_commit) == (ref, commit):
            return Seen(state.seen_seq, ref, commit)
        seq: int = connection.execute(
            insert(observation)
            .values(repository=key, ref=ref, commit=commit, source=source)
            .returning(observation.c.seq)
        ).scalar_one()
        connection.execute(
            update(repository_state)
            .where(repository_state.c.repository == key)
            .values(seen_seq=seq, seen_ref=ref, seen_commit=commit)
        )
        return Seen(seq, ref, commit)


def record_failure(
    engine: Engine, key: str, status: str, detail: str, base: float, limit: float, at_least: float = 0.0
) -> None:
    """Notes that a repository could not be scanned, and when to try again: after `base` seconds, doubling with each
    failure in a row up to `limit`, and not before `at_least` seconds (what the remote asked for). Its records stay
    those of the last good scan."""
    failed_before = repository_state.c.failures
    wait = func.greatest(func.least(base * func.power(2.0, func.least(failed_before, 30)), limit), at_least)
    again = func.clock_timestamp() + wait * text("interval '1 second'")
    with engine.begin() as connection:
        connection.execute(insert(repository_state).values(repository=key).on_conflict_do_nothing())
        connection.execute(
            update(repository_state)
            .where(repository_state.c.repository == key)
            .values(
                status=status,
                detail=detail,
                failures=failed_before + 1,
                next_attempt_at=again,
                failing_since=func.coalesce(repository_state.c.failing_since, func.clock_timestamp()),
            )
        )


def record_empty(engine: Engine, key: str, status: str, detail: str) -> None:
    """Notes that a repository holds nothing to scan: no failure, but no records either."""
    values: dict[str, Any] = {
        "status": status,
        "detail": detail,
        "failures": 0,
        "next_attempt_at": None,
        "failing_since": None,
    }
    with engine.begin() as connection:
        statement = insert(repository_state).values(repository=key, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["repository"], set_=values))


def forget_wait(engine: Engine, keys: Sequence[str]) -> None:
    """Lets repositories that answer again be scanned without waiting for their next attempt."""
    if keys:
        with engine.begin() as connection:
            connection.execute(
                update(repository_state)
                .where(repository_state.c.repository.in_(list(keys)), repository_state.c.next_attempt_at.is_not(None))
                .values(next_attempt_at=None)
            )


def record_look(engine: Engine, key: str) -> None:
    """Notes that a remote was asked for its refs just now."""
    with engine.begin() as connection:
        statement = insert(repository_state).values(repository=key, looked_at=func.clock_timestamp())
        connection.execute(
            statement.on_conflict_do_update(index_elements=["repository"], set_={"looked_at": func.clock_timestamp()})
        )


def _repository(row: Row[Any]) -> FleetRepository:
    return FleetRepository(row.key, row.name, row.url, row.ref, row.settings, row.entry)


def _target(row: Row[Any]) -> Target:
    return Target(
        _repository(row),
        row.seen_seq,
        row.seen_ref,
        row.seen_commit,
        row.scanned_seq,
        row.scanned_commit,
        row.scanned_ref,
        row.scanned_with,
        row.status,
        row.detail,
        row.failures or 0,
        row.next_attempt_at,
        row.failing_since,
        row.looked_at,
        row.observed_at,
    )

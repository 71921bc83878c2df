"""From `REPOS.yaml` to the fleet in force.

A registry that cannot be read, or that lost repositories without saying so, is kept with its problems but does not
come into force: the last good one stays, so that a typing error never shrinks the fleet.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.fleet_store import REFUSED_BECAUSE, FleetRepository, RegistryVersion
from orchestrator_assets.catalog.snapshot_store import clean_json, problem_as_json
from orchestrator_assets.fleet.registry import lost_entries, lost_problem, read_registry
from orchestrator_assets.fleet.registry_findings import findings
from orchestrator_assets.fleet.registry_model import Registry, RepositoryEntry, partition_key
from orchestrator_assets.fleet.registry_url import UrlPolicy, UrlRefused, check_url, ref_is_safe
from orchestrator_assets.fleet.scan_problems import NO_REGISTRY
from orchestrator_assets.problems import Problem
from orchestrator_assets.settings import Settings

_USER = re.compile(rb"(\bhttps?://)[^\s/'\"@]*@", re.IGNORECASE)
_PASSWORD = re.compile(rb"(://[^\s/'\"@:]*:)[^\s/'\"@]*@")


@dataclass(frozen=True, slots=True)
class FleetReading:
    """What reading the registry came to. `in_force` is the fleet now; `valid` is whether the file itself can be read,
    `intact` whether it came into force. `lost` are names it would have dropped; `repair` is a unified diff."""

    file: str
    digest: str
    valid: bool
    intact: bool
    problems: tuple[Problem, ...]
    in_force: list[FleetRepository]
    added: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    repair: str | None = None


def sync_fleet(engine: Engine, settings: Settings, accept_loss: bool = False) -> FleetReading:
    """Reads the registry and brings it into force if it is good. With `accept_loss`, repositories that it no longer
    names are retired instead of being a problem."""
    path = settings.fleet_path
    data = _content(path)
    digest = _digest(data)
    if data is None:
        return _not_in_force(engine, path, digest, "", (NO_REGISTRY.at(str(path), None, file=path),))
    data = _without_secrets(data)
    reading = read_registry(data, str(path))
    content = data.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    diff = reading.repair.diff if reading.repair else None
    if reading.registry is None:
        return _not_in_force(engine, path, digest, content, reading.problems, repair=diff)
    registry = reading.registry
    policy = UrlPolicy(file_roots=tuple(root.expanduser().resolve() for root in settings.local_roots))
    problems = (*reading.problems, *findings(registry, policy))
    before = _in_force(engine)
    lost = lost_entries(before, registry) if before else []
    shrunk = lost_problem(before, registry) if before and not accept_loss else None
    if shrunk is not None:
        return _not_in_force(engine, path, digest, content, (*problems, shrunk), valid=True, lost=lost)
    return _put_in_force(engine, path, digest, content, registry, problems, policy, lost)


def registry_changed(engine: Engine, settings: Settings) -> str | None:
    """A key that names this change of the registry file, if it is not the one that was read last; None if it is."""
    newest = fleet_store.newest_registry(engine)
    digest = _digest(_content(settings.fleet_path))
    if newest is None:
        return None if digest == _digest(None) else f"registry-0-{digest[:16]}"
    same = newest.digest == digest and newest.file == str(settings.fleet_path)
    return None if same else f"registry-{newest.id}-{digest[:16]}"


def _put_in_force(
    engine: Engine,
    path: Path,
    digest: str,
    content: str,
    registry: Registry,
    problems: tuple[Problem, ...],
    policy: UrlPolicy,
    lost: Sequence[str],
) -> FleetReading:
    wanted = [_repository(registry, entry, path.parent, policy) for entry in registry.members.values()]
    known = {item.key: item.name for item in fleet_store.fleet(engine)}
    renamed = _renamed(registry, known)
    deprecated = {entry.name for entry in registry.deprecated} | set(lost)
    retired = sorted(deprecated & set(known.values()))
    with engine.begin() as connection:
        fleet_store.save_registry(connection, _version(path, digest, content, True, problems))
        fleet_store.sync_repositories(connection, wanted, renamed, retired)
    added = [item.name for item in wanted if item.key not in known and item.key not in renamed.values()]
    in_force = fleet_store.fleet(engine)
    return FleetReading(str(path), digest, True, True, problems, in_force, added, renamed, retired)


def _not_in_force(
    engine: Engine,
    path: Path,
    digest: str,
    content: str,
    problems: tuple[Problem, ...],
    valid: bool = False,
    lost: list[str] | None = None,
    repair: str | None = None,
) -> FleetReading:
    with engine.begin() as connection:
        fleet_store.save_registry(connection, _version(path, digest, content, False, problems))
    in_force = fleet_store.fleet(engine)
    return FleetReading(str(path), digest, valid, False, problems, in_force, lost=lost or [], repair=repair)


def _version(path: Path, digest: str, content: str, good: bool, problems: Sequence[Problem]) -> RegistryVersion:
    return RegistryVersion(0, str(path), digest, content, good, [problem_as_json(item) for item in problems])


def _in_force(engine: Engine) -> Registry | None:
    version = fleet_store.newest_registry(engine, valid=True)
    return read_registry(version.content.encode(), version.file).registry if version else None


def _renamed(registry: Registry, known: dict[str, str]) -> dict[str, str]:
    """Keys in the catalog that an entry names as its former name -> the entry's key, which is new."""
    renamed: dict[str, str] = {}
    for alias, entry in registry.aliases.items():
        old, new = partition_key(alias), partition_key(entry.name)
        if old in known and new not in known and new not in renamed.values():
            renamed[old] = new
    return renamed


def _repository(registry: Registry, entry: RepositoryEntry, base: Path, policy: UrlPolicy) -> FleetRepository:
    written = clean_json(entry.as_written())
    url, refused = registry.url_of(entry), None
    if url is None:
        address, refused = "", "the registry gives it no url"
    else:
        try:
            address = check_url(url, base, policy).url
        except UrlRefused as error:
            address, refused = "", f"its url is refused: {error.reason}"
    if entry.ref is not None and not ref_is_safe(entry.ref):
        refused = "its ref is no name of a branch or tag"
    if refused:
        written[REFUSED_BECAUSE] = refused
    settings = clean_json(dict(entry.settings))
    return FleetRepository(partition_key(entry.name), entry.name, address, entry.ref, settings, written)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _without_secrets(data: bytes) -> bytes:
    """The registry without the users and passwords of its URLs: such a URL is refused, and what is in it must not get
    into the catalog with the file's text. A user of ssh is no secret."""
    return _PASSWORD.sub(rb"\1***@", _USER.sub(rb"\1***@", data))


def _digest(data: bytes | None) -> str:
    return "missing" if data is None else hashlib.sha256(data).hexdigest()

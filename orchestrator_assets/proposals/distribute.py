"""Distribution: files that one repository keeps for all, proposed to those that lack them or have an old version.

The source says in its `.orchestrator.yaml` what it distributes:

    distribute:
      commands: [.claude/commands/, .agent/commands.yml]
      templates: [docs/decisions/TEMPLATE.md]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pygit2

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import Listing, ObjectStore, RepositoryUnavailable
from orchestrator_assets.fleet.repository_settings import NAMED_SETS, SETTINGS_FILE, effective_settings
from orchestrator_assets.proposals.propose import Proposal, ProposalRefused, propose
from orchestrator_assets.settings import Settings

_HISTORY = 2_000
State = Literal["same", "lacks", "outdated", "edited"]


@dataclass(frozen=True, slots=True)
class Source:
    """What is distributed: the files of a repository at a commit by path, and the blobs that each path ever was."""

    repository: str
    name: str
    commit: str
    files: Mapping[str, bytes]
    past: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What one repository is offered: the state of each file there, and the proposal (None: nothing to propose, or it
    could not be made: then `problem` says why). A file `edited` there is only offered when that is asked for."""

    repository: str
    states: Mapping[str, State]
    proposal: Proposal | None
    problem: str | None = None


def find_source(repositories: Sequence[FleetRepository], settings: Settings, what: str) -> Source:
    """The set of that name: of the one repository whose settings define it, or `REPOSITORY:PATH`. ProposalRefused says
    which sets there are."""
    named, _, path = what.partition(":")
    sets: dict[str, list[FleetRepository]] = {}
    for repository in repositories:
        if path and repository.name == named:
            return _source(repository, settings, what, [path])
        for name in _sets(repository, settings):
            sets.setdefault(name, []).append(repository)
    homes = sets.get(what, [])
    if len(homes) == 1:
        return _source(homes[0], settings, what, _sets(homes[0], settings)[what])
    if homes:
        raise ProposalRefused(f"{what} is distributed by several repositories: {', '.join(r.name for r in homes)}")
    known = ", ".join(sorted(sets)) or f"none; define one under `{NAMED_SETS}:` in a {SETTINGS_FILE}"
    raise ProposalRefused(f"nothing called {what} is distributed; sets: {known} (or name REPOSITORY:PATH)")


def distribute(
    source: Source,
    targets: Sequence[FleetRepository],
    settings: Settings,
    apply: bool = False,
    overwrite: bool = False,
) -> Iterator[Offer]:
    """Offers the source's files to each target, one at a time. With `overwrite`, files that were edited there as well.
    One repository that cannot be read or written keeps nobody else from being offered anything."""
    branch = f"orchestrator/distribute/{source.name.replace(':', '/').strip('/').lower()}"
    for target in targets:
        if target.name == source.repository:
            continue
        try:
            store = open_repository(target, settings)
            head = store.resolve(target.ref).commit
            states = compare(source, store, head, settings)
            wanted = {"lacks", "outdated", *(["edited"] if overwrite else [])}
            files = {path: source.files[path] for path, state in states.items() if state in wanted}
            message = f"Distribute {source.name}\n\nFrom {source.repository} {source.commit}"
            made = propose(target, settings, head, files, branch, message, apply) if files else None
            yield Offer(target.name, states, made)
        except (RepositoryUnavailable, ProposalRefused) as error:
            yield Offer(target.name, {}, None, str(error))


def compare(source: Source, store: ObjectStore, head: str, settings: Settings) -> dict[str, State]:
    """The state of each distributed file in a repository: a version that the source once had is `outdated`, any other
    was `edited` there."""
    files = store.listing(store.tree_of(head), settings.tree_limit, settings.tree_depth).files
    states: dict[str, State] = {}
    for path, content in source.files.items():
        entry = files.get(path)
        if entry is None:
            states[path] = "lacks"
        elif entry.blob == str(pygit2.hash(content)):
            states[path] = "same"
        else:
            states[path] = "outdated" if entry.blob in source.past[path] else "edited"
    return states


def _sets(repository: FleetRepository, settings: Settings) -> dict[str, list[str]]:
    """The sets that a repository's settings define. One that cannot be read defines none: scanning tells why."""
    try:
        store = open_repository(repository, settings)
        listing = _listing(store, repository, settings)
        entry = listing.files.get(SETTINGS_FILE)
        data = store.read(entry.blob) if entry and entry.readable and (store.size(entry.blob) or 0) < 65536 else None
    except RepositoryUnavailable:
        return {}
    written = effective_settings(repository.settings, data)[0].get(NAMED_SETS, {})
    return {name: [str(path) for path in paths] for name, paths in written.items() if isinstance(paths, list)}


def _listing(store: ObjectStore, repository: FleetRepository, settings: Settings) -> Listing:
    head = store.resolve(repository.ref).commit
    return store.listing(store.tree_of(head), settings.tree_limit, settings.tree_depth)


def _source(repository: FleetRepository, settings: Settings, name: str, paths: Sequence[str]) -> Source:
    store = open_repository(repository, settings)
    head = store.resolve(repository.ref).commit
    listing = _listing(store, repository, settings)
    prefixes = tuple(path.rstrip("/") + "/" for path in paths)
    chosen = [path for path in listing.files if path in paths or path.startswith(prefixes)]
    store.want(listing.files[path].blob for path in chosen if listing.files[path].readable)
    files = {path: store.read(listing.files[path].blob) for path in chosen if listing.files[path].readable}
    if not files:
        raise ProposalRefused(f"{repository.name} has no file at {', '.join(paths)}")
    return Source(repository.name, name, head, files, _past(store, head, list(files)))


def _past(store: ObjectStore, head: str, paths: Sequence[str]) -> dict[str, frozenset[str]]:
    """The blobs that each path was, over the last commits of the source."""
    found: dict[str, set[str]] = {path: set() for path in paths}
    for number, commit in enumerate(store.pygit2.walk(pygit2.Oid(hex=head))):
        if number == _HISTORY:
            break
        for path in paths:
            try:
                found[path].add(str(commit.tree[path].id))
            except KeyError:
                continue
    return {path: frozenset(blobs) for path, blobs in found.items()}

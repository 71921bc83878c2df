"""A repository at one commit, as evidence: which paths stand there, what they hold, which commits there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import pygit2

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.documents.text import decode
from orchestrator_assets.fleet.locate import is_local, mirror_of, open_mirror, open_repository
from orchestrator_assets.fleet.objects import Listing, ObjectStore
from orchestrator_assets.settings import Settings

_HEX = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class Tree:
    """One repository at one commit. Nothing is checked out."""

    repository: str
    commit: str
    store: ObjectStore
    listing: Listing
    blob_limit: int

    @classmethod
    def open(cls, repository: FleetRepository, settings: Settings, fetch: bool = True) -> Tree:
        """The repository at the commit that its ref stands at now; without `fetch`, a remote one as last fetched.
        RepositoryUnavailable says what is wrong."""
        if fetch or is_local(repository):
            store = open_repository(repository, settings)
        else:
            store = open_mirror(mirror_of(repository, settings))
        commit = store.resolve(repository.ref).commit
        listing = store.listing(store.tree_of(commit), settings.tree_limit, settings.tree_depth)
        return cls(repository.name, commit, store, listing, settings.blob_limit)

    @cached_property
    def paths(self) -> list[str]:
        """All files, in order."""
        return sorted(self.listing.files)

    def holds(self, path: str) -> bool:
        """Whether a file or a folder stands at this path."""
        return path in self.listing.files or path.rstrip("/") in self.listing.directories

    def size(self, path: str) -> int:
        """A file's size in bytes; 0 for what is no readable file."""
        entry = self.listing.files.get(path)
        return (self.store.size(entry.blob) or 0) if entry is not None and entry.readable else 0

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None if there is no ordinary file, or it is larger than the blob limit."""
        entry = self.listing.files.get(path)
        if entry is None or not entry.readable or self.size(path) > self.blob_limit:
            return None
        return self.store.read(entry.blob)

    def text(self, path: str) -> str | None:
        """A file's text; None like `read`."""
        data = self.read(path)
        return decode(data).text if data is not None else None

    def place(self, path: str, line: int | None = None) -> str:
        """`repo@commit:path`, the way everything is cited."""
        return f"{self.repository}@{self.commit}:{path}" + (f":{line}" if line else "")

    def has_commit(self, name: str) -> bool:
        """Whether a commit of this (full or shortened) id is this one or one before it."""
        if not _HEX.fullmatch(name):
            return False
        objects = self.store.pygit2
        try:
            found = objects[name]
        except (KeyError, ValueError):
            return False
        head = pygit2.Oid(hex=self.commit)
        return isinstance(found, pygit2.Commit) and (found.id == head or objects.descendant_of(head, found.id))

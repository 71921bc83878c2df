"""When each document was introduced and last touched: one walk over the commits for all paths together.

The answer for a path is that of `git log -- PATH` with git's default simplification: at a merge whose version equals
that of a parent, only that parent's history counts. Here every commit carries the set of paths whose followed history
passes through it, so one walk answers for all paths, and a commit that did not touch a document folder costs only the
comparison of a few tree ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pygit2
from pygit2.enums import SortMode

from orchestrator_assets.fleet.dates import commit_date
from orchestrator_assets.fleet.objects import MODE_TREE, ObjectStore, RepositoryUnavailable
from orchestrator_assets.kinds import Commit


@dataclass(frozen=True, slots=True)
class Dated:
    """The first and the last commit that touched a path (if it was gone in between, the first introduction). None
    where history is cut off before it."""

    first: Commit | None
    last: Commit | None


Trie = dict[bytes, Any]
"""Wanted paths by their parts: a folder's name leads to the names below it, a file's to an empty dict."""


def date_paths(
    store: ObjectStore, head: str, paths: Iterable[bytes], known: Mapping[bytes, Dated], known_at: str | None
) -> dict[bytes, Dated]:
    """First and last commit of each path that stands in `head`'s tree.

    `known` are the answers at `known_at`; if that commit is an ancestor of `head`, only what came since is walked."""
    wanted = frozenset(paths)
    if not wanted:
        return {}
    if known_at == head and wanted <= known.keys():
        return {path: known[path] for path in wanted}
    if known_at is not None and known_at != head:
        recent = _Walk(store, head, wanted, known_at)
        if recent.run():
            # A path that is new here may have stood here long ago: only the whole history tells.
            whole = _whole(store, head, recent.reached - known.keys())
            return {path: whole.get(path) or _joined(recent, known, path) for path in wanted}
    return _whole(store, head, wanted)


def _whole(store: ObjectStore, head: str, paths: frozenset[bytes]) -> dict[bytes, Dated]:
    if not paths:
        return {}
    walk = _Walk(store, head, paths, None)
    walk.run()
    return {path: Dated(walk.first.get(path), walk.last.get(path)) for path in paths}


def _joined(recent: _Walk, known: Mapping[bytes, Dated], path: bytes) -> Dated:
    if path not in recent.reached:
        return Dated(recent.first.get(path), recent.last.get(path))
    return Dated(known[path].first, recent.last.get(path) or known[path].last)


class _Walk:
    """The state of one walk. `reached` are the paths whose followed history passes through the boundary."""

    def __init__(self, store: ObjectStore, head: str, wanted: frozenset[bytes], boundary: str | None) -> None:
        self.store = store
        self.head = head
        self.boundary = boundary
        self.first: dict[bytes, Commit] = {}
        self.last: dict[bytes, Commit] = {}
        self.reached: frozenset[bytes] = frozenset()
        self.interest: dict[str, frozenset[bytes]] = {head: wanted}
        self.trie = _trie(wanted)

    def run(self) -> bool:
        """Walks; False if the boundary is no ancestor, or history went round it: then the answer is not complete."""
        repository = self.store.pygit2
        order = SortMode.TOPOLOGICAL | SortMode.TIME
        walker = repository.walk(pygit2.Oid(hex=self.head), order)
        if self.boundary is not None:
            try:
                if not repository.descendant_of(pygit2.Oid(hex=self.head), pygit2.Oid(hex=self.boundary)):
                    return False
                walker.hide(pygit2.Oid(hex=self.boundary))
            except (pygit2.GitError, KeyError, ValueError):
                return False  # the old commit is gone
        for commit in walker:
            paths = self.interest.pop(str(commit.id), None)
            if paths:
                self._visit(commit, paths)
        if self.boundary is None:
            return True
        self.reached = self.interest.pop(self.boundary, frozenset())
        return not any(self.interest.values())

    def _visit(self, commit: pygit2.Commit, paths: frozenset[bytes]) -> None:
        tree = bytes(commit.tree_id.raw)
        parents = self._parents(commit)
        if parents is None:
            return
        if not parents:
            self._touch(commit, self._compare(tree, None, paths))
            return
        left = paths
        for identity, parent_tree in parents:
            changed = self._compare(tree, parent_tree, left)
            self._follow(identity, left - changed)
            left = changed
            if not left:
                return
        self._touch(commit, left)
        for identity, _ in parents:
            self._follow(identity, left)

    def _parents(self, commit: pygit2.Commit) -> list[tuple[str, bytes]] | None:
        """Ids and trees of the parents; None at the edge of a shallow clone, where nothing is known."""
        found: list[tuple[str, bytes]] = []
        for identity in commit.parent_ids:
            try:
                parent = self.store.pygit2[identity]
            except KeyError:
                return None
            assert isinstance(parent, pygit2.Commit)
            found.append((str(identity), bytes(parent.tree_id.raw)))
        if not found and self.store.shallow:
            return None
        return found

    def _follow(self, commit: str, paths: frozenset[bytes]) -> None:
        if paths:
            have = self.interest.get(commit)
            self.interest[commit] = paths if have is None else have | paths

    def _touch(self, commit: pygit2.Commit, paths: Iterable[bytes]) -> None:
        stamp = Commit(str(commit.id), commit_date(commit))
        for path in paths:
            self.last.setdefault(path, stamp)
            self.first[path] = stamp

    def _compare(self, ours: bytes, theirs: bytes | None, paths: frozenset[bytes]) -> frozenset[bytes]:
        """Of `paths`, those that differ between two trees."""
        changed: list[bytes] = []
        self._descend(ours, theirs, self.trie, b"", changed)
        return paths.intersection(changed)

    def _descend(
        self, ours: bytes | None, theirs: bytes | None, trie: Trie, prefix: bytes, changed: list[bytes]
    ) -> None:
        if ours == theirs:
            return
        mine, other = self._lookup(ours, trie), self._lookup(theirs, trie)
        for name, below in trie.items():
            a, b = mine.get(name), other.get(name)
            if a == b:
                continue
            path = prefix + name
            if below:
                self._descend(_folder(a), _folder(b), below, path + b"/", changed)
            if _is_file(a) or _is_file(b):
                changed.append(path)

    def _lookup(self, tree: bytes | None, names: Trie) -> dict[bytes, tuple[int, bytes]]:
        if tree is None:
            return {}
        try:
            return self.store.lookup(tree, names)
        except RepositoryUnavailable:
            return {}  # an old tree is missing: its paths count as introduced after it


def _folder(entry: tuple[int, bytes] | None) -> bytes | None:
    return entry[1] if entry and entry[0] == MODE_TREE else None


def _is_file(entry: tuple[int, bytes] | None) -> bool:
    return entry is not None and entry[0] != MODE_TREE


def _trie(paths: Iterable[bytes]) -> Trie:
    root: Trie = {}
    for path in paths:
        node = root
        for part in path.split(b"/"):
            node = node.setdefault(part, {})
    return root

"""Reading a repository's objects: refs, trees and blobs, straight from the object database.

Nothing here checks anything out or asks git for its opinion of the work tree, so nothing that a foreign
configuration plants (hooks, filters, fsmonitor, textconv, sshCommand) is ever run. Trees are parsed from their raw
bytes: names stay bytes until they are escaped, and a hostile tree is bounded while it is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag

from orchestrator_assets.documents.text import path_text
from orchestrator_assets.fleet import plain_files

# Another user's repository is readable like any file: we take nothing but objects out of it, and run nothing.
pygit2.option(pygit2.enums.Option.SET_OWNER_VALIDATION, 0)

MODE_TREE = 0o040000
MODE_LINK = 0o120000
MODE_MODULE = 0o160000
_TREE_CACHE = 20_000
_REFS = 100_000
_FILE_MODES = (b"100644", b"100755", b"100664", b"120000", b"160000")
_FEW, _DISTINCT = 4, 4
_NAME = 256


class Status(StrEnum):
    """What came of scanning a repository."""

    OK = "ok"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    NO_HEAD = "no_head"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    CORRUPT = "corrupt"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"

    @property
    def failed(self) -> bool:
        """Whether the repository could not be scanned (an empty one was: there is nothing in it)."""
        return self not in (Status.OK, Status.UNCHANGED, Status.EMPTY)


class RepositoryUnavailable(Exception):
    """A repository cannot be scanned. `status` names the class of reason, the message says what and what to do;
    `retry_after` is for how many seconds a remote asked to be left alone."""

    def __init__(self, status: Status, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Head:
    """A ref resolved once: its full name and the id of the commit it stood at."""

    ref: str
    commit: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file of a tree. `mode` is git's; links and submodules are entries too, but never read."""

    mode: int
    blob: str

    @property
    def readable(self) -> bool:
        """Whether it is an ordinary file."""
        return self.mode not in (MODE_LINK, MODE_MODULE)


@dataclass(frozen=True, slots=True)
class Listing:
    """All files of a commit's tree, by escaped path, in git's order; `refused` are entries that no honest
    repository has (`..`, `.git`, a name with a slash)."""

    files: dict[str, TreeEntry]
    directories: frozenset[str]
    refused: tuple[str, ...]
    escaped: dict[str, bytes]

    def raw(self, path: str) -> bytes:
        """The path's bytes in git: its UTF-8, unless it had to be escaped to become text."""
        return self.escaped.get(path) or path.encode()


RawTree = list[tuple[int, bytes, bytes]]


class ObjectStore:
    """One repository's object database, opened for reading. Not safe for use by several threads at once."""

    def __init__(self, folder: Path, fill: Callable[[Sequence[str]], None] | None = None) -> None:
        """Opens exactly this folder (a work tree or a bare repository), never a parent. `fill` gets blobs that are not
        there, from wherever they are, or raises RepositoryUnavailable. RepositoryUnavailable with status missing or
        unreadable."""
        if not folder.exists():
            raise RepositoryUnavailable(Status.MISSING, f"{folder} does not exist")
        with _plain():
            self._git = plain_files.check_control_files(folder)
        try:
            self._repository = pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)
        except (pygit2.GitError, KeyError, ValueError, OSError) as error:
            raise RepositoryUnavailable(Status.UNREADABLE, f"{folder} is not a readable repository: {error}") from None
        self._odb = self._repository.odb
        self._looked_at = False
        self._fill = fill
        self._trees: dict[bytes, RawTree] = {}

    @property
    def pygit2(self) -> pygit2.Repository:
        """The underlying repository, for walking commits. RepositoryUnavailable (unreadable)."""
        self._look_at_objects()
        return self._repository

    @property
    def shallow(self) -> bool:
        """Whether history is cut off."""
        return self._repository.is_shallow

    def resolve(self, ref: str | None) -> Head:
        """The commit a ref stands at now; None means HEAD. RepositoryUnavailable: empty, no_head or corrupt."""
        try:
            return self._resolve(ref)
        except (KeyError, pygit2.GitError, ValueError, UnicodeDecodeError) as error:
            raise self._no_commit(ref, error) from None

    def _look_at_objects(self) -> None:
        """Makes sure, before the first is read, that no object is something else than a file."""
        if not self._looked_at:
            with _plain():
                plain_files.check_objects(self._git)
            self._looked_at = True

    def _resolve(self, ref: str | None) -> Head:
        found = None
        for name in _full_names(ref):
            with _plain():
                plain_files.check_ref(self._git, name)
            try:
                found = self._repository.lookup_reference(name).resolve()
                break
            except KeyError:
                continue
        if found is None:
            raise KeyError(ref or "HEAD")
        with _plain():
            plain_files.check_object(self._git, str(found.target))
        commit = found.peel(pygit2.Commit)
        return Head(found.name, str(commit.id))

    def _no_commit(self, ref: str | None, error: Exception) -> RepositoryUnavailable:
        with _plain():
            plain_files.check_refs(self._git, _REFS)
        try:
            has_refs = any(True for _ in self._repository.references.iterator())
        except (pygit2.GitError, ValueError) as broken:
            return RepositoryUnavailable(Status.CORRUPT, f"refs cannot be read: {broken}")
        if not has_refs and self._points_nowhere():
            return RepositoryUnavailable(Status.EMPTY, "no commit yet")
        wanted = f"ref {ref}" if ref else "HEAD"
        if self._points_nowhere(ref):
            return RepositoryUnavailable(Status.NO_HEAD, f"{wanted} names no branch that exists")
        return RepositoryUnavailable(Status.CORRUPT, f"the commit at {wanted} cannot be read: {error}")

    def _points_nowhere(self, ref: str | None = None) -> bool:
        for name in _full_names(ref):
            try:
                self._repository.lookup_reference(name).resolve()
            except (KeyError, pygit2.GitError, ValueError):
                continue
            return False
        return True

    def tree_of(self, commit: str) -> str:
        """Id of a commit's tree. RepositoryUnavailable (corrupt) if the commit cannot be read."""
        try:
            found = self._repository[commit]
            if not isinstance(found, pygit2.Commit):
                raise RepositoryUnavailable(Status.CORRUPT, f"{commit} is no commit")
            return str(found.tree_id)
        except (KeyError, pygit2.GitError, ValueError) as error:
            raise RepositoryUnavailable(Status.CORRUPT, f"commit {commit} cannot be read: {error}") from None

    def entries(self, tree: bytes) -> RawTree:
        """The entries (mode, name, raw id) of one tree, parsed once. RepositoryUnavailable (corrupt)."""
        known = self._trees.get(tree)
        if known is not None:
            return known
        return self._remember(tree, list(_parse_tree(self._tree_data(tree))))

    def _tree_data(self, tree: bytes) -> bytes:
        self._look_at_objects()
        try:
            kind, data = self._odb.read(pygit2.Oid(raw=tree))
        except (KeyError, pygit2.GitError, ValueError) as error:
            raise RepositoryUnavailable(Status.CORRUPT, f"tree {tree.hex()} cannot be read: {error}") from None
        if kind != ObjectType.TREE:
            raise RepositoryUnavailable(Status.CORRUPT, f"{tree.hex()} is no tree")
        return data

    def lookup(self, tree: bytes, names: Collection[bytes]) -> dict[bytes, tuple[int, bytes]]:
        """Of a tree's entries, those of these names: name -> (mode, raw id). RepositoryUnavailable (corrupt).

        A few names are looked for in the tree's bytes, which is many times faster than parsing a large tree. A name
        of four bytes and more does not occur there by chance (its frame makes it six bytes of a hash)."""
        if tree in self._trees or len(names) > _FEW or min(map(len, names), default=0) < _DISTINCT:
            return {name: (mode, oid) for mode, name, oid in self.entries(tree) if name in names}
        data = self._tree_data(tree)
        found = {}
        for name in names:
            at = data.find(b" " + name + b"\0")
            if at >= 0:
                mode = data[max(at - 6, 0) : at]
                start = at + len(name) + 2
                found[name] = (int(mode, 8) if mode in _FILE_MODES else MODE_TREE, data[start : start + 20])
        return found

    def listing(self, tree: str, limit: int, depth: int) -> Listing:
        """All files below a tree. RepositoryUnavailable: corrupt, or too_large past `limit` files or `depth`."""
        files: dict[str, TreeEntry] = {}
        directories: set[str] = set()
        refused: list[str] = []
        escaped: dict[str, bytes] = {}
        stack: list[tuple[str, bytes, bytes, int]] = [("", b"", bytes.fromhex(tree), 0)]
        while stack:
            prefix, raw_prefix, oid, level = stack.pop()
            if level > depth:
                raise RepositoryUnavailable(Status.TOO_LARGE, f"folders nested deeper than {depth} at {prefix}")
            below = []
            for mode, name, child in self._bounded(oid, limit):
                path = prefix + path_text(name)
                if _dishonest(name):
                    refused.append(path)
                elif mode == MODE_TREE:
                    directories.add(path)
                    below.append((path + "/", raw_prefix + name + b"/", child, level + 1))
                else:
                    files[path] = TreeEntry(mode, child.hex())
                    if not path.isascii() or "\\" in path:
                        escaped[path] = raw_prefix + name
            if len(files) + len(directories) > limit:
                raise RepositoryUnavailable(Status.TOO_LARGE, _too_many(limit))
            stack.extend(reversed(below))
        return Listing(files, frozenset(directories), tuple(refused), escaped)

    def _bounded(self, tree: bytes, limit: int) -> RawTree:
        """A tree's entries; too_large without holding more than `limit` of them."""
        known = self._trees.get(tree)
        if known is None:
            size = self.size(tree.hex())
            parsed = (
                list(islice(_parse_tree(self._tree_data(tree)), limit + 1)) if (size or 0) <= _NAME * limit else None
            )
            if parsed is None or len(parsed) > limit:
                raise RepositoryUnavailable(Status.TOO_LARGE, _too_many(limit))
            known = self._remember(tree, parsed)
        return known

    def _remember(self, tree: bytes, parsed: RawTree) -> RawTree:
        if len(self._trees) >= _TREE_CACHE:
            self._trees.clear()
        self._trees[tree] = parsed
        return parsed

    def want(self, blobs: Iterable[str]) -> None:
        """Gets those of these blobs that a mirror without content does not hold yet, all at once: whoever is going to
        read many says so first. RepositoryUnavailable (unreachable)."""
        self._look_at_objects()
        if self._fill is None:
            return
        missing = [blob for blob in dict.fromkeys(blobs) if pygit2.Oid(hex=blob) not in self._odb]
        if missing:
            self._fill(missing)

    def size(self, blob: str) -> int | None:
        """A blob's size in bytes from its header alone; None if the object is missing or corrupt."""
        self._look_at_objects()
        for attempt in (1, 2):
            try:
                return self._odb.read_header(pygit2.Oid(hex=blob))[1]
            except (KeyError, pygit2.GitError, ValueError):
                if attempt == 1:
                    self.want([blob])
        return None

    def read(self, blob: str) -> bytes:
        """A blob's bytes; ask for its size first. RepositoryUnavailable (corrupt)."""
        self.want([blob])
        try:
            kind, data = self._odb.read(pygit2.Oid(hex=blob))
        except (KeyError, pygit2.GitError, ValueError) as error:
            raise RepositoryUnavailable(Status.CORRUPT, f"blob {blob} cannot be read: {error}") from None
        if kind != ObjectType.BLOB:
            raise RepositoryUnavailable(Status.CORRUPT, f"{blob} is no blob")
        return data


@contextmanager
def _plain() -> Iterator[None]:
    try:
        yield
    except plain_files.NotPlain as error:
        raise RepositoryUnavailable(Status.UNREADABLE, f"not opened: {error}") from None
    except (OSError, ValueError) as error:
        raise RepositoryUnavailable(Status.UNREADABLE, f"not opened: {error}") from None


def _too_many(limit: int) -> str:
    return f"more than {limit} files and folders; raise ORCHESTRATOR_TREE_LIMIT to scan it"


def _full_names(ref: str | None) -> list[str]:
    """The full names a configured ref may have, in the order they are tried."""
    if ref is None:
        return ["HEAD"]
    return [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]


def _parse_tree(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    position, end = 0, len(data)
    try:
        while position < end:
            space = data.index(b" ", position)
            nul = data.index(b"\0", space)
            yield int(data[position:space], 8), data[space + 1 : nul], data[nul + 1 : nul + 21]
            position = nul + 21
    except ValueError:
        raise RepositoryUnavailable(Status.CORRUPT, "a tree object is malformed") from None
    if position != end:
        raise RepositoryUnavailable(Status.CORRUPT, "a tree object is cut short")


def _dishonest(name: bytes) -> bool:
    return name in (b"", b".", b"..") or b"/" in name or name.lower() == b".git"

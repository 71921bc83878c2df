"""Commits made from other commits by changing a few paths, and what a commit changed.

Objects are written straight into the private repository, the tree on an index in memory: nothing is checked out, and a
kill at any point leaves at most objects that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pygit2

from orchestrator_assets.documents.text import path_text, visible
from orchestrator_assets.hub.problems import HubError

AUTHOR = ("orchestrator_assets", "orchestrator_assets@localhost")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: git's mode and the blob's id."""

    mode: int
    blob: str


def write_file(objects: pygit2.Repository, content: bytes) -> Entry:
    """Stores a blob, as an ordinary file."""
    return Entry(pygit2.enums.FileMode.BLOB, str(objects.create_blob(content)))


def entry_at(objects: pygit2.Repository, commit: str | None, path: str) -> Entry | None:
    """The file at a path of a commit (None: of no commit); None if there is none. A folder is an Entry too."""
    if commit is None:
        return None
    try:
        found = _commit(objects, commit).tree[path]
    except KeyError:
        return None
    return Entry(found.filemode, str(found.id))


def make_commit(
    objects: pygit2.Repository,
    parent: str | None,
    changes: Mapping[str, Entry | None],
    message: str,
    seconds: int,
) -> str:
    """A commit on `parent` (None: the first) with these files put (None: removed), dated `seconds` after 1970, UTC. The
    same arguments give the same id. HubError if a file would stand where others have a folder, or the reverse."""
    index = pygit2.Index()
    if parent is not None:
        index.read_tree(_commit(objects, parent).tree)
    for path, entry in changes.items():
        if entry is None and entry_at(objects, parent, path) is not None:
            index.remove(path)
    for path, entry in changes.items():
        if entry is not None:
            _check_room(objects, parent, path, changes)
            index.add(pygit2.IndexEntry(path, pygit2.Oid(hex=entry.blob), pygit2.enums.FileMode(entry.mode)))
    signature = pygit2.Signature(*AUTHOR, max(seconds, 0), 0)  # git knows no time before 1970
    parents: list[str | pygit2.Oid] = [] if parent is None else [pygit2.Oid(hex=parent)]
    return str(objects.create_commit(None, signature, signature, message, index.write_tree(objects), parents))


def changes_of(objects: pygit2.Repository, commit: str) -> dict[str, tuple[Entry | None, Entry | None]]:
    """What a commit (no merge) changed: path -> (file before, file after). HubError if a name is not UTF-8."""
    found = _commit(objects, commit)
    if found.parents:
        difference = found.parents[0].tree.diff_to_tree(found.tree)
    else:
        difference = found.tree.diff_to_tree(swap=True)
    return dict(_change(delta) for delta in difference.deltas)


def history(objects: pygit2.Repository, tip: str) -> Iterator[pygit2.Commit]:
    """The commits that led to a commit, children before parents."""
    return iter(objects.walk(pygit2.Oid(hex=tip), pygit2.enums.SortMode.TOPOLOGICAL))


def _change(delta: pygit2.DiffDelta) -> tuple[str, tuple[Entry | None, Entry | None]]:
    old, new = delta.old_file, delta.new_file
    raw = new.raw_path or old.raw_path
    try:
        path = raw.decode()
    except UnicodeDecodeError:
        raise HubError(f"the file name {path_text(raw)} is not UTF-8; take this commit back by hand") from None
    return path, (
        Entry(old.mode, str(old.id)) if old.mode else None,
        Entry(new.mode, str(new.id)) if new.mode else None,
    )


def _check_room(objects: pygit2.Repository, parent: str | None, path: str, changes: Mapping[str, Entry | None]) -> None:
    here = entry_at(objects, parent, path)
    if here is not None and here.mode == pygit2.enums.FileMode.TREE:
        raise HubError(f"{visible(path)} is a folder at the hub; move it away")
    parts = path.split("/")
    for end in range(1, len(parts)):
        above = "/".join(parts[:end])
        stands = entry_at(objects, parent, above)
        if stands is not None and stands.mode != pygit2.enums.FileMode.TREE and changes.get(above, stands) is not None:
            raise HubError(f"{visible(above)} is a file at the hub, not a folder; move it away")


def _commit(objects: pygit2.Repository, commit: str) -> pygit2.Commit:
    found = objects[pygit2.Oid(hex=commit)]
    assert isinstance(found, pygit2.Commit)
    return found

"""The one way anything of this project writes into a member repository: a commit on a branch of its own.

The commit is made of objects alone: no checkout, no hook, no filter, no configuration of the repository is used. The
same proposal on the same base is the same commit, so proposing twice changes nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pygit2
from pygit2.enums import FileMode

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.documents.text import decode, visible
from orchestrator_assets.fleet.git import GitFailed, RefRefused, check_ref, run
from orchestrator_assets.fleet.locate import is_local, mirror_of, open_repository
from orchestrator_assets.fleet.mirrors import Unreachable
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.settings import Settings

AUTHOR = ("orchestrator_assets", "orchestrator_assets@localhost")
TRAILER = "Proposed-By: orchestrator_assets"
_DIFF_LIMIT = 4_000
_FILES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)


class ProposalRefused(Exception):
    """A proposal that is not made; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed to one repository. `files` are the paths it changes; `state` is what came of it: `dry-run` (it
    would be made), `proposed` (it was made just now), `unchanged` (it is there already), `empty` (it changes nothing).
    `commit` is the commit it is or would be; `diff` shows it, safe for a terminal."""

    repository: str
    branch: str
    base: str
    commit: str | None
    files: tuple[str, ...]
    state: Literal["dry-run", "proposed", "unchanged", "empty"]
    diff: str


def propose(
    repository: FleetRepository,
    settings: Settings,
    base: str,
    files: Mapping[str, bytes | None],
    branch: str,
    message: str,
    apply: bool = False,
) -> Proposal:
    """Proposes files (None: removed) on a branch that starts at `base`, the tip of the ref that is followed. A branch
    of that name is replaced only if it holds an earlier proposal of ours. ProposalRefused: the base is not the tip any
    more, the branch is the followed one or somebody else's, or a path may not be written. RepositoryUnavailable."""
    store = open_repository(repository, settings)
    _check(store, repository, base, branch)
    objects = store.pygit2
    changes = {path: content for path, content in sorted(files.items()) if _blob(objects, base, path) != content}
    shown = "".join(_diff(path, _blob(objects, base, path), content) for path, content in changes.items())
    if not changes:
        return Proposal(repository.name, branch, base, None, (), "empty", "")
    standing = _standing(objects, repository, settings, branch)
    if not apply:
        return Proposal(repository.name, branch, base, None, tuple(changes), "dry-run", shown)
    commit = _commit(objects, base, changes, message)
    if standing == commit:
        return Proposal(repository.name, branch, base, commit, tuple(changes), "unchanged", shown)
    _check_ours(objects, repository, settings, branch, standing)
    _move(objects, repository, settings, branch, standing, commit)
    return Proposal(repository.name, branch, base, commit, tuple(changes), "proposed", shown)


def withdraw(repository: FleetRepository, settings: Settings, branch: str) -> bool:
    """Deletes a proposal's branch. False if there is none. ProposalRefused if somebody else committed to it."""
    store = open_repository(repository, settings)
    _check(store, repository, None, branch)
    standing = _standing(store.pygit2, repository, settings, branch)
    if standing is None:
        return False
    _check_ours(store.pygit2, repository, settings, branch, standing)
    _move(store.pygit2, repository, settings, branch, standing, None)
    return True


def _check(store: ObjectStore, repository: FleetRepository, base: str | None, branch: str) -> None:
    followed = store.resolve(repository.ref)
    try:
        check_ref(branch)
        check_ref(f"refs/heads/{branch}")
    except RefRefused:
        raise ProposalRefused(f"{visible(branch)!r} is no name for a branch") from None
    defaults = {followed.ref, store.resolve(None).ref}
    if f"refs/heads/{branch}" in defaults:
        raise ProposalRefused(f"{branch} is a branch that {repository.name} lives on; proposals have their own")
    if base is not None and followed.commit != base:
        raise ProposalRefused(
            f"{repository.name} has moved on from {base[:12]} to {followed.commit[:12]}; make the proposal anew"
        )


def _blob(objects: pygit2.Repository, commit: str, path: str) -> bytes | None:
    """A file's content; None if there is none. ProposalRefused for what is no ordinary file."""
    found = objects[commit]
    assert isinstance(found, pygit2.Commit)
    try:
        entry = found.tree[path]
    except KeyError:
        return None
    if entry.filemode not in _FILES or not isinstance(entry, pygit2.Blob):
        raise ProposalRefused(f"{visible(path)} is no ordinary file there; it is not written to")
    return entry.data


def _commit(objects: pygit2.Repository, base: str, changes: Mapping[str, bytes | None], message: str) -> str:
    parent = objects[base]
    assert isinstance(parent, pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(parent.tree)
    for path, content in changes.items():
        _check_path(path)
        if content is None:
            index.remove(path)
            continue
        try:
            mode = parent.tree[path].filemode
        except KeyError:
            mode = FileMode.BLOB
        try:
            index.add(pygit2.IndexEntry(path, objects.create_blob(content), FileMode(mode)))
        except (pygit2.GitError, ValueError, OSError) as error:
            raise ProposalRefused(f"{visible(path)} cannot be written: {error}") from None
    tree = index.write_tree(objects)
    # The date of the base: the same proposal has the same id, whenever it is made.
    signature = pygit2.Signature(*AUTHOR, parent.commit_time, 0)
    told = f"{message.strip()}\n\n{TRAILER}\n"
    return str(objects.create_commit(None, signature, signature, told, tree, [parent.id]))


def _check_path(path: str) -> None:
    parts = path.split("/")
    if visible(path) != path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise ProposalRefused(f"{visible(path)!r} is no path that is written to")


def _standing(objects: pygit2.Repository, repository: FleetRepository, settings: Settings, branch: str) -> str | None:
    """The commit that a branch stands at now, None if there is no such branch."""
    if not is_local(repository):
        return mirror_of(repository, settings).branch(branch)
    found = objects.references.get(f"refs/heads/{branch}")
    return str(found.resolve().target) if found is not None else None


def _check_ours(
    objects: pygit2.Repository, repository: FleetRepository, settings: Settings, branch: str, standing: str | None
) -> None:
    """ProposalRefused if a branch holds anything but one commit of ours."""
    if standing is None:
        return
    commit = objects.get(pygit2.Oid(hex=standing))
    ours = isinstance(commit, pygit2.Commit) and TRAILER in commit.message and commit.author.email == AUTHOR[1]
    if not ours:
        raise ProposalRefused(
            f"the branch {branch} of {repository.name} stands at {standing[:12]}, which is no proposal of ours; "
            "merge or delete it first"
        )


def _move(
    objects: pygit2.Repository,
    repository: FleetRepository,
    settings: Settings,
    branch: str,
    standing: str | None,
    commit: str | None,
) -> None:
    """Moves a branch from where it was seen to a commit (None: away), or refuses if it moved in between."""
    name = f"refs/heads/{branch}"
    moved = ProposalRefused(f"the branch {branch} of {repository.name} moved at the same moment; try again")
    if is_local(repository):
        arguments = ["update-ref", *(["-d", name] if commit is None else [name, commit]), standing or "0" * 40]
        try:
            run(arguments, git_dir=Path(objects.path), timeout=settings.git_timeout)
        except GitFailed as failed:
            raise ProposalRefused(f"{moved} ({failed.reason})") from None
        return
    try:
        mirror_of(repository, settings).move_branch(branch, standing, commit)
    except Unreachable as refused:
        raise ProposalRefused(f"{repository.name} did not take the branch {branch}: {refused}") from None


def _diff(path: str, before: bytes | None, after: bytes | None) -> str:
    """A unified diff, every line of it safe for a terminal."""
    if any(content is not None and b"\0" in content[:8000] for content in (before, after)):
        return f"Binary file {visible(path)} differs\n"
    old = decode(before).text.split("\n") if before is not None else []
    new = decode(after).text.split("\n") if after is not None else []
    names = (f"a/{path}" if before is not None else "/dev/null", f"b/{path}" if after is not None else "/dev/null")
    lines = list(difflib.unified_diff(old, new, visible(names[0]), visible(names[1]), lineterm=""))
    cut = [f"... {len(lines) - _DIFF_LIMIT} more lines"] if len(lines) > _DIFF_LIMIT else []
    return "".join(f"{visible(line)}\n" for line in [*lines[:_DIFF_LIMIT], *cut])

"""Publishing: one commit for each publication whose files changed, atomic and idempotent.

A publication owns the files it names, and those that its manifest (`.orchestrator/NAME.json`) says it wrote before.
Everything else at the hub belongs to others and is kept.

Whether to commit is decided by what stands at the branch's tip, not by what was ever committed: if the tip holds
exactly these files, there is nothing to do. So a publisher that was killed after its push finds its work done, and
content that returns to what it was two publications ago (A, B, A) is published again, which a search for its key in the
history would prevent. The `Publish-Key` trailer is there for people and tools that read the log.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pygit2

from orchestrator_assets.documents.text import visible
from orchestrator_assets.hub import manifest, trees
from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.repository import HubRepository, Workbench
from orchestrator_assets.hub.trees import Entry

TRIES = 8


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish: a name, its files (path -> bytes), the commits it was made from (repository -> id), and the
    date to give the commit (ISO 8601, UTC if it names no zone; the newest source's, so that the same content on the
    same tip gives the same commit; None: there is no source, git is told 1970)."""

    name: str
    files: Mapping[str, bytes]
    sources: Mapping[str, str]
    as_of: str | None

    @property
    def key(self) -> str:
        """Digest of the name and the files."""
        summed = hashlib.sha256(self.name.encode())
        for path, content in sorted(self.files.items()):
            summed.update(b"\0" + path.encode() + b"\0" + hashlib.sha256(content).digest())
        return summed.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it. `commit` is the new commit if one was made just now (`changed`), else the tip that holds the
    content already. `paths` are the files it changed; `replaced` those of them that others had written or edited."""

    name: str
    commit: str
    changed: bool
    paths: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HubCommit:
    """A commit at the hub. `date` is the committer date, ISO 8601; `key` is its Publish-Key trailer, None for a commit
    that is no publication; `reverts` the commit that it took back."""

    id: str
    date: str
    author: str
    subject: str
    key: str | None
    reverts: str | None = None


def publish(hub: HubRepository, publication: Publication) -> Published:
    """Commits a publication to the hub unless it stands there already. Foreign commits are kept; after a lost race the
    commit is built anew on what the other made. HubError if a path may not be published to, the hub does not answer or
    refuses, or the race is lost 8 times: nothing was changed then, unless the connection broke at the very end."""
    manifest.check(publication.name, publication.files)
    seconds = _seconds(publication.as_of)

    def build(bench: Workbench, tip: str | None) -> Published:
        objects = bench.objects
        ours = {path: trees.write_file(objects, content) for path, content in publication.files.items()}
        record = manifest.path(publication.name)
        wrote = manifest.read(objects, tip, record)
        wanted: dict[str, Entry | None] = {**ours, record: manifest.write(objects, ours)}
        for path, blob in wrote.items():
            standing = trees.entry_at(objects, tip, path)
            if path not in ours and standing is not None and standing.blob == blob:
                wanted[path] = None  # written by us, unchanged since, and no longer part of the publication
        standing_now = {path: trees.entry_at(objects, tip, path) for path in wanted}
        changes = {path: entry for path, entry in wanted.items() if standing_now[path] != entry}
        if tip is not None and not changes:
            return Published(publication.name, tip, False)
        foreign = sorted(
            path for path in changes.keys() & ours.keys() if _is_foreign(standing_now[path], wrote.get(path))
        )
        commit = trees.make_commit(objects, tip, changes, _message(publication, foreign), seconds)
        return Published(publication.name, commit, True, tuple(sorted(changes)), tuple(foreign))

    return _land(hub, build)


def log(hub: HubRepository, limit: int = 20) -> list[HubCommit]:
    """The hub's newest commits, newest first; empty if nothing was published yet. HubError."""
    with hub.opened() as bench:
        tip = bench.tip()
        if tip is None:
            return []
        return [_hub_commit(commit) for commit, _ in zip(trees.history(bench.objects, tip), range(limit), strict=False)]


def revert(hub: HubRepository, name: str) -> Published:
    """Restores the files that a commit (its id or the beginning of it) changed to what they were before it, as a new
    commit. HubError if the commit is unknown or a merge, or if one of these files was changed since."""

    def build(bench: Workbench, tip: str | None) -> Published:
        objects = bench.objects
        commit = _find(objects, tip, name)
        changes = trees.changes_of(objects, str(commit.id))
        if not changes:
            raise HubError(f"{name} changed no file; there is nothing to take back")
        files = {path: change for path, change in changes.items() if not manifest.is_one(path)}
        for path, (_, after) in sorted(files.items()):
            if trees.entry_at(objects, tip, path) != after:
                since = _changed_since(objects, str(tip), str(commit.id), path)
                raise HubError(f"not taken back: {visible(path)} was changed since, by {since}; take that back first")
        restored = {path: before for path, (before, _) in files.items()}
        # A manifest tells of all files of its publication, also of those that later commits changed.
        manifests = {path: manifest.updated(objects, tip, path, restored) for path in changes.keys() - files.keys()}
        message = f"Revert {str(commit.id)[:12]}\n\n{_subject(commit)}\n\nReverts: {commit.id}\n"
        made = trees.make_commit(objects, tip, {**restored, **manifests}, message, int(time.time()))
        return Published("revert", made, True, tuple(sorted(changes)))

    return _land(hub, build)


def _land(hub: HubRepository, build: Callable[[Workbench, str | None], Published]) -> Published:
    """Builds a commit on the branch's tip and pushes it, anew after each lost race."""
    with hub.opened() as bench:
        bench.tidy()
        refusal: str | None = None
        for attempt in range(TRIES):
            if attempt:
                bench.wait(attempt)
            tip = bench.tip()
            made = build(bench, tip)
            if not made.changed:
                return made
            refusal = bench.push(made.commit, tip)
            if refusal is None:
                return made
        raise HubError(f"{made.name}: the hub's branch did not take the commit in {TRIES} tries ({refusal}); try again")


def _is_foreign(standing: Entry | None, wrote: str | None) -> bool:
    return standing is not None and standing.blob != wrote


def _message(publication: Publication, replaced: list[str]) -> str:
    sources = [f"{visible(name)} {commit}" for name, commit in sorted(publication.sources.items())]
    parts = [f"Publish {publication.name}", "\n".join(["Sources:", *(sources or ["none"])])]
    if replaced:
        parts.append("\n".join(["Replaced, though others had written them:", *(visible(path) for path in replaced)]))
    parts.append(f"Publish-Key: {publication.key}")
    return "\n\n".join(parts) + "\n"


def _seconds(as_of: str | None) -> int:
    if as_of is None:
        return 0
    moment = datetime.fromisoformat(as_of)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _hub_commit(commit: pygit2.Commit) -> HubCommit:
    trailers = commit.message_trailers
    date = datetime.fromtimestamp(commit.commit_time, UTC).isoformat()
    author = visible(commit.author.raw_name.decode("utf-8", "backslashreplace"))
    return HubCommit(
        str(commit.id),
        date,
        author,
        _subject(commit),
        trailers.get("Publish-Key"),
        trailers.get("Reverts"),
    )


def _subject(commit: pygit2.Commit) -> str:
    lines = commit.raw_message.decode("utf-8", "backslashreplace").strip().splitlines()
    return visible(lines[0]) if lines else ""


def _find(objects: pygit2.Repository, tip: str | None, name: str) -> pygit2.Commit:
    if len(name) < 4 or not set(name.lower()) <= set("0123456789abcdef"):
        raise HubError(f"{visible(name)!r} is no commit id; `orchestrator hub log` lists them")
    walk = trees.history(objects, tip) if tip is not None else iter(())
    found = [commit for commit in walk if str(commit.id).startswith(name.lower())]
    if len(found) != 1:
        raise HubError(
            f"{'more than one' if found else 'no'} commit {name} at the hub; `orchestrator hub log` lists them"
        )
    if len(found[0].parent_ids) > 1:
        raise HubError(f"{name} is a merge; take its commits back one by one")
    return found[0]


def _changed_since(objects: pygit2.Repository, tip: str, commit: str, path: str) -> str:
    """The newest commit after `commit` that touched a path, as people call it."""
    for later in trees.history(objects, tip):
        here = trees.entry_at(objects, str(later.id), path)
        parents = [trees.entry_at(objects, str(parent), path) for parent in later.parent_ids] or [None]
        if here not in parents and str(later.id) != commit:
            return f"{str(later.id)[:12]} ({_subject(later)})"
    return "another commit"

"""Publishing: one commit for each publication whose files changed, atomic and idempotent.

A publication owns the files it names, and those that its manifest (`.orchestrator/NAME.json`) named before. If the
branch already holds exactly them, nothing is committed: so a publisher that was killed after its push finds its work
done, and content that returns to what it was two publications ago is published again. Everything else at the hub
belongs to others and is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator_assets.documents.text import visible
from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.repository import HubCommit, HubRepository

TRIES = 8
_FILE_MODE = "100644"
_SOURCES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish: a name, its files (path -> bytes), the commits it was made from (repository -> id), and the
    date to give the commit (ISO 8601; the newest source's, so that the same content gives the same commit)."""

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
    """What came of it: the commit that holds the content, and whether it was made just now."""

    name: str
    commit: str
    changed: bool
    paths: tuple[str, ...] = ()


def publish(hub: HubRepository, publication: Publication) -> Published:
    """Commits a publication to the hub unless it stands there already. Foreign commits are kept; after a lost race the
    commit is built anew on what the other made. HubError if the hub does not answer or the race is lost 8 times."""
    blobs = None
    for _ in range(TRIES):
        tip = hub.refresh()
        if blobs is None:
            blobs = hub.write(_with_manifest(publication))
        before = hub.files(tip) if tip else {}
        after = _replaced(hub, publication, before, blobs)
        if tip is not None and after == before:
            return Published(publication.name, tip, False)
        commit = hub.commit(after, tip, _message(publication), publication.as_of)
        if hub.push(commit, tip):
            changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            return Published(publication.name, commit, True, tuple(changed))
    raise HubError(f"{publication.name}: the hub's branch moved {TRIES} times while committing; publish again")


def log(hub: HubRepository, limit: int = 20) -> list[HubCommit]:
    """The hub's newest commits, newest first; empty if nothing was published yet."""
    tip = hub.refresh()
    return hub.log(tip, limit) if tip else []


def revert(hub: HubRepository, name: str) -> Published:
    """Restores the files that a commit changed to what they were before it, as a new commit. HubError if the commit
    is unknown, or if one of these files was changed since."""
    for _ in range(TRIES):
        tip = hub.refresh()
        if tip is None:
            raise HubError("nothing was published yet")
        commit = hub.resolve(name, tip)
        parents = hub.parents(commit)
        if len(parents) > 1:
            raise HubError(f"{commit[:12]} is a merge; take its commits back one by one")
        old = hub.files(parents[0]) if parents else {}
        changed, now, then = hub.changed(parents[0] if parents else None, commit), hub.files(tip), hub.files(commit)
        edited = sorted(path for path in changed if now.get(path) != then.get(path))
        if edited:
            raise HubError(f"not taken back: {visible(edited[0])} was changed since {commit[:12]}; revert that first")
        kept = {path: entry for path, entry in now.items() if path not in changed}
        after = {**kept, **{path: old[path] for path in changed if path in old}}
        message = f"Revert {commit[:12]}\n\nReverts: {commit}\nPublish-Key: revert-{commit}\n"
        made = hub.commit(after, tip, message, None)
        if hub.push(made, tip):
            return Published("revert", made, True, tuple(sorted(changed)))
    raise HubError(f"the hub's branch moved {TRIES} times; try again")


def _with_manifest(publication: Publication) -> dict[str, bytes]:
    names = sorted(publication.files)
    for name in names:
        if name.startswith(("/", ".git", ".orchestrator/")) or ".." in name.split("/"):
            raise HubError(f"{publication.name} may not publish to {name}")
    return {**publication.files, _manifest(publication.name): (json.dumps({"files": names}, indent=1) + "\n").encode()}


def _replaced(
    hub: HubRepository, publication: Publication, before: Mapping[str, tuple[str, str]], blobs: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """The hub's files with the publication's in place of those it owned before."""
    manifest = before.get(_manifest(publication.name))
    owned = hub.read_manifest(manifest[1]) if manifest else []
    after = {path: entry for path, entry in before.items() if path not in owned}
    after.update({path: (_FILE_MODE, blob) for path, blob in blobs.items()})
    return after


def _manifest(name: str) -> str:
    return f".orchestrator/{name}.json"


def _message(publication: Publication) -> str:
    rows = [f"{visible(name)} {commit}" for name, commit in sorted(publication.sources.items())]
    more = [f"... and {len(rows) - _SOURCES_SHOWN} more"] if len(rows) > _SOURCES_SHOWN else []
    body = "\n".join(["Sources:", *rows[:_SOURCES_SHOWN], *more])
    return f"Publish {publication.name}\n\n{body}\n\nPublish-Key: {publication.key}\n"

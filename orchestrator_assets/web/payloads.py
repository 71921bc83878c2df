"""What a signed webhook says: whether something was pushed, and to which repository.

All of it is a hint. The repository is looked at by ourselves afterwards, so order, replay and made-up content of a
delivery change nothing but when we look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from orchestrator_assets.documents.text import storable
from orchestrator_assets.web.signatures import Headers, Provider

_DELIVERY_HEADERS = {
    Provider.GITHUB: ("x-github-delivery",),
    Provider.GITLAB: ("webhook-id", "idempotency-key", "x-gitlab-event-uuid"),
    Provider.GITEA: ("x-gitea-delivery", "x-forgejo-delivery", "x-github-delivery"),
    Provider.BITBUCKET: ("x-request-uuid", "x-request-id"),
    Provider.STANDARD: ("webhook-id",),
}
_EVENT_HEADERS = {
    Provider.GITHUB: ("x-github-event",),
    Provider.GITLAB: ("x-gitlab-event",),
    Provider.GITEA: ("x-gitea-event", "x-forgejo-event", "x-github-event"),
    Provider.BITBUCKET: ("x-event-key",),
    Provider.STANDARD: (),
}
_URL_FIELDS = (
    "clone_url", "ssh_url", "git_url", "html_url", "url", "git_http_url", "git_ssh_url", "http_url", "web_url", "path",
)  # fmt: skip
_PUSHES = {"push", "Push Hook", "repo:push", "repo:refs_changed"}
_PINGS = {"ping", "diagnostics:ping"}
_LONGEST_ID = 200
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SCP_LIKE = re.compile(r"(?:[^/@:]+@)?([^/@:]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True)
class Push:
    """A push as its delivery tells it: places of the repository (see `place`), its name where the sender is our own
    hook, and the new tip of one branch; None where it is not told."""

    places: frozenset[str]
    name: str | None
    ref: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that leads to nothing, and why."""

    reason: str


def delivery_id(provider: Provider, headers: Headers, body: bytes) -> str:
    """The provider's id of this delivery; a digest of the body where it sent none that can be kept."""
    given = (headers.text(name) for name in _DELIVERY_HEADERS[provider])
    usable = (item for item in given if item and len(item) <= _LONGEST_ID and item.isprintable())
    return next(usable, f"sha256-{hashlib.sha256(body).hexdigest()}")


def read_payload(provider: Provider, headers: Headers, payload: dict[str, Any]) -> Push | Ignored:
    """What the delivery says. Never raises: a shape that is not the provider's is ignored with a reason."""
    event = next((item for name in _EVENT_HEADERS[provider] if (item := headers.text(name))), None)
    if provider in (Provider.STANDARD, Provider.GITLAB) or event is None:
        told = payload.get("type") or payload.get("object_kind")
        event = told if isinstance(told, str) else event
    if event in _PINGS:
        return Ignored("ping")
    if event not in _PUSHES:
        return Ignored("not a push")
    data = payload
    if provider is Provider.STANDARD and isinstance(payload.get("data"), dict):
        data = payload["data"]
    tips = list(_tips(data))
    if not tips:
        return Ignored("no branch was pushed")
    kept = [(ref, commit) for ref, commit in tips if commit is None or set(commit) != {"0"}]
    if not kept:
        return Ignored("a branch was deleted")
    branches = [(ref, commit) for ref, commit in kept if ref.startswith("refs/heads/")]
    if not branches:
        return Ignored("no branch was pushed")
    ref, commit = branches[0]
    name = _name(data.get("repository")) if provider is Provider.STANDARD else None
    return Push(frozenset(_places(data)), name, storable(ref), commit)


def place(url: str) -> str | None:
    """Where a repository lies, spelled one way for all of its URLs: `host/path` in lower case without user, port and
    `.git`, or an absolute local path. None if the text is no such URL."""
    if not url or len(url) > 4096:
        return None
    if url.startswith("/"):
        return _trimmed(url) or None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    path = parts.path
    if parts.scheme == "file":
        return _trimmed(path) or None
    if "://" not in url:
        scp = _SCP_LIKE.fullmatch(url)
        if scp is None:
            return None
        host, path = scp[1], scp[2]
    path = _trimmed("/" + path.lstrip("/"))
    return f"{host}{path}".casefold() if host and path else None


def _trimmed(path: str) -> str:
    return path.rstrip("/").removesuffix("/.git").removesuffix(".git").rstrip("/")


def _tips(data: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Full ref and new commit (all zeros: deleted; None: not told) of everything that was pushed."""
    push = data.get("push")
    changes = push.get("changes") if isinstance(push, dict) else data.get("changes")
    if isinstance(changes, list):
        for change in changes[:1000]:
            if isinstance(change, dict):
                yield from _bitbucket(change)
        if isinstance(push, dict) or not isinstance(data.get("ref"), str):
            return
    ref, after = data.get("ref"), data.get("after")
    if isinstance(ref, str):
        yield ref[:500], "0" if data.get("deleted") is True else _commit(after)


def _bitbucket(change: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """One change as the cloud (`new`) or a server (`ref`, `toHash`, `type`) tells it."""
    if isinstance(change.get("ref"), dict):
        ref = change["ref"].get("id")
        gone = change.get("type") == "DELETE"
        if isinstance(ref, str):
            yield ref[:500], "0" if gone else _commit(change.get("toHash"))
        return
    new, old = change.get("new"), change.get("old")
    tip = new if isinstance(new, dict) else old if isinstance(old, dict) else None
    if tip is None or not isinstance(tip.get("name"), str):
        return
    folder = "refs/heads/" if tip.get("type") in ("branch", "named_branch") else "refs/tags/"
    target = tip.get("target")
    commit = _commit(target.get("hash")) if isinstance(target, dict) else None
    yield (folder + tip["name"])[:500], commit if tip is new else "0"


def _commit(value: object) -> str | None:
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else None


def _places(data: dict[str, Any]) -> Iterator[str]:
    for field in ("repository", "project"):
        found = data.get(field)
        candidates: list[object] = [found]
        if isinstance(found, dict):
            candidates = [found.get(name) for name in _URL_FIELDS] + list(_links(found.get("links")))
        for candidate in candidates:
            if isinstance(candidate, str) and (where := place(candidate)):
                yield where


def _links(links: object) -> Iterator[object]:
    if not isinstance(links, dict):
        return
    for field in ("html", "self", "clone"):
        found = links.get(field)
        for item in found[:10] if isinstance(found, list) else [found]:
            if isinstance(item, dict):
                yield item.get("href")


def _name(repository: object) -> str | None:
    name = repository.get("name") if isinstance(repository, dict) else repository
    return name if isinstance(name, str) and 0 < len(name) <= 200 else None

"""Content that was lost: what a repository held when it was last accepted and holds no more, and the commit at fault.

A kind says how much there is of each item (`DocumentKind.content`); here that is compared over time. Of a
repository seen for the first time, only the newest commit that changed its content is judged, and items that are still
named but became empty lately: what people dropped on purpose long ago is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

import pygit2
from pygit2.enums import SortMode

from orchestrator_assets.catalog.content_store import Amounts, Content
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable
from orchestrator_assets.fleet.reading import KindReading
from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.problems import Problem

_LOOK_BACK = 50
_CHAIN_LIMIT = 10_000
_SEARCH_LIMIT = 200

ContentAt = Callable[[str], Amounts]
"""Commit id -> what the repository held at it. RepositoryUnavailable if that commit cannot be read."""


@dataclass(frozen=True, slots=True)
class Loss:
    """An item that is gone (or still named, but empty), how much there was of it, and the first commit without it."""

    item: str
    before: int
    commit: str


class _Amounts:
    """What was held at commits, each asked for once."""

    def __init__(self, content_at: ContentAt, head: str, now: Amounts) -> None:
        self._content_at = content_at
        self._known: dict[str, Amounts | None] = {head: now}

    def at(self, commit: str) -> Amounts | None:
        """All that a commit holds; None if it cannot be read."""
        if commit not in self._known:
            try:
                self._known[commit] = self._content_at(commit)
            except RepositoryUnavailable:
                self._known[commit] = None
        return self._known[commit]

    def of(self, commit: str, item: str) -> int:
        """The item's amount at a commit. One that cannot be read held nothing that we know of."""
        return (self.at(commit) or {}).get(item, 0)


def judge(
    kind: DocumentKind, store: ObjectStore, head: str, now: Amounts, known: Content | None, content_at: ContentAt
) -> tuple[Content, list[Problem]]:
    """The content to keep after a scan of `head`, and a problem for every item that is gone."""
    amounts = _Amounts(content_at, head, now)
    if known is not None:
        before, since = known.accepted, known.accepted_commit
    else:
        before, since = _before_newest_change(store, head, now, amounts) if now else ({}, head)
    chain = _chain(store, head, since if known else None)
    gone = [item for item in before if before[item] and not now.get(item, 0)]
    hollow = [item for item in now if not now[item] and item not in gone]
    losses = [
        *_explain(store, head, since, chain, {item: before[item] for item in gone}, amounts),
        *_hollowed(chain[:_LOOK_BACK], hollow, amounts),
    ]
    if not losses:
        return Content(head, now, head, now), []
    assert kind.lost is not None
    lost = kind.lost
    accepted = {**before, **{loss.item: loss.before for loss in losses}}
    return Content(since, accepted, head, now), [
        lost.at(None, None, item=loss.item, before=loss.before, commit=loss.commit)
        for loss in sorted(losses, key=lambda loss: loss.item)
    ]


def _hollowed(chain: Sequence[str], hollow: Sequence[str], amounts: _Amounts) -> list[Loss]:
    """Of items that are still named but hold nothing, those that held something at one of these commits."""
    losses = []
    for item in hollow:
        for newer, older in pairwise(chain):
            if amount := amounts.of(older, item):
                losses.append(Loss(item, amount, newer))
                break
    return losses


def _before_newest_change(store: ObjectStore, head: str, now: Amounts, amounts: _Amounts) -> tuple[Amounts, str]:
    """What was there before the newest change of the content among the last commits; `now` if there was none."""
    for commit in _chain(store, head, None)[1 : _LOOK_BACK + 1]:
        then = amounts.at(commit)
        if then is None:
            break  # a shallow clone ends here
        if then != now:
            return then, commit
    return now, head


def _explain(
    store: ObjectStore, head: str, since: str, chain: Sequence[str], gone: Amounts, amounts: _Amounts
) -> list[Loss]:
    """Names the commit at which each item went."""
    between: list[str] | None = None
    losses = []
    for item, before in sorted(gone.items()):
        if amounts.of(chain[-1], item):
            commit: str | None = _bisect(chain, item, amounts)
        else:
            between = _between(store, head, since) if between is None else between
            commit = _search(store, between, item, amounts)
        losses.append(Loss(item, before, commit or head))
    return losses


def _bisect(chain: Sequence[str], item: str, amounts: _Amounts) -> str:
    """A first commit of a line without the item: gone at its new end, there at its old."""
    without, having = 0, len(chain) - 1
    while having - without > 1:
        middle = (without + having) // 2
        if amounts.of(chain[middle], item):
            having = middle
        else:
            without = middle
    return chain[without]


def _search(store: ObjectStore, commits: Sequence[str], item: str, amounts: _Amounts) -> str | None:
    """The oldest commit without the item though a parent of it has it."""
    for commit in commits:
        if not amounts.of(commit, item) and any(amounts.of(parent, item) for parent in _parents(store, commit)):
            return commit
    return None


def _between(store: ObjectStore, head: str, since: str) -> list[str]:
    """Commits that `head` has and `since` has not, oldest first: for lines that do not meet on the first-parent way."""
    walker = store.pygit2.walk(pygit2.Oid(hex=head), SortMode.TOPOLOGICAL | SortMode.REVERSE)
    if since in store.pygit2:
        walker.hide(pygit2.Oid(hex=since))
    return [str(commit.id) for commit in islice(walker, _SEARCH_LIMIT)]


def _chain(store: ObjectStore, head: str, since: str | None) -> list[str]:
    """First-parent line from `head` back to `since`, or to the last commit the two have in common (a force-push);
    both ends included. Cut where history is, and at a limit."""
    stop = since
    if since is not None:
        try:
            base = store.pygit2.merge_base(pygit2.Oid(hex=head), pygit2.Oid(hex=since))
        except (KeyError, ValueError, pygit2.GitError):
            base = None
        stop = str(base) if base else None
    chain: list[str] = []
    commit: str | None = head
    while commit is not None and len(chain) < _CHAIN_LIMIT:
        chain.append(commit)
        if commit == stop:
            break
        commit = next(iter(_parents(store, commit)), None)
    return chain


def _parents(store: ObjectStore, commit: str) -> list[str]:
    """A commit's parents, as far as the clone has them."""
    found = store.pygit2.get(pygit2.Oid(hex=commit))
    if not isinstance(found, pygit2.Commit):
        return []
    return [str(parent) for parent in found.parent_ids if parent in store.pygit2]


def guard(
    readings: Sequence[KindReading],
    known: Mapping[str, Content],
    store: ObjectStore,
    head: str,
    read_at: Callable[[DocumentKind, str], KindReading],
) -> tuple[list[KindReading], dict[str, Content]]:
    """The readings of a scan of `head` with a problem for everything that was lost, and the content to keep, by kind
    name. `read_at` reads one kind at another commit."""
    judged: list[KindReading] = []
    contents: dict[str, Content] = {}
    for reading in readings:
        kind = reading.kind
        if reading.content is None:  # no content is guarded, or resolving failed, which is a problem already
            judged.append(reading)
            continue

        def content_at(commit: str, kind: DocumentKind = kind) -> Amounts:
            return read_at(kind, commit).content or {}

        contents[kind.name], lost = judge(kind, store, head, reading.content, known.get(kind.name), content_at)
        judged.append(replace(reading, problems=(*reading.problems, *lost)))
    return judged, contents

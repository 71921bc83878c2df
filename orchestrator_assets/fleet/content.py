"""Content that was lost: what a repository holds less of than when it was last accepted, and the commit that did it.

A kind says how much there is of each item (`DocumentKind.content`); here amounts are compared over time. Of a
repository seen for the first time, only the newest commit that touched the kind's documents is judged: what people
dropped on purpose long ago is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

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
class Fall:
    """An item whose amount fell, and the first commit (on the ref's own line) since which it is lower."""

    item: str
    before: int
    after: int
    commit: str


def judge(
    kind: DocumentKind, store: ObjectStore, head: str, now: Amounts, known: Content | None, content_at: ContentAt
) -> tuple[Content, list[Problem]]:
    """The content to keep after a scan of `head`, and a problem for every item that fell."""
    if known is not None:
        before, since = known.accepted, known.accepted_commit
    else:
        before, since = _before_newest_change(store, head, now, content_at) if now else ({}, head)
    lower = [item for item in sorted(before) if now.get(item, 0) < before[item]]
    if not lower:
        return Content(head, now, head, now), []
    falls = _explain(store, head, since, now, before, lower, content_at)
    assert kind.lost is not None
    problems = [
        kind.lost.at(None, None, item=fall.item, before=fall.before, after=fall.after, commit=fall.commit)
        for fall in falls
    ]
    return Content(since, before, head, now), problems


def _before_newest_change(store: ObjectStore, head: str, now: Amounts, content_at: ContentAt) -> tuple[Amounts, str]:
    """What was there before the newest change of the content among the last commits; `now` if there was none."""
    for commit in _chain(store, head, None)[1 : _LOOK_BACK + 1]:
        try:
            then = content_at(commit)
        except RepositoryUnavailable:
            break  # a shallow clone ends here
        if then != now:
            return then, commit
    return now, head


class _Amounts:
    """What was held at commits, each asked for once. A commit that cannot be read held nothing that we know of."""

    def __init__(self, content_at: ContentAt, head: str, now: Amounts) -> None:
        self._content_at = content_at
        self._known: dict[str, Amounts] = {head: now}

    def of(self, commit: str, item: str) -> int:
        """The item's amount at a commit."""
        if commit not in self._known:
            try:
                self._known[commit] = self._content_at(commit)
            except RepositoryUnavailable:
                self._known[commit] = {}
        return self._known[commit].get(item, 0)


def _explain(
    store: ObjectStore,
    head: str,
    since: str,
    now: Amounts,
    before: Amounts,
    lower: Sequence[str],
    content_at: ContentAt,
) -> list[Fall]:
    """Names the commit of each fall."""
    amounts = _Amounts(content_at, head, now)
    chain = _chain(store, head, since)
    between = _between(store, head, since) if chain[-1] != since else []
    falls = []
    for item in lower:
        if amounts.of(chain[-1], item) >= before[item]:
            commit = _bisect(chain, item, before[item], amounts)
        else:
            commit = _search(store, between, item, before[item], amounts) or head
        falls.append(Fall(item, before[item], now.get(item, 0), commit))
    return falls


def _bisect(chain: Sequence[str], item: str, whole: int, amounts: _Amounts) -> str:
    """The first commit of a line that has less than `whole`: low at its new end, whole at its old."""
    low, high = 0, len(chain) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if amounts.of(chain[middle], item) < whole:
            low = middle
        else:
            high = middle
    return chain[low]


def _search(store: ObjectStore, commits: Sequence[str], item: str, whole: int, amounts: _Amounts) -> str | None:
    """The oldest commit that has less than `whole` though a parent of it has not."""
    for commit in commits:
        parents = _parents(store, commit)
        if amounts.of(commit, item) < whole and any(amounts.of(parent, item) >= whole for parent in parents):
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

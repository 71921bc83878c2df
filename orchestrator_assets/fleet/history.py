"""Facts about a repository's history, kept up incrementally: a scan walks only the commits that are new since the
last one, and starts over when the old head is no ancestor any more (a force-push)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import pygit2
from pygit2.enums import SortMode

from orchestrator_assets.documents.text import storable
from orchestrator_assets.fleet.dates import commit_date, utc_day
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status

ACTIVITY_WINDOW_DAYS = 90
_EMPTY_LIMIT = 1000


@dataclass(slots=True)
class History:
    """What is counted over all commits reachable from `head`. `authors` counts commits by e-mail as written, lower
    case (the mailmap is applied when facts are drawn, since it may change); `days` counts commits by committer day
    (UTC); `first` and `last` are the oldest and newest committer dates, ISO 8601; `roots` are parentless commits."""

    head: str = ""
    commits: int = 0
    authors: dict[str, int] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    roots: list[str] = field(default_factory=list)
    first_time: int = 0
    last_time: int = 0

    def as_json(self) -> dict[str, Any]:
        """For storing; `from_json` reads it back."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any] | None) -> History | None:
        """A stored history, None if there is none (or it is from a version that kept other fields)."""
        try:
            return History(**data) if data else None
        except TypeError:
            return None


def read_history(store: ObjectStore, head: str, known: History | None) -> History:
    """The history at `head`, built on `known` where that is an ancestor. RepositoryUnavailable (corrupt) if commits
    are missing."""
    try:
        if known is not None and known.head == head:
            return known
        if known is not None and _is_ancestor(store.pygit2, known.head, head):
            return _count(store, head, _copy(known), hide=known.head)
        return _count(store, head, History(), hide=None)
    except (KeyError, pygit2.GitError, ValueError) as error:
        raise RepositoryUnavailable(Status.CORRUPT, f"history cannot be read: {error}") from None


def people(history: History, mailmap: bytes | None) -> dict[str, int]:
    """Commits by person: e-mails joined by the repository's own mailmap."""
    names = pygit2.Mailmap.from_buffer(storable(mailmap.decode("utf-8", "replace"))) if mailmap else None
    counted: dict[str, int] = {}
    for email, count in history.authors.items():
        person = names.resolve("?", email)[1].lower() if names else email
        counted[person] = counted.get(person, 0) + count
    return counted


def active_days(history: History) -> int:
    """Days with a commit among the 90 days that end on the newest commit's day."""
    if not history.days:
        return 0
    newest = date.fromisoformat(max(history.days))
    since = (newest - timedelta(days=ACTIVITY_WINDOW_DAYS - 1)).isoformat()
    return sum(1 for day in history.days if day >= since)


def _count(store: ObjectStore, head: str, history: History, hide: str | None) -> History:
    walker = store.pygit2.walk(pygit2.Oid(hex=head), SortMode.NONE)
    if hide is not None:
        walker.hide(pygit2.Oid(hex=hide))
    for commit in walker:
        history.commits += 1
        email = storable(commit.author.raw_email.decode("utf-8", "backslashreplace")).strip().lower()
        history.authors[email] = history.authors.get(email, 0) + 1
        day = utc_day(commit)
        history.days[day] = history.days.get(day, 0) + 1
        if history.first is None or commit.commit_time < history.first_time:
            history.first, history.first_time = commit_date(commit), commit.commit_time
        if history.last is None or commit.commit_time > history.last_time:
            history.last, history.last_time = commit_date(commit), commit.commit_time
        if not commit.parent_ids:
            history.roots.append(str(commit.id))
    history.head = head
    history.roots.sort()
    return history


def _copy(history: History) -> History:
    return History(**{**asdict(history)})


def _is_ancestor(repository: pygit2.Repository, old: str, new: str) -> bool:
    try:
        return bool(repository.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old)))
    except (KeyError, pygit2.GitError, ValueError):
        return False  # the old head is gone


def only_empty_commits(store: ObjectStore, old: str, new: str) -> bool:
    """Whether `new` descends from `old` in one line of commits that all hold its very files. (Two commits may hold the
    same files with others between them; then the dates of files differ.)"""
    tree = store.tree_of(new)
    commit = new
    for _ in range(_EMPTY_LIMIT):
        found = store.pygit2.get(pygit2.Oid(hex=commit))
        if not isinstance(found, pygit2.Commit) or str(found.tree_id) != tree:
            return False
        if commit == old:
            return True
        if len(found.parent_ids) != 1:
            return False
        commit = str(found.parent_ids[0])
    return False

"""What happened in one repository between two moments, read from its commits, tags and branches.

A commit counts by its committer date, merges included, if it is reachable from the ref that is followed. Every commit
of the history is looked at: a walk that stops at the first older date misses what wrong clocks put behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median

import pygit2
from pygit2.enums import SortMode

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.dates import commit_date
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.reports.model import Branch, GitFacts, Merge, Revert, Tag
from orchestrator_assets.reports.people import People

STALE_DAYS = 90
ABSENCE_DAYS = 365
_TAGS_READ = 10_000
_BRANCHES_READ = 5_000
_RELEASE = re.compile(r"(?:.*[/@-])?v?\d+\.\d+(?:\.\d+)*(?:[-+.]?[0-9A-Za-z][0-9A-Za-z.+-]*)?")
_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
_NUMBER = re.compile(r"^Merge pull request #(\d+)|\(#(\d+)\)$|^Merge branch .*? See merge request [^!\s]*!(\d+)")


def git_facts(
    store: ObjectStore, ref: str, head: str, starts: Sequence[datetime], end: datetime, people: People
) -> GitFacts:
    """The facts of one repository from the last of `starts` (inclusive) to `end` (exclusive); the starts before it
    begin the periods that its commits are compared with. `ref` and `head` are the ref that is followed and the
    commit it stands at. KeyError or pygit2.GitError where objects are missing."""
    start = starts[-1]
    bounds = [moment.timestamp() for moment in starts]
    trend = [0] * len(starts)
    since, until = start.timestamp(), end.timestamp()
    year = (end - timedelta(days=ABSENCE_DAYS)).timestamp()
    within: list[pygit2.Commit] = []
    lately: Counter[str] = Counter()
    first = at_start = at_end = None
    for commit in store.pygit2.walk(pygit2.Oid(hex=head), SortMode.TIME):
        moment = commit.commit_time
        if moment >= until:
            continue
        at_end = at_end or commit
        if first is None or moment < first.commit_time:
            first = commit
        if moment >= bounds[0]:
            trend[bisect_right(bounds, moment) - 1] += 1
        if moment >= since:
            within.append(commit)
        else:
            at_start = at_start or commit
        if moment >= year and (author := people.author(commit)) is not None:
            lately[author] += 1
    tags = list(_tags(store.pygit2))
    return GitFacts(
        head_at_start=str(at_start.id) if at_start else None,
        head_at_end=str(at_end.id) if at_end else None,
        commits=len(within),
        trend=trend,
        people=sorted({author for commit in within if (author := people.author(commit)) is not None}),
        machine_commits=sum(people.author(commit) is None for commit in within),
        first_commit=commit_date(first) if first else None,
        is_new=first is not None and first.commit_time >= since,
        days=dict(sorted(Counter(_day(commit, start) for commit in within).items())),
        merges=[_merge(commit) for commit in within if _is_merged_work(commit)],
        reverts=[found for commit in within if (found := _revert(commit)) is not None],
        tags=[_tag(name, moment, target) for name, moment, target in tags if since <= moment < until],
        lead_hours=_lead_hours(store.pygit2, tags, since, until),
        stale_branches=_stale(store.pygit2, ref, head, (end - timedelta(days=STALE_DAYS)).timestamp()),
        absence_factor=absence_factor(lately),
    )


def absence_factor(commits: Counter[str]) -> int | None:
    """The smallest number of people who made more than half of these commits; None if there are none."""
    total, made = sum(commits.values()), 0
    for number, (_, count) in enumerate(commits.most_common(), 1):
        made += count
        if made * 2 > total:
            return number
    return None


def _day(commit: pygit2.Commit, start: datetime) -> str:
    return datetime.fromtimestamp(commit.commit_time, start.tzinfo).date().isoformat()


def _subject(commit: pygit2.Commit) -> str:
    message = commit.raw_message.decode("utf-8", "backslashreplace")
    return visible(message.strip().partition("\n")[0])[:200]


def _is_merged_work(commit: pygit2.Commit) -> bool:
    return len(commit.parent_ids) > 1 or bool(_NUMBER.search(_subject(commit)))


def _merge(commit: pygit2.Commit) -> Merge:
    subject = _subject(commit)
    found = _NUMBER.search(subject)
    number = next((int(group) for group in found.groups() if group), None) if found else None
    return Merge(commit=str(commit.id), date=commit_date(commit), subject=subject, number=number)


def _revert(commit: pygit2.Commit) -> Revert | None:
    subject = _subject(commit)
    told = _REVERTED.search(commit.raw_message.decode("utf-8", "backslashreplace"))
    if told is None and not subject.startswith('Revert "'):
        return None
    return Revert(commit=str(commit.id), date=commit_date(commit), subject=subject, reverts=told[1] if told else None)


def _tags(repository: pygit2.Repository) -> Iterator[tuple[str, int, pygit2.Commit]]:
    """Every tag of a commit: its name, when it was made (the tagger's date; of a lightweight tag, the commit's) and the
    commit."""
    for number, name in enumerate(sorted(repository.listall_references())):
        if number >= _TAGS_READ:
            return
        if not name.startswith("refs/tags/"):
            continue
        try:
            reference = repository.lookup_reference(name)
            target = repository[reference.resolve().target]
            commit = reference.peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError):
            continue  # a tag of a tree or blob, or one whose object is not here: no release of anything
        tagger = target.tagger if isinstance(target, pygit2.Tag) else None
        yield name.removeprefix("refs/tags/"), tagger.time if tagger else commit.commit_time, commit


def _tag(name: str, moment: int, target: pygit2.Commit) -> Tag:
    day = datetime.fromtimestamp(moment, UTC).isoformat()
    return Tag(name=visible(name)[:200], commit=str(target.id), date=day, release=bool(_RELEASE.fullmatch(name)))


def _lead_hours(
    repository: pygit2.Repository, tags: Sequence[tuple[str, int, pygit2.Commit]], since: float, until: float
) -> float | None:
    """The median of the hours from a commit to the first tag that holds it, over the commits that tags made within the
    period were the first to hold; None if there are none."""
    waits: list[float] = []
    earlier: list[pygit2.Oid] = []
    for _, moment, target in sorted(tags, key=lambda item: (item[1], item[0])):
        if moment >= until:
            break
        if moment >= since:
            walker = repository.walk(target.id, SortMode.NONE)
            for known in earlier:
                walker.hide(known)
            waits += [max(0.0, (moment - commit.commit_time) / 3600) for commit in walker]
        earlier.append(target.id)
    return round(median(waits), 1) if waits else None


def _stale(repository: pygit2.Repository, ref: str, head: str, before: float) -> list[Branch]:
    """Branches other than the one that is followed whose newest commit is old and not merged into it."""
    found = []
    for name in sorted(repository.listall_references())[:_BRANCHES_READ]:
        if not name.startswith("refs/heads/") or name == ref:
            continue
        try:
            tip = repository.lookup_reference(name).peel(pygit2.Commit)
            merged = str(tip.id) == head or repository.descendant_of(pygit2.Oid(hex=head), tip.id)
        except (KeyError, ValueError, pygit2.GitError):
            continue  # the scan names what cannot be read
        if tip.commit_time < before and not merged:
            short = visible(name.removeprefix("refs/heads/"))[:200]
            found.append(Branch(name=short, commit=str(tip.id), date=commit_date(tip)))
    return found

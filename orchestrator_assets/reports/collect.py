"""Collecting the facts of a period, from git: each repository's history within it, and its records at both ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pygit2
from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store, index_store
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.fleet.reading import KindReading
from orchestrator_assets.fleet.travel import NOT_YET, Visit, index_of_visits, read_kinds_at, records_of
from orchestrator_assets.kinds import Index, kind_of_index, kinds
from orchestrator_assets.problems import Severity
from orchestrator_assets.reports import state_facts
from orchestrator_assets.reports.boards import ask_boards
from orchestrator_assets.reports.forges import ask_forges
from orchestrator_assets.reports.git_facts import git_facts
from orchestrator_assets.reports.model import (
    BoardFacts,
    ClaimFacts,
    Facts,
    Failing,
    Forge,
    GitFacts,
    ProjectFacts,
    Proxies,
    Report,
    RepositoriesFacts,
    Skipped,
)
from orchestrator_assets.reports.people import People
from orchestrator_assets.reports.period import Period
from orchestrator_assets.reports.registry_facts import left_registry
from orchestrator_assets.settings import Settings

TREND = 8
"""Periods that a report compares its commits with, its own included."""

_MAILMAP_LIMIT = 256 * 1024
_GONE = frozenset({Status.MISSING})


@dataclass(frozen=True, slots=True)
class Looked:
    """What one repository told: its history, and its documents at the period's beginning and end."""

    name: str
    status: Status
    reason: str = ""
    git: GitFacts | None = None
    before: tuple[KindReading, ...] = ()
    after: tuple[KindReading, ...] = ()

    def visit(self, at_end: bool) -> Visit:
        """The repository at one end of the period, as indexes take it."""
        commit = (self.git.head_at_end if at_end else self.git.head_at_start) if self.git else None
        status = NOT_YET if self.git and commit is None else self.status.value
        return Visit(self.name, commit, status, self.after if at_end else self.before)


def collect(engine: Engine, settings: Settings, period: Period, now: datetime, known: Report | None) -> Report:
    """The facts of a period over the fleet as the registry in force names it. `known` is the report of the period
    before, if there is one: what failed then tells since when it fails."""
    fleet = fleet_store.fleet(engine)
    with ThreadPoolExecutor(settings.scan_workers, thread_name_prefix="report") as pool:
        looked = list(pool.map(lambda item: look(engine, settings, item, period), fleet))
    looked.sort(key=lambda item: item.name)
    with engine.connect() as connection:
        entries = index_store.fleet_entries(connection)
    gone = left_registry(engine, period.start, period.end)
    forges, boards = ask_forges(settings, fleet, period), ask_boards(settings, period)
    facts = facts_of(looked, entries, period, gone, known, forges, boards)
    return Report(
        period=period.length.value,
        from_=period.start.isoformat(),
        to=period.end.isoformat(),
        zone=period.zone,
        finished=period.over(now),
        facts=facts,
        commits={item.name: item.git.head_at_end if item.git else None for item in looked},
    )


def look(engine: Engine, settings: Settings, repository: FleetRepository, period: Period) -> Looked:
    """One repository's part. Never raises for what is wrong with the repository: its status says it."""
    try:
        store = open_repository(repository, settings)
        head = store.resolve(repository.ref)
        people = People(_mailmap(store, head.commit), settings.report_bots)
        found = git_facts(store, head.ref, head.commit, _starts(period), period.end, people)

        def read(commit: str | None) -> tuple[KindReading, ...]:
            if commit is None:
                return ()
            return tuple(read_kinds_at(engine, settings, repository, store, commit, kinds()))

        after = read(found.head_at_end)
        before = after if found.head_at_start == found.head_at_end else read(found.head_at_start)
        return Looked(repository.name, Status.OK, "", found, before, after)
    except RepositoryUnavailable as unavailable:
        return Looked(repository.name, unavailable.status, unavailable.reason)
    except (KeyError, ValueError, pygit2.GitError) as error:
        return Looked(repository.name, Status.CORRUPT, f"its history cannot be read: {error}")


def facts_of(
    looked: Sequence[Looked],
    entries: Mapping[str, Mapping[str, Any]],
    period: Period,
    gone: Sequence[str],
    known: Report | None,
    forges: list[Forge],
    boards: list[BoardFacts],
) -> Facts:
    """Everything that the repositories told, put together."""
    read = {item.name: item.git for item in looked if item.git}
    before = [item.visit(False) for item in looked]
    after = [item.visit(True) for item in looked]
    then = {kind.index: index_of_visits(kind, before, entries) for kind in kinds()}
    now = {kind.index: index_of_visits(kind, after, entries) for kind in kinds()}
    changed = [item for item in looked if item.before is not item.after]
    ends = ([item.visit(False) for item in changed], [item.visit(True) for item in changed])
    decisions, notes = kind_of_index("decisions"), kind_of_index("session-notes")
    return Facts(
        commits={name: git.commits for name, git in read.items()},
        people={name: len(git.people) for name, git in read.items()},
        people_total=len({person for git in read.values() for person in git.people}),
        trend=_trend(read, period),
        days=_days(read, period),
        machine_commits={name: git.machine_commits for name, git in read.items() if git.machine_commits},
        tags=[tag.model_copy(update={"repo": name}) for name, git in read.items() for tag in git.tags],
        merged=[merge.model_copy(update={"repo": name}) for name, git in read.items() for merge in git.merges],
        reverts=[revert.model_copy(update={"repo": name}) for name, git in read.items() for revert in git.reverts],
        stale_branches=[
            branch.model_copy(update={"repo": name}) for name, git in read.items() for branch in git.stale_branches
        ],
        one_person=[name for name, git in read.items() if git.absence_factor == 1],
        decisions=state_facts.decision_facts(records_of(before, decisions), records_of(after, decisions)),
        session_notes=state_facts.note_facts(records_of(before, notes), records_of(after, notes)),
        records={
            kind.index: state_facts.kind_facts(records_of(ends[0], kind), records_of(ends[1], kind)).model_copy(
                update={"total": len(now[kind.index].records)}
            )
            for kind in kinds()
        },
        repositories=_repositories(looked, gone),
        failing=_failing(now, then, period, known),
        proxies=_proxies(read),
        contradictions=_contradictions(now),
        projects=_projects(now),
        forges=forges,
        boards=boards,
    )


def _repositories(looked: Sequence[Looked], gone: Sequence[str]) -> RepositoriesFacts:
    read = [item for item in looked if item.git]
    missing = [item.name for item in looked if item.status in _GONE]
    return RepositoriesFacts(
        scanned=len(read),
        new=[item.name for item in read if item.git and item.git.is_new],
        vanished=sorted({*missing, *gone}),
        quiet=[item.name for item in read if item.git and item.git.head_at_end and not item.git.commits],
        skipped=[
            Skipped(repo=item.name, status=item.status.value, reason=item.reason) for item in looked if not item.git
        ],
    )


def _failing(
    now: Mapping[str, Index], then: Mapping[str, Index], period: Period, known: Report | None
) -> list[Failing]:
    seen = {(item.index, item.code): item.since for item in known.facts.failing} if known else {}
    found = []
    for name, index in now.items():
        errors = [item for item in index.problems if item.problem.severity is Severity.ERROR]
        old = {item.problem.code for item in then[name].problems if item.problem.severity is Severity.ERROR}
        for code in sorted({item.problem.code for item in errors}):
            of_code = [item for item in errors if item.problem.code == code]
            since = seen.get((name, code)) if code in old else period.first.isoformat()
            counted = Counter(item.repository or "fleet" for item in of_code)
            found.append(
                Failing(
                    index=name,
                    code=code,
                    message=of_code[0].problem.message[:200],
                    repositories=dict(sorted(counted.items())),
                    since=since,
                )
            )
    return found


def _starts(period: Period) -> list[datetime]:
    """When the periods that a report looks back over began, oldest first, its own last."""
    periods = [period]
    while len(periods) < TREND:
        periods.append(periods[-1].previous)
    return [item.start for item in reversed(periods)]


def _trend(read: Mapping[str, GitFacts], period: Period) -> dict[str, int]:
    """Commits of the fleet by period, each named by its first day."""
    days = [start.date().isoformat() for start in _starts(period)]
    return {day: sum(git.trend[place] for git in read.values()) for place, day in enumerate(days)}


def _days(read: Mapping[str, GitFacts], period: Period) -> dict[str, int]:
    """Commits of the fleet by day, every day of the period named."""
    number = (period.after - period.first).days
    days = [(period.first + timedelta(days=day)).isoformat() for day in range(number)]
    return {day: sum(git.days.get(day, 0) for git in read.values()) for day in days}


def _proxies(read: Mapping[str, GitFacts]) -> Proxies:
    releases = {name: sum(tag.release for tag in git.tags) for name, git in read.items()}
    return Proxies(
        releases={name: number for name, number in releases.items() if number},
        lead_hours={name: git.lead_hours for name, git in read.items() if git.lead_hours is not None},
        reverts={name: len(git.reverts) for name, git in read.items() if git.reverts},
    )


def _contradictions(now: Mapping[str, Index]) -> ClaimFacts:
    extras = now["claims"].extras
    return ClaimFacts(
        contradicted=extras["contradicted"],
        confirmed=extras["confirmed"],
        not_comparable=sum(extras["not_comparable"].values()),
    )


def _projects(now: Mapping[str, Index]) -> list[ProjectFacts]:
    return [
        ProjectFacts(
            repo=row["repo"],
            id=row["id"],
            name=row["name"],
            steps=len(row["steps"]),
            complete=sum(step["complete"] is True for step in row["steps"]),
            criteria=row["criteria"],
            met=row["criteria_met"],
            out_of_order=len(row["out_of_order"]),
        )
        for row in now["projects"].extras["projects"]
    ]


def _mailmap(store: ObjectStore, commit: str) -> bytes | None:
    tree = bytes.fromhex(store.tree_of(commit))
    entry = store.lookup(tree, [b".mailmap"]).get(b".mailmap")
    if entry is None or (store.size(entry[1].hex()) or _MAILMAP_LIMIT + 1) > _MAILMAP_LIMIT:
        return None
    return store.read(entry[1].hex())

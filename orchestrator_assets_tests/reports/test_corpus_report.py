"""Reports of the real repositories: every figure equals what plain git commands say, worked out here anew."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.period import Length, Period, period_at
from orchestrator_assets.reports.reporting import report_of, text_of, with_previous
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("corpus-report")]

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PERIODS = [
    (Length.WEEK, "2025-11-20", "UTC"),
    (Length.WEEK, "2026-04-07", "America/Los_Angeles"),
    (Length.MONTH, "2025-11-01", "Europe/Berlin"),
    (Length.DAY, "2025-11-08", "Asia/Kolkata"),
    (Length.MONTH, "2026-02-01", "UTC"),
]


@pytest.fixture
def real(fleet: Fleet) -> Fleet:
    (fleet.folder / "repos").mkdir()
    names = []
    for bundle in sorted((corpus() / "corpus").glob("*.bundle")):
        target = fleet.folder / "repos" / bundle.stem
        command = ["git", "clone", "-q", "-b", "main", str(bundle), str(target)]
        subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True)
        names.append(bundle.stem)
    fleet.register(*names)
    return fleet


@dataclass(frozen=True)
class Git:
    """One repository as git tells of it between two moments."""

    path: Path
    start: int
    end: int

    def __call__(self, *arguments: str) -> list[str]:
        done = subprocess.run(["git", *arguments], cwd=self.path, env=GIT_ENVIRONMENT, check=True, capture_output=True)
        return done.stdout.decode("utf-8", "replace").splitlines()

    def commits(self, *more: str) -> list[str]:
        """Ids of the period's commits, by committer date; filtered here, for `--since` stops at the first older one."""
        rows = (line.split() for line in self("log", "--format=%ct %H", *more))
        return [commit for moment, commit in rows if self.start <= int(moment) < self.end]

    def at(self, moment: int) -> str | None:
        """The newest commit before a moment."""
        rows = (line.split() for line in self("log", "--date-order", "--format=%ct %H"))
        return max(((int(when), -place, commit) for place, (when, commit) in enumerate(rows) if int(when) < moment),
                   default=(0, 0, None))[2]  # fmt: skip

    def tree(self, commit: str | None) -> set[str]:
        return set(self("ls-tree", "-r", "--name-only", commit)) if commit else set()


def gits(fleet: Fleet, period: Period) -> Iterator[tuple[str, Git]]:
    start, end = int(period.start.timestamp()), int(period.end.timestamp())
    for path in sorted((fleet.folder / "repos").iterdir()):
        yield path.name, Git(path, start, end)


@pytest.mark.parametrize(("length", "day", "zone"), PERIODS)
def test_every_figure_equals_gits(real: Fleet, length: Length, day: str, zone: str) -> None:
    period = period_at(length, day, zone, NOW)
    found = report_of(real.engine, real.settings, period, NOW)
    facts = found.facts
    people = set()
    for name, git in gits(real, period):
        commits = git.commits()
        assert facts.commits[name] == len(commits)
        authors = {line.lower() for commit in commits for line in git("log", "-1", "--format=%aE", commit)}
        authors = {author for author in authors if "[bot]" not in author and not author.startswith("noreply@")}
        machines = {"198982749+copilot@users.noreply.github.com"}
        assert facts.people[name] == len(authors - machines), authors
        people |= authors - machines
        assert found.commits[name] == git.at(git.end)
        assert [item.commit for item in facts.merged if item.repo == name and item.number is None] == [
            commit for commit in git.commits("--merges") if not _number(git, commit)
        ]
        tags = [
            line.split() for line in git("for-each-ref", "--format=%(creatordate:unix) %(refname:strip=2)", "refs/tags")
        ]
        assert {item.name for item in facts.tags if item.repo == name} == {
            tag for moment, tag in tags if git.start <= int(moment) < git.end
        }
        assert [item.commit for item in facts.reverts if item.repo == name] == [
            commit for commit in commits if git("log", "-1", "--format=%s", commit)[0].startswith('Revert "')
        ]
        first = min(int(line) for line in git("log", "--format=%ct"))
        assert (name in facts.repositories.new) == (git.start <= first < git.end)
        assert (name in facts.repositories.quiet) == (first < git.start and not commits)
        assert (name in facts.one_person) == _one_person(git)
        _decisions(git, name, found)
    assert facts.people_total == len(people)
    assert facts.repositories.skipped == [] and facts.repositories.scanned == 8
    assert facts.days == _days(real, period)
    assert facts.trend[period.first.isoformat()] == sum(facts.commits.values())


def _number(git: Git, commit: str) -> bool:
    return bool(re.search(r"pull request #\d+|\(#\d+\)$", git("log", "-1", "--format=%s", commit)[0]))


def _one_person(git: Git) -> bool:
    rows = [line.split(" ", 1) for line in git("log", "--format=%ct %aE")]
    year = [author.lower() for moment, author in rows if git.end - 365 * 86400 <= int(moment) < git.end]
    bots = ("[bot]", "noreply@anthropic", "copilot@")
    year = [author for author in year if not any(bot in author for bot in bots)]
    return any(year.count(author) * 2 > len(year) for author in set(year))


def _decisions(git: Git, name: str, found: Report) -> None:
    """Opened decisions are files that came and were not renamed; accepted ones say so at the end and did not before."""
    before, after = git.at(git.start), git.at(git.end)
    opened = {item.path for item in found.facts.decisions.opened if item.repo == name}
    assert opened <= git.tree(after) - git.tree(before)
    if before and after:
        came = git("diff", "--name-only", "--diff-filter=A", "-M", before, after)
        series = {path for path in came if re.search(r"(adr|decisions?)/[^/]*\d{4}[^/]*\.md$", path, re.I)}
        assert series <= opened
    for item in found.facts.decisions.accepted:
        if item.repo == name:
            text = "\n".join(git("show", f"{after}:{item.path}")).lower()
            assert "accepted" in text or "decided" in text


def _days(fleet: Fleet, period: Period) -> dict[str, int]:
    counted: dict[str, int] = {}
    for _, git in gits(fleet, period):
        for commit in git.commits():
            moment = int(git("log", "-1", "--format=%ct", commit)[0])
            day = datetime.fromtimestamp(moment, ZoneInfo(period.zone)).date().isoformat()
            counted[day] = counted.get(day, 0) + 1
    days = (period.after - period.first).days
    names = [(period.first.fromordinal(period.first.toordinal() + n)).isoformat() for n in range(days)]
    return {name: counted.get(name, 0) for name in names}


def test_claims_are_contradicted_and_confirmed_by_what_is_counted(real: Fleet) -> None:
    period = period_at(Length.WEEK, "2025-11-24", "UTC", NOW)
    told = report_of(real.engine, real.settings, period, NOW).facts.contradictions
    assert any(
        (row.repo, row.unit, row.claimed, row.counted) == ("renderx", "sequences", 55, 50)
        and row.path.endswith("catalog-sequences.json")
        for row in told.contradicted
    )
    held = {(row.unit, row.claimed, row.of.partition(";")[0]) for row in told.confirmed}
    assert ("beats", 41, "CAG Agent Workflow - 8 Phase Sequence") in held
    assert ("movements", 8, "CAG Agent Workflow - 8 Phase Sequence") in held
    assert ("handlers", 67, "@renderx-plugins/self-healing") in held


def test_the_same_report_has_the_same_bytes(real: Fleet) -> None:
    period = period_at(Length.WEEK, "2026-04-07", "UTC", NOW)
    first, _ = with_previous(real.engine, real.settings, period, NOW)
    again, _ = with_previous(real.engine, real.settings, period, NOW, again=True)
    assert text_of(first) == text_of(again)
    files = files_of(first, page_from(real.engine, first, period), period)
    assert files == files_of(again, page_from(real.engine, again, period), period)
    assert b"19 commits by 1 person in 1 of 8 repositories" in files["report.html"]

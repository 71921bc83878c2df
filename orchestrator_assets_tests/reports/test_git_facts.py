"""What happened in one repository, at the edges of periods and with dates that clocks got wrong."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.reports.git_facts import absence_factor, git_facts
from orchestrator_assets.reports.model import GitFacts
from orchestrator_assets.reports.people import People
from orchestrator_assets_tests.repositories import GitRepository

START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> GitRepository:
    return GitRepository.create(tmp_path / "made")


def facts(made: GitRepository, start: datetime = START, end: datetime = END, mailmap: bytes | None = None) -> GitFacts:
    store = ObjectStore(made.path)
    head = store.resolve(None)
    starts = [start - (end - start), start]
    return git_facts(store, head.ref, head.commit, starts, end, People(mailmap))


def by(name: str, email: str) -> dict[str, str]:
    return {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email}


def commit(made: GitRepository, date: str, message: str = "c", author_date: str | None = None, **extra: str) -> str:
    more = {**extra, **({"GIT_AUTHOR_DATE": author_date} if author_date else {})}
    made.git("commit", "-q", "--allow-empty", "-m", message, date=date, **more)
    return made.git("rev-parse", "HEAD")


def test_the_first_second_counts_and_the_one_after_the_last_does_not(made: GitRepository) -> None:
    commit(made, "2026-03-01T23:59:59+00:00")
    first = commit(made, "2026-03-02T00:00:00+00:00")
    last = commit(made, "2026-03-08T23:59:59+00:00")
    commit(made, "2026-03-09T00:00:00+00:00")
    found = facts(made)
    assert (found.commits, found.head_at_end, found.trend) == (2, last, [1, 2])
    assert found.head_at_start != first and found.days == {"2026-03-02": 1, "2026-03-08": 1}


def test_the_committer_date_counts_whatever_the_author_date_says(made: GitRepository) -> None:
    commit(made, "2026-03-04T12:00:00+00:00", author_date="2026-01-01T00:00:00+00:00")
    commit(made, "2026-03-20T12:00:00+00:00", author_date="2026-03-05T00:00:00+00:00")
    assert facts(made).commits == 1


def test_commits_behind_one_with_a_wrong_clock_are_counted(made: GitRepository) -> None:
    commit(made, "2026-03-03T00:00:00+00:00")
    commit(made, "2001-01-01T00:00:00+00:00")
    commit(made, "2026-03-05T00:00:00+00:00")
    assert facts(made).commits == 2


def test_days_are_those_of_the_zone_of_the_reports(made: GitRepository) -> None:
    commit(made, "2026-03-29T22:30:00+00:00")
    zone = ZoneInfo("Europe/Berlin")
    found = facts(made, datetime(2026, 3, 30, tzinfo=zone), datetime(2026, 3, 31, tzinfo=zone))
    assert (found.commits, found.days) == (1, {"2026-03-30": 1})


def test_people_are_joined_by_the_mailmap_and_machines_left_out(made: GitRepository) -> None:
    commit(made, "2026-03-03T00:00:00+00:00", **by("Ada", "ada@home.example"))
    commit(made, "2026-03-03T00:00:01+00:00", **by("Ada L", "ADA@work.example"))
    commit(
        made, "2026-03-03T00:00:02+00:00", **by("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")
    )
    commit(made, "2026-03-03T00:00:03+00:00", **by("github-actions", "actions@github.com"))
    assert facts(made).people == ["ada@home.example", "ada@work.example"]
    joined = facts(made, mailmap=b"Ada <ada@home.example> <ada@work.example>\n")
    assert (joined.people, joined.machine_commits, joined.commits) == (["ada@home.example"], 2, 4)


@pytest.mark.parametrize("name", ["Robot Smith", "Abbot", "Claudette", "Renovata"])
def test_people_with_names_like_machines_are_people(made: GitRepository, name: str) -> None:
    commit(made, "2026-03-03T00:00:00+00:00", **by(name, f"{name.split()[0].lower()}@example.org"))
    assert len(facts(made).people) == 1


def test_reverts_and_merged_work(made: GitRepository) -> None:
    base = commit(made, "2026-03-03T00:00:00+00:00")
    made.git("checkout", "-q", "-b", "side")
    commit(made, "2026-03-03T01:00:00+00:00")
    made.git("checkout", "-q", "main")
    made.git(
        "merge", "-q", "--no-ff", "-m", "Merge pull request #12 from a/side", "side", date="2026-03-03T02:00:00+00:00"
    )
    commit(made, "2026-03-03T03:00:00+00:00", "Add a thing (#34)")
    commit(made, "2026-03-03T04:00:00+00:00", f'Revert "x"\n\nThis reverts commit {base}.')
    found = facts(made)
    assert [(item.number, item.subject) for item in found.merges] == [
        (34, "Add a thing (#34)"),
        (12, "Merge pull request #12 from a/side"),
    ]
    assert [item.reverts for item in found.reverts] == [base]
    assert found.commits == 5


def test_tags_by_the_date_they_were_made_and_the_lead_time_to_them(made: GitRepository) -> None:
    commit(made, "2026-02-01T00:00:00+00:00")
    made.git("tag", "v1.0", date="2026-02-01T00:00:00+00:00")
    commit(made, "2026-03-01T00:00:00+00:00")
    commit(made, "2026-03-02T00:00:00+00:00")
    made.git("tag", "-a", "-m", "r", "v1.1", date="2026-03-03T00:00:00+00:00")
    made.git("tag", "-a", "-m", "r", "nightly", "v1.0^{}", date="2026-03-04T00:00:00+00:00")
    found = facts(made)
    assert [(tag.name, tag.release) for tag in found.tags] == [("nightly", False), ("v1.1", True)]
    assert found.lead_hours == 36.0


def test_stale_branches_are_old_and_not_merged(made: GitRepository) -> None:
    commit(made, "2025-06-01T00:00:00+00:00")
    made.git("branch", "merged")
    made.git("checkout", "-q", "-b", "old")
    commit(made, "2025-07-01T00:00:00+00:00")
    made.git("checkout", "-q", "-b", "fresh", "main")
    commit(made, "2026-03-03T00:00:00+00:00")
    made.git("checkout", "-q", "main")
    assert [branch.name for branch in facts(made).stale_branches] == ["old"]


def test_a_repository_that_begins_later_has_nothing(made: GitRepository) -> None:
    commit(made, "2026-06-01T00:00:00+00:00")
    found = facts(made)
    assert (found.head_at_end, found.commits, found.is_new, found.absence_factor) == (None, 0, False, None)


def test_it_is_new_in_the_period_of_its_first_commit(made: GitRepository) -> None:
    commit(made, "2026-03-03T00:00:00+00:00")
    assert facts(made).is_new
    assert not facts(made, END, END + timedelta(days=7)).is_new


def test_the_absence_factor_is_the_fewest_people_with_over_half_of_the_commits() -> None:
    assert absence_factor(Counter()) is None
    assert absence_factor(Counter(a=1)) == 1
    assert absence_factor(Counter(a=5, b=5)) == 2
    assert absence_factor(Counter(a=6, b=5)) == 1
    assert absence_factor(Counter(a=2, b=2, c=2, d=2)) == 3

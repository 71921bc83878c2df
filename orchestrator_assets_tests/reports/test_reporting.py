"""Reports of a fleet: collected once, the same ever after, whatever becomes of the repositories."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.period import Length, Period, period_at
from orchestrator_assets.reports.reporting import printed, report_of, text_of, with_previous
from orchestrator_assets_tests.fleets import Fleet, decision

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def week(day: str = "2026-03-04") -> Period:
    return period_at(Length.WEEK, day, "UTC", NOW)


def report(fleet: Fleet, period: Period | None = None, again: bool = False) -> Report:
    return report_of(fleet.engine, fleet.settings, period or week(), NOW, again)


def test_decisions_and_notes_of_a_week(fleet: Fleet) -> None:
    [made] = fleet.make("a")  # its first decision is of 2025-06-01
    made.commit({"docs/decisions/ADR-0002-b.md": decision(2, "Proposed")}, date="2026-02-20T00:00:00+00:00")
    made.commit({"docs/decisions/ADR-0003-c.md": decision(3)}, date="2026-03-03T00:00:00+00:00")
    made.commit({"docs/decisions/ADR-0002-b.md": decision(2)}, date="2026-03-04T00:00:00+00:00")
    made.commit(
        {"docs/decisions/ADR-0001-first.md": decision(1, "Superseded by ADR-0003")}, date="2026-03-05T00:00:00+00:00"
    )
    made.commit(
        {
            "docs/session-notes/ISSUE-7-x.md": "# Issue 7: X\n\n## 2026-03-05\n\n### Next Steps\n- [ ] one\n- [x] two\n- three\n"
        },
        date="2026-03-06T00:00:00+00:00",
    )
    made.commit({"docs/decisions/ADR-0004-d.md": decision(4)}, date="2026-03-09T00:00:00+00:00")
    found = report(fleet)
    facts = found.facts
    assert facts.commits == {"a": 4}
    assert [item.path for item in facts.decisions.opened] == ["docs/decisions/ADR-0003-c.md"]
    assert [item.title[-1] for item in facts.decisions.accepted] == ["2", "3"]
    assert [item.title[-1] for item in facts.decisions.superseded] == ["1"]
    assert [item.title for item in facts.session_notes.next_steps] == ["one", "three"]
    assert len(facts.session_notes.opened) == 1 and facts.session_notes.closed == []
    assert found.commits["a"] == made.git("rev-parse", "HEAD~1")


def test_a_moved_decision_is_neither_opened_nor_lost(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    (made.path / "docs/adr").mkdir()
    made.git("mv", "docs/decisions/ADR-0001-first.md", "docs/adr/ADR-0001-first.md")
    made.commit(date="2026-03-03T00:00:00+00:00")
    found = report(fleet).facts
    assert found.decisions.opened == [] and found.records["decisions"].lost == []


def test_a_finished_report_stays_the_same_when_its_branch_is_gone(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"x": "1"}, date="2026-03-03T00:00:00+00:00")
    first = report(fleet)
    page = files_of(first, page_from(fleet.engine, first, week()), week())
    made.git("checkout", "-q", "--orphan", "other")
    made.commit({"y": "2"}, date="2026-04-01T00:00:00+00:00", message="nothing of it is left")
    made.git("branch", "-q", "-M", "other", "main")
    second = report(fleet)
    assert text_of(second) == text_of(first)
    assert files_of(second, page_from(fleet.engine, second, week()), week()) == page
    assert report(fleet, again=True).facts.commits == {"a": 0}


def test_a_period_that_is_not_over_is_collected_anew(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    now = datetime(2026, 3, 5, tzinfo=UTC)
    open_one = report_of(fleet.engine, fleet.settings, week(), now)
    assert (open_one.finished, open_one.facts.commits) == (False, {"a": 0})
    made.commit({"x": "1"}, date="2026-03-06T00:00:00+00:00")
    assert report_of(fleet.engine, fleet.settings, week(), now).facts.commits == {"a": 1}


def test_an_empty_fleet_has_a_report(fleet: Fleet) -> None:
    fleet.register()
    found, before = with_previous(fleet.engine, fleet.settings, week(), NOW)
    assert found.commits == {} and before.facts.commits == {}
    page = page_from(fleet.engine, found, week())
    assert page.headline == "The fleet names no repositories."
    assert b"<svg" not in files_of(found, page, week())["report.html"]


def test_a_fleet_of_which_nothing_can_be_read_says_so(fleet: Fleet) -> None:
    fleet.make("a", "b")
    shutil.rmtree(fleet.folder / "repos" / "a")
    shutil.rmtree(fleet.folder / "repos" / "b" / ".git")
    found = report(fleet)
    assert [(item.repo, item.status) for item in found.facts.repositories.skipped] == [
        ("a", "missing"),
        ("b", "unreadable"),
    ]
    assert found.facts.repositories.vanished == ["a"] and found.commits == {"a": None, "b": None}
    page = page_from(fleet.engine, found, week())
    assert page.headline == "No repository could be read." and "a, b" in page.warnings[0]


def test_repositories_that_are_new_or_quiet(fleet: Fleet) -> None:
    fleet.make("old")
    new = fleet.folder / "repos" / "new"
    shutil.copytree(fleet.folder / "repos" / "old", new)
    [made] = fleet.make("made")
    made.git(
        "commit", "-q", "--amend", "--no-edit", "--date=2026-03-03T00:00:00+00:00", date="2026-03-03T00:00:00+00:00"
    )
    found = report(fleet).facts.repositories
    assert (found.new, found.quiet, found.scanned) == (["made"], ["new", "old"], 3)


def test_errors_are_told_with_the_period_they_came_in(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/decisions/ADR-0001-again.md": decision(1)}, date="2026-02-25T00:00:00+00:00")
    with_previous(fleet.engine, fleet.settings, week(), NOW)
    before = report(fleet, week().previous).facts.failing
    now = report(fleet).facts.failing
    assert [(item.index, item.since, list(item.repositories)) for item in before] == [
        ("decisions", "2026-02-23", ["a"])
    ]
    assert [(item.index, item.since) for item in now] == [("decisions", "2026-02-23")]


def test_the_printed_report_has_its_keys(fleet: Fleet) -> None:
    fleet.make("a")
    told = json.loads(json.dumps(printed(report(fleet))))
    assert list(told)[:3] == ["period", "from", "to"]
    assert (told["period"], told["from"], told["to"]) == (
        "week",
        "2026-03-02T00:00:00+00:00",
        "2026-03-09T00:00:00+00:00",
    )
    assert told["claims"] == {"kept": 0, "dropped": 0}
    assert {"commits", "people", "tags", "decisions", "session_notes", "repositories", "reverts"} <= set(told["facts"])


def test_text_of_repositories_is_escaped_in_every_form(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    title = '<img src=x onerror=alert(1)> | [x](javascript:alert(1)) \u202e `"'
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2, title=title)}, date="2026-03-03T00:00:00+00:00")
    made.commit(message="Merge pull request #1 </title><script>alert(2)</script>", date="2026-03-03T01:00:00+00:00")
    found = report(fleet)
    files = {
        name: data.decode() for name, data in files_of(found, page_from(fleet.engine, found, week()), week()).items()
    }
    assert "<img" not in files["report.html"] and "<script" not in files["report.html"]
    assert "\u202e" not in "".join(files.values())
    assert "<img" not in files["report.md"] and "](javascript" not in files["report.md"]
    assert "http://" not in files["report.html"].replace("http://www.w3.org/2000/svg", "")

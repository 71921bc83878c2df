"""Decisions among their neighbours: numbers, dates, supersession, links, index pages, places."""

from __future__ import annotations

import pytest

from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets_tests.decisions.reading import codes, decisions, one, resolve


def adr(title: str = "Use X", status: str = "Accepted", date: str = "2025-01-02", more: str = "") -> str:
    return f"# {title}\n\nStatus: {status}\nDate: {date}\n{more}\n\n## Context\n\nText.\n"


def test_duplicates_count_within_a_series_only() -> None:
    files = {
        "docs/adr/0001-a.md": adr(),
        "docs/adr/ADR-0001-b.md": adr(),
        "docs/adr/archive/0001-c.md": adr(),
        "lib/adr/0001-d.md": adr(),
    }
    problems = [p for p in resolve(files).problems if p.code == "decision.duplicate_number"]
    assert [p.path for p in problems] == ["docs/adr/0001-a.md", "docs/adr/ADR-0001-b.md"]
    assert decisions(files)["docs/adr/archive/0001-c.md"].archived


def test_gaps_are_one_remark_for_each_series() -> None:
    found = resolve({f"docs/adr/{n:04d}-x.md": adr() for n in (1, 2, 5, 9)}).problems
    assert [p.message for p in found if p.code == "decision.gap"] == ["docs/adr has no number 3 to 4, 6 to 8"]


def test_the_file_name_beats_the_heading() -> None:
    files = {"docs/adr/0007-x.md": adr("ADR-0003: Copied"), "docs/adr/0008-x.md": adr("ADR-00xx: New")}
    assert codes(files).count("number_mismatch") == 2
    assert decisions(files)["docs/adr/0007-x.md"].number == 7


def test_supersession_that_both_sides_know_is_no_problem() -> None:
    files = {
        "docs/adr/0001-a.md": adr(status="Superseded by [ADR-0002](0002-b.md)"),
        "docs/adr/0002-b.md": adr(more="Supersedes: ADR-0001"),
    }
    assert codes(files) == []
    assert decisions(files)["docs/adr/0001-a.md"].superseded_by == ["ADR-0002"]
    assert decisions(files)["docs/adr/0002-b.md"].supersedes == ["ADR-0001"]


def test_adr_tools_writes_links_into_the_status_section() -> None:
    files = {
        "doc/adr/0001-a.md": "# 1. A\n\nDate: 2016-02-12\n\n## Status\n\nSuperceded by [2. B](0002-b.md)\n",
        "doc/adr/0002-b.md": "# 2. B\n\nDate: 2016-02-13\n\n## Status\n\nAccepted\n\nSupercedes [1. A](0001-a.md)\n",
    }
    assert codes(files) == []
    assert decisions(files)["doc/adr/0002-b.md"].supersedes == ["ADR-0001"]


def test_supersession_that_one_side_knows_is_told() -> None:
    files = {"docs/adr/0001-a.md": adr(), "docs/adr/0002-b.md": adr(more="Supersedes: ADR-0001")}
    assert codes(files) == ["supersession_one_sided"]
    assert decisions(files)["docs/adr/0001-a.md"].status == "accepted", "its status stays what it says"


def test_supersession_that_leads_nowhere_is_an_error() -> None:
    assert codes({"docs/adr/0001-a.md": adr(status="Superseded by ADR-0099")}) == ["supersession_nowhere"]
    linked = adr(status="Superseded by [new](0099-new.md)")
    assert codes({"docs/adr/0001-a.md": linked}) == ["broken_link", "supersession_nowhere"]


def test_supersession_in_a_circle_is_an_error() -> None:
    files = {
        "docs/adr/0001-a.md": adr(more="Supersedes: ADR-0003"),
        "docs/adr/0002-b.md": adr(more="Supersedes: ADR-0001"),
        "docs/adr/0003-c.md": adr(more="Supersedes: ADR-0002"),
    }
    assert codes(files).count("supersession_cycle") == 1


def test_partial_supersession_leaves_the_other_alone() -> None:
    files = {"docs/adr/0001-a.md": adr(), "docs/adr/0002-b.md": adr(more='Supersedes: ADR-0001 section "Structure"')}
    assert codes(files) == []


def test_a_bare_id_with_another_title_is_another_repositorys() -> None:
    files = {
        "docs/adr/0005-config.md": adr("ADR-0005: Global Developer Configuration"),
        "docs/adr/0008-b.md": adr(more="Supersedes: ADR-0005 (Ingestion Strategy and Corpus Architecture)"),
    }
    assert "supersession_one_sided" not in codes(files) and "supersession_nowhere" not in codes(files)
    assert decisions(files)["docs/adr/0008-b.md"].supersedes == ["ADR-0005"]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("03/04/2025", "25/04/2025"), ("2025-04-03", True)),
        (("03/04/2025", "04/25/2025"), ("2025-03-04", True)),
        (("05/05/2025", "25/04/2025"), ("2025-05-05", False)),
    ],
)
def test_a_slashed_date_takes_the_order_of_its_series(dates: tuple[str, str], expected: tuple[str, bool]) -> None:
    files = {f"docs/adr/000{n}-x.md": adr(date=date) for n, date in enumerate(dates, 1)}
    found = decisions(files, first_commit="2026-01-01T00:00:00+00:00")["docs/adr/0001-x.md"]
    assert (found.date, found.date_inferred, found.date_raw) == (*expected, dates[0])


def test_a_slashed_date_is_settled_by_the_first_commit_or_not_at_all() -> None:
    files = {"docs/adr/0001-x.md": adr(date="03/04/2025")}
    assert decisions(files, first_commit="2025-04-04T00:00:00+00:00")["docs/adr/0001-x.md"].date == "2025-04-03"
    assert decisions(files, first_commit="2025-03-06T00:00:00+00:00")["docs/adr/0001-x.md"].date == "2025-03-04"
    late = decisions(files, first_commit="2026-01-01T00:00:00+00:00")["docs/adr/0001-x.md"]
    assert (late.date, late.date_raw) == (None, "03/04/2025")
    assert codes(files, first_commit="2026-01-01T00:00:00+00:00") == ["ambiguous_date"]


def test_broken_relative_links_are_named_with_their_line() -> None:
    text = adr(
        more="\nSee [a](../x.md), [b](0001-x.md#top), [c](https://example.org/x), [d](/docs/adr), `[e](no.md)`.\n"
    )
    [problem] = [p for p in resolve({"docs/adr/0001-x.md": text}).problems if p.code == "decision.broken_link"]
    assert problem.line == 6 and "../x.md" in problem.message


def test_an_index_page_is_compared_with_the_files() -> None:
    page = (
        "# Decisions\n\n| ADR | Status |\n|---|---|\n| [1](0001-a.md) | Proposed |\n| [9](0009-gone.md) | Accepted |\n"
    )
    files = {"docs/adr/README.md": page, "docs/adr/0001-a.md": adr(), "docs/adr/0002-b.md": adr()}
    assert codes(files) == ["listed_missing", "listed_status", "not_listed"]
    assert "docs/adr/README.md" not in decisions(files)


def test_places_and_what_is_no_decision() -> None:
    text = adr()
    files = {
        **{f"{place}/0001-x.md": text for place in ("docs/decisions", "adr", "doc/adr", "pkg/a/adr", "docs/architecture/decisions",
           "architecture-decision-records")},
        "docs/adr/template.md": text, "docs/adr/TEMPLATE.md": text, "docs/adr/adr-template.md": text,
        "docs/adr/0000-template.md": text, "docs/adr/README.md": "# x\n", "docs/adr/index.md": "# x\n",
        "docs/adr/templates/x.md": text, "docs/adr/diagram.png": b"\x89PNG", "src/decision.md": text, "docs/adr/.hidden.md": text,
    }  # fmt: skip
    assert len(decisions(files)) == 6
    assert set(decisions({".adr-dir": "my/choices\n", "my/choices/0001-x.md": text})) == {"my/choices/0001-x.md"}
    chosen = decisions({"notes/0001-x.md": text, "docs/adr/0001-x.md": text}, places=["notes"])
    assert "notes/0001-x.md" in chosen


def test_empty_and_nameless_files_are_listed_with_a_problem() -> None:
    assert codes({"docs/adr/ADR-0024 — GIF export": ""}) == ["empty", "no_extension"]
    found = decisions({"docs/adr/ADR-0024 — GIF export": ""})["docs/adr/ADR-0024 — GIF export"]
    assert (found.number, found.title, found.status, found.date) == (24, "GIF export", None, None)


def test_front_matter_that_cannot_be_read_is_told() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*{'a' if not n else f'b{n - 1}'}, *a]\n" for n in range(40))
    told = KIND.parse(f"---\nstatus: accepted\n{bomb * 2}---\n# X\n\nDate: 2025-01-02\n".encode(), ".md").problems
    assert [problem.code for problem in told] == ["decision.front_matter"]
    assert KIND.parse(b"---\n* Status: accepted\n* Date: 2025-01-02\n---\n\n# X\n", ".md").problems == ()


def test_deciders_tags_and_links_are_lists() -> None:
    found = one(
        "---\nstatus: accepted\ndecision-makers: [Ada, Bob]\ntags: [db, cost]\n---\n# Use X\n\n[a](b.md) [a](b.md)\n"
    )
    assert (found.deciders, found.tags, found.links) == (["Ada", "Bob"], ["db", "cost"], ["b.md"])
    found = one("# Use X\n\n* Deciders: Ada Lovelace, Bob and Cy\n* Status: accepted\n")
    assert found.deciders == ["Ada Lovelace", "Bob", "Cy"]

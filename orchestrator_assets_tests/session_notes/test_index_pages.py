"""Index pages in their shapes, with what stands between their rows, and what they get wrong."""

from __future__ import annotations

import pytest

from orchestrator_assets.session_notes.model import SessionNote
from orchestrator_assets_tests.session_notes.reading import NOTES, PAGE, codes, resolve, rows

TABLE = "# Notes\n\n## Active\n\n| Issue | Description | Last Updated |\n|---|---|---|\n"


def short(note: SessionNote) -> tuple[int | None, str | None, str | None]:
    return (note.issue, note.status, note.date)


@pytest.mark.parametrize(
    ("bullet", "expected", "title"),
    [
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) ✅", (1, "complete", None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) ✔️", (1, "complete", None), "Keys"),
        ("- ✅ [Issue #1: Keys](session-notes/ISSUE-1-k.md)", (1, "complete", None), "Keys"),
        ("- [x] [Issue #1: Keys](session-notes/ISSUE-1-k.md)", (1, "complete", None), "Keys"),
        ("- [ ] [Issue #1: Keys](session-notes/ISSUE-1-k.md)", (1, "in_progress", None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) - In Progress", (1, "in_progress", None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) — **In Progress**", (1, "in_progress", None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) (In Progress)", (1, "in_progress", None), "Keys"),
        (
            "- [Issue #1: Keys](session-notes/ISSUE-1-k.md) - Complete (2026-01-05)",
            (1, "complete", "2026-01-05"),
            "Keys",
        ),
        (
            "- [Issue #1: Keys](session-notes/ISSUE-1-k.md) - 2026-01-05 - Complete",
            (1, "complete", "2026-01-05"),
            "Keys",
        ),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md) - Complete rewrite", (1, None, None), "Keys"),
        (
            "- [Issue #1: Add ✅ marks](session-notes/ISSUE-1-k.md) - In Progress",
            (1, "in_progress", None),
            "Add ✅ marks",
        ),
        (
            "- [#1](session-notes/ISSUE-1-k.md) Keys, after #9 - In Progress",
            (1, "in_progress", None),
            "Keys - after #9",
        ),
        ("- [#1](session-notes/ISSUE-1-k.md): Keys ✅", (1, "complete", None), "Keys"),
        ("- [Keys](session-notes/ISSUE-1-k.md) ✅", (1, "complete", None), "Keys"),
        ("- **[Issue #1](session-notes/ISSUE-1-k.md)**: Keys ✅", (1, "complete", None), "Keys"),
        ("* [Issue #1: Keys](./session-notes/ISSUE-1-k.md#top) ✅", (1, "complete", None), "Keys"),
        ("1. [Issue #1: Keys](/docs/session-notes/ISSUE-1-k.md) ✅", (1, "complete", None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md)\n  - In Progress", (1, None, None), "Keys"),
        ("- [Issue #1: Keys](session-notes/ISSUE-1-k.md)\n  (In Progress)", (1, "in_progress", None), "Keys"),
        ("- [Issue #1: Use `keys`](session-notes/ISSUE-1-k.md) - In Progress", (1, "in_progress", None), "Use keys"),
        ("- Issue 1:\n  [Keys](session-notes/ISSUE-1-k.md) ✅", (1, "complete", None), "Keys"),
        (
            "- [2026-01-05: Keys](session-notes/2026-01-05-k.md) ✅",
            (None, "complete", "2026-01-05"),
            "2026-01-05: Keys",
        ),
        ("- 2026-01-05: [Keys](session-notes/2026-01-05-k.md)", (None, None, "2026-01-05"), "Keys"),
        ("- [Issue #1](https://x.example/issues/1): Keys ✅", (1, "complete", None), "Keys"),
        ("- [Keys](https://x.example/o/r/issues/1) - In Progress", (1, "in_progress", None), "Keys"),
        ("- #1 Keys ✅", (1, "complete", None), "#1 Keys"),
        ("- 2026\n  - [#1: Keys](session-notes/ISSUE-1-k.md) ✅", (1, "complete", None), "Keys"),
    ],
)
def test_bullets(bullet: str, expected: tuple[int | None, str | None, str | None], title: str) -> None:
    [row] = rows(f"# Session Notes\n\n{bullet}\n")
    assert (short(row), row.title) == (expected, title)


@pytest.mark.parametrize(
    "decoy",
    [
        "<!-- - [#9](session-notes/ISSUE-9-x.md) ✅ -->",
        "<!--\n- [#9](session-notes/ISSUE-9-x.md) ✅\n\n- [#8](session-notes/ISSUE-8-x.md) ✅\n-->",
        "```\n- [#9](session-notes/ISSUE-9-x.md) ✅\n```",
        "~~~md\n| [#9](session-notes/ISSUE-9-x.md) | X | 2026-01-01 |\n~~~",
        "    - [#9](session-notes/ISSUE-9-x.md) ✅",
        "- `[#9](session-notes/ISSUE-9-x.md) ✅`",
        "- Name a note `ISSUE-42-slug.md`",
        "- See issue #9 before you start",
        "- [Decisions](decisions/README.md)",
        "- [Template](session-notes/TEMPLATE.md)",
        "- ✅ Complete",
        "Closed with #9 on 2026-01-01.",
        "| Mark | Meaning |\n|---|---|\n| ✅ | Complete |",
        "| Document | About |\n|---|---|\n| [Decisions](decisions/README.md) | choices |",
        "## Open questions\n\n- Is #9 a duplicate?",
    ],
)
def test_decoys_are_no_rows(decoy: str) -> None:
    page = f"# Session Notes\n\n- [#1](session-notes/ISSUE-1-k.md) ✅\n\nText.\n\n{decoy}\n"
    assert [row.issue for row in rows(page)] == [1]
    assert codes({PAGE: page}) == ["dangling_row"]


def test_rows_below_active_and_complete() -> None:
    page = (
        TABLE + "| [#3](session-notes/ISSUE-3-a.md) | After #1 | 2026-01-05 |\n\n### Waiting\n\n"
        "| Issue | Description | Last Updated |\n|---|---|---|\n| [#4](session-notes/ISSUE-4-a.md) | B | TBD |\n\n"
        "## Completed Sessions ✅\n\n| Issue | Description | Completed |\n|:--|:-:|--:|\n"
        "| [ISSUE-2](session-notes/ISSUE-2-a.md) | C \\| D | 2026-01-06 |\n\n## Ideas\n\n"
        "| Issue | Description |\n|---|---|\n| 5 | E |\n"
    )
    found = rows(page)
    assert [short(row) for row in found] == [
        (3, "in_progress", "2026-01-05"), (4, "in_progress", None), (2, "complete", "2026-01-06"), (5, None, None),
    ]  # fmt: skip
    assert [row.title for row in found] == ["After #1", "B", "C | D", "E"]
    assert [row.target for row in found] == [
        NOTES + "ISSUE-3-a.md",
        NOTES + "ISSUE-4-a.md",
        NOTES + "ISSUE-2-a.md",
        None,
    ]


def test_rows_of_date_summary_and_status() -> None:
    page = (
        "# Session Notes\n\n| Date | Summary | Status |\n| --- | --- | --- |\n"
        "| 2026-01-05 | [Keys](session-notes/ISSUE-1-k.md) | ✅ Complete |\n"
        "| 2026-01-06 | Plan for 2026-12-01 | In Progress |\n"
        "| 2026-02-30 | Issue #4: later | Parked |\n"
        "| **2026-01-07** | [tidy](session-notes/2026-01-07-tidy.md) |  |\n"
    )
    found = rows(page, NOTES + "2026-01-07-tidy.md")
    assert [(short(row), row.title, row.target_exists) for row in found] == [
        ((1, "complete", "2026-01-05"), "Keys", False),
        ((None, "in_progress", "2026-01-06"), "Plan for 2026-12-01", None),
        ((4, None, None), "later", None),
        ((None, None, "2026-01-07"), "tidy", True),
    ]
    assert codes({PAGE: page}) == ["bad_date", "dangling_row", "dangling_row", "unknown_status"]


def test_a_link_into_the_repository_counts_before_one_out_of_it() -> None:
    page = TABLE + "| [#3](https://x.example/issues/3) | [notes](session-notes/ISSUE-3-a.md) | 2026-01-05 |\n"
    [row] = rows(page, NOTES + "ISSUE-3-a.md")
    assert (row.issue, row.target, row.target_exists) == (3, NOTES + "ISSUE-3-a.md", True)
    [outside] = rows(TABLE + "| [#3](https://x.example/issues/3) | X | 2026-01-05 |\n")
    assert (outside.target, outside.target_exists) == ("https://x.example/issues/3", None)


@pytest.mark.parametrize(
    "row", ["| | | |", "| _None_ | | |", "| — | — | — |", "| (none yet) | | |", "| No active sessions | | |"]
)
def test_placeholders_are_neither_rows_nor_problems(row: str) -> None:
    assert rows(TABLE + row + "\n") == []
    assert codes({PAGE: TABLE + row + "\n"}) == []


@pytest.mark.parametrize(
    ("page", "line"),
    [
        (TABLE + "| soon | Something | |\n", 7),
        (TABLE + "<!-- c -->\n| [#3](session-notes/ISSUE-3-a.md) | A | 2026-01-05 |\n", 8),
        ("# Notes\n\n## Active\n\n- Something to do\n", 5),
        ("# Notes\n\n- Something ✅\n", 3),
    ],
)
def test_rows_that_cannot_be_read_are_told(page: str, line: int) -> None:
    assert rows(page) == []
    assert [(p.code, p.line) for p in resolve({PAGE: page}).problems] == [("session_note.unreadable_row", line)]


def test_a_note_is_listed_by_link_issue_or_date() -> None:
    files: dict[str, str | bytes] = {
        PAGE: "# Notes\n\n- [A](session-notes/ISSUE-1-a.md) ✅\n- #2 B ✅\n- 2026-01-05: C ✅\n",
        NOTES + "ISSUE-1-a.md": "# Issue #1: A\n\n## 2026-01-01\n\nText.\n",
        NOTES + "ISSUE-2-b.md": "# Issue #2: B\n\n> **Status:** In Progress\n\n## 2026-01-01\n\nText.\n",
        NOTES + "2026-01-05-c.md": "# Session: C\n\nText.\n",
        NOTES + "2026-01-06-d.md": "# Session: D\n\nText.\n",
    }
    problems = resolve(files).problems
    assert [(p.code.removeprefix("session_note."), p.path) for p in problems] == [
        ("status_disagrees", PAGE),
        ("unlisted", NOTES + "2026-01-06-d.md"),
    ]


def test_without_an_index_page_nothing_is_unlisted() -> None:
    note = "# Issue #1: A\n\n## 2026-01-01\n\nText.\n"
    assert codes({NOTES + "ISSUE-1-a.md": note}) == []
    assert codes({NOTES + "ISSUE-1-a.md": note, PAGE: "# Notes\n\nNone yet.\n"}) == ["unlisted"]


def test_ordinals_number_the_rows_of_a_page() -> None:
    page = "# Notes\n\n- [#1](session-notes/ISSUE-1-a.md) ✅\n- text\n- [#2](session-notes/ISSUE-2-a.md) ✅\n"
    assert [(r.ordinal, r.line) for r in resolve({PAGE: page}).records] == [(0, 3), (1, 5)]

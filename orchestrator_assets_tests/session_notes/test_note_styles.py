"""Notes, command logs and session logs in the ways people write them."""

from __future__ import annotations

import time

import pytest

from orchestrator_assets.kinds import RepositoryTree
from orchestrator_assets.session_notes.kind import KIND
from orchestrator_assets.session_notes.naming import issue_number, split_title, stated_issue
from orchestrator_assets.session_notes.status import read_status, section_status
from orchestrator_assets_tests.session_notes.reading import NOTES, codes, notes, resolve

PATH = NOTES + "ISSUE-7-basket.md"


def note(header: str = "> **Status:** In Progress", body: str = "## 2026-01-05\n\nText.\n") -> str:
    return f"# Issue #7: Basket\n\n{header}\n\n{body}"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("> **Status:** Complete", "complete"),
        ("**Status:** Complete", "complete"),
        ("**Status**: complete", "complete"),
        ("Status: COMPLETE", "complete"),
        ("- **Status:** Complete", "complete"),
        ("- Status: Done", "complete"),
        ("| Status | Complete |\n|---|---|\n| Issue | #7 |", "complete"),
        ("> **Issue:** #7\n> **Status:** In Progress", "in_progress"),
        ("> **Issue:** #7 | **Status:** In Progress", "in_progress"),
        ("> **Status:** 🚧 In Progress", "in_progress"),
        ("> **Status:** ✅ Complete", "complete"),
        ("> **Status:** ✅", "complete"),
        ("> **Status:** Complete ✅", "complete"),
        ("> **Status:** **Complete**", "complete"),
        ("> **Status:** Complete (2026-02-01)", "complete"),
        ("> **Status:** Closed on 2026-02-01", "complete"),
        ("> **Status:** ~~In Progress~~ Complete", "complete"),
        ("> **Status:** In Progress → Complete", "complete"),
        ("> **Status:** In-progress", "in_progress"),
        ("> **Status:** In Progress | Complete", None),
        ("> **Status:** In Progress / Complete", None),
        ("> **Status:** Complete rewrite", None),
        ("> **Status:** Blocked", None),
        ("> **Status:** Not complete", None),
        ("<!-- > **Status:** Complete -->", None),
        ("```\nStatus: Complete\n```", None),
    ],
)
def test_the_status_is_what_the_header_says(header: str, status: str | None) -> None:
    [found] = notes({PATH: note(header)})
    assert found.status == status
    assert (found.issue, found.title, found.date) == (7, "Basket", "2026-01-05")


def test_a_status_in_the_body_is_not_the_notes() -> None:
    [found] = notes({PATH: note("> **Issue:** #7", "## 2026-01-05\n\n**Status:** Complete\n\nStatus: Complete\n")})
    assert found.status is None
    assert codes({PATH: note("> **Status:** Blocked")}) == ["unknown_status"]


def test_front_matter_is_a_header() -> None:
    text = "---\nissue: 7\nstatus: in_progress\ntitle: Basket\n---\n\n## 2026-01-05\n\nText.\n"
    [found] = notes({NOTES + "basket.md": text})
    assert (found.issue, found.title, found.status, found.date) == (7, "Basket", "in_progress", "2026-01-05")
    broken = KIND.parse(b"---\nstatus: [\n---\n# X\n\n## 2026-01-05\n\nText.\n", ".md")
    assert [problem.code for problem in broken.problems] == ["session_note.front_matter"]


@pytest.mark.parametrize(
    ("heading", "date"),
    [
        ("## 2026-01-05", "2026-01-05"),
        ("## 2026-01-05 (continued)", "2026-01-05"),
        ("## 2026-01-05: more", "2026-01-05"),
        ("## 2026-01-05 — more", "2026-01-05"),
        ("## 2026-01-05T14:30:00Z", "2026-01-05"),
        ("## 2026-01-05 14:30", "2026-01-05"),
        ("## [2026-01-05]", "2026-01-05"),
        ("## **2026-01-05**", "2026-01-05"),
        ("## 📅 2026-01-05", "2026-01-05"),
        ("## 2026-01-05 <!-- @appended by /issue on 2026-01-06T00:00:00Z -->", "2026-01-05"),
        ("## Session 2026-01-05", "2026-01-05"),
        ("### 2026-01-05", "2026-01-05"),
        ("2026-01-05\n----------", "2026-01-05"),
        ("## 2026/01/05", "2026-01-05"),
        ("## 2026-02-30", None),
        ("## 2026-13-01", None),
    ],
)
def test_dated_headings(heading: str, date: str | None) -> None:
    text = note(body=f"{heading}\n\n- Did it\n\n#### Next Steps\n\n- Go on\n")
    [found] = notes({PATH: text})
    assert (found.date, found.next_steps) == (date, ["Go on"])
    assert codes({PATH: text}) == ([] if date else ["bad_date"])


def test_sections_inside_another_are_part_of_it_and_lines_are_the_headings() -> None:
    body = "## 2026-01-05\n\n### Work Done\n\n- a\n\n### 2026-01-04 in hindsight\n\n- b\n\n## 2026-01-06\n\nText.\n"
    found = resolve({PATH: note(body=body)}).records
    assert [(record.line, record.ordinal, record.payload.date) for record in found] == [  # type: ignore[attr-defined]
        (5, 0, "2026-01-05"),
        (15, 1, "2026-01-06"),
    ]
    assert "- b" in found[0].text and found[0].title == "Basket"


def test_what_stands_beside_the_dates_is_told() -> None:
    body = "## Background\n\nOld.\n\n## 2026-01-05\n\nText.\n\n## References\n\n- [a](https://a.example)\n\n## Empty\n"
    problems = resolve({PATH: note(body=body)}).problems
    assert [(item.code, item.line) for item in problems] == [
        ("session_note.undated_section", 5),
        ("session_note.undated_section", 13),
    ]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("### Next Steps\n\n- a\n- b", ["a", "b"]),
        ("### Next Steps\n- a\n* b\n+ c", ["a", "b", "c"]),
        ("### next steps:\n\n1. a\n2. b", ["a", "b"]),
        ("### NEXT STEPS\n\n1) a\n2) b", ["a", "b"]),
        ("### ➡️ Next Steps\n\n- [ ] a\n- [x] b\n- [X] c\n- [ ] d", ["a", "d"]),
        ("### Next Steps\n\n- ~~a~~ **DONE**\n- ✅ b\n- c", ["c"]),
        ("### Next Steps\n\n- a\n  - inner\n- b\n\n  more of b", ["a", "b"]),
        ("### Next Steps\n\nWe will:\n\n- a\n- b", ["a", "b"]),
        ("### Next Steps\n\n- **a** with `code` and [link](x.md)", ["a with `code` and link"]),
        ("### Next Steps\n\n- a\n  goes on", ["a goes on"]),
        ("### Next Steps\n\nAsk them.", ["Ask them."]),
        ("### Next Steps\n\nNone.", []),
        ("### Next Steps\n\nN/A", []),
        ("### Next Steps", []),
        ("### Next Steps\n\n- None", ["None"]),
        ("### Next Steps\n\n<!-- - decoy -->\n- a", ["a"]),
        ("### Next Steps\n\n```\n- decoy\n```\n\n- a", ["a"]),
        ("### Next Steps\n\n#### Now\n\n- a\n\n#### Later\n\n- b\n\n### Notes\n\n- c", ["a", "b"]),
        ("### Next Steps\n\n**Now:**\n- a\n\n**Later:**\n- b", ["a", "b"]),
        ("### Work Done\n\n- x\n\n**Next Steps:**\n- a\n\n**Notes:**\n- c", ["a"]),
        ("**Next steps:** tell the others", ["tell the others"]),
        ("**Next Session Should Start With:**\n1. a\n2. b", ["a", "b"]),
        ("### Open items\n\n- a", ["a"]),
        ("### TODO\n\n- a", ["a"]),
        ("### Work Done\n\n- a\n- next steps were discussed", []),
        ("### Morning\n\n#### Next Steps\n\n- a\n\n### Evening\n\n#### Next Steps\n\n- b", ["a", "b"]),
    ],
)
def test_next_steps_are_the_open_items(steps: str, expected: list[str]) -> None:
    [found] = notes({PATH: note(body=f"## 2026-01-05\n\n{steps}\n")})
    assert found.next_steps == expected


def test_sections_keep_their_names_and_texts() -> None:
    body = (
        "## 2026-01-05\n<!-- @appended by /issue on 2026-01-05T00:00:00Z -->\n\nBefore.\n\n### Context\n\nWhy.\n\n"
        "### Work Done\n\n- a\n\n**Key findings:**\n- b\n\n### Blockers / Questions\n\n- c?\n\n### Work Done\n\n- d\n"
    )
    [found] = notes({PATH: note(body=body)})
    assert found.sections == {
        "": "Before.",
        "Context": "Why.",
        "Work Done": "- a\n**Key findings:**\n- b\n- d",
        "Blockers / Questions": "- c?",
    }


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "2026-01-05-tidy.md",
            "# Session: Tidy up\n\n> **Date:** 2026-01-06\n\nText.\n",
            ("Tidy up", "2026-01-06", None),
        ),
        ("2026-01-05-tidy.md", "# Session: Tidy up\n\nText.\n", ("Tidy up", "2026-01-05", None)),
        ("2026-01-05-tidy.md", "# Session - Tidy up\n\nText.\n", ("Tidy up", "2026-01-05", None)),
        ("2026-01-05-tidy.md", "# Tidy up after #12\n\nText.\n", ("Tidy up after #12", "2026-01-05", None)),
        ("2026-01-05-tidy.md", "# Session: Tidy\n\n> **Issue:** #12\n\nText.\n", ("Tidy", "2026-01-05", 12)),
        (
            "2026-01-05-tidy.md",
            "# Session: Tidy\n\n> **Issue:** N/A (see #12)\n\nText.\n",
            ("Tidy", "2026-01-05", None),
        ),
        ("2026-01-05-tidy.md", "Just text.\n", ("2026 01 05 tidy", "2026-01-05", None)),
        ("tidy.md", "# Session: Tidy\n\n> **Date:** January 6, 2026\n\nText.\n", ("Tidy", "2026-01-06", None)),
        ("tidy.md", "# 2026-01-06: Tidy\n\nText.\n", ("2026-01-06: Tidy", "2026-01-06", None)),
        ("ISSUE-7-x.md", "## 2026-01-06\n\nText.\n", ("ISSUE 7 x", "2026-01-06", 7)),
        ("ISSUE-7-x.md", "# ISSUE-7: Basket\n\n## 2026-01-06\n\nText.\n", ("Basket", "2026-01-06", 7)),
        ("ISSUE-7-x.md", "# #7 — Basket\n\n## 2026-01-06\n\nText.\n", ("Basket", "2026-01-06", 7)),
        ("ISSUE-7-x.md", "# shop#7: Basket\n\n## 2026-01-06\n\nText.\n", ("Basket", "2026-01-06", 7)),
        ("ISSUE-7-email-template.md", "# Issue #7: A: B\n\n## 2026-01-06\n\nText.\n", ("A: B", "2026-01-06", 7)),
        (
            "x.md",
            "# X\n\n> **Issue:** https://git.example/o/r/issues/7\n\n## 2026-01-06\n\nT.\n",
            ("X", "2026-01-06", 7),
        ),
    ],
)
def test_titles_dates_and_issues(name: str, text: str, expected: tuple[str, str, int | None]) -> None:
    [found] = notes({NOTES + name: text})
    assert (found.title, found.date, found.issue) == expected
    assert found.source == "note"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("2026-01-05-x.md", "# Session: X\n\n> **Date:** 2026-02-30\n\nText.\n", ["bad_date"]),
        ("2026-01-05-x.md", "# Session: X\n\n> **Date:** 03/04/2026\n\nText.\n", ["bad_date"]),
        ("x.md", "# Session: X\n\nText.\n", ["no_date"]),
        ("2026-01-05-x.md", "# Session: X\n", ["empty"]),
        ("2026-01-05-x.md", "", ["empty"]),
        ("2026-01-05-x.md", "# Session: X\n\n> **Date:** 2026-01-05\n", ["empty"]),
        ("ISSUE-1-x.md", "# Issue #1: X\n\n## 2026-01-05\n", ["empty"]),
        ("ISSUE-1-x.md", "# Issue #2: X\n\n## 2026-01-05\n\nText.\n", ["issue_disagrees"]),
        ("ISSUE-1-x.md", "# Issue #1: X\n\n## 2026-01-05\n\nT.\n\n## 2026-01-04\n\nT.\n", ["out_of_order"]),
        ("ISSUE-1-x.md", "# Issue #1: X\n\n## 2026-01-05\n\nT.\n\n## 2026-01-05\n\nT.\n", []),
    ],
)
def test_what_is_wrong_with_a_note(name: str, text: str, expected: list[str]) -> None:
    assert codes({NOTES + name: text}) == expected


@pytest.mark.parametrize(
    "name",
    ["TEMPLATE.md", "template.md", "README.md", "session-template.md", "templates/2026-01-05-x.md", "x.png", ".x.md"],
)
def test_files_that_are_no_notes(name: str) -> None:
    assert KIND.select([NOTES + name], {}, {}) == []


@pytest.mark.parametrize(
    "data", [b"\xff\xfe" + note().encode("utf-16-le"), b"\xef\xbb\xbf" + note().replace("\n", "\r\n").encode()]
)
def test_encodings(data: bytes) -> None:
    [found] = notes({PATH: data})
    assert (found.title, found.status, found.date) == ("Basket", "in_progress", "2026-01-05")


def test_refused_and_repaired_files_say_so() -> None:
    assert [p.code for p in KIND.parse(b"\x00\x01", ".md").problems] == ["session_note.binary"]
    assert [p.code for p in KIND.parse(b"# X\n\n\xff\n", ".md").problems] == ["session_note.repaired_text"]
    assert [p.code for p in KIND.parse(b"# X\n" + b"a" * 30_000, ".md").problems] == ["session_note.cut"]


@pytest.mark.parametrize(
    ("labels", "target", "issue"),
    [
        ("> **Command:** /review\n> **Date:** 2026-04-01\n> **Target:** `PROJECT-20`", "`PROJECT-20`", None),
        ("**Date:** 2026-04-01\n**Issue:** [shop#9](https://x.example/9)\n**Evaluator:** Lin", "shop#9", 9),
        ("- Command: review", None, None),
    ],
)
def test_command_logs(labels: str, target: str | None, issue: int | None) -> None:
    path = "docs/command-logs/2026-04-01-review-project.md"
    [found] = notes({path: f"# Review\n\n{labels}\n\n## Result\n\nFine.\n\n## Next Steps\n\n- Go on\n"})
    assert (found.source, found.title, found.date, found.target, found.issue) == (
        "command_log", "Review", "2026-04-01", target, issue,
    )  # fmt: skip
    assert (found.sections["Result"], found.next_steps, found.target_exists) == ("Fine.", ["Go on"], None)


def test_command_logs_have_problems_too() -> None:
    assert codes({"docs/command-logs/review.md": "# Review\n\n**Date:** 2026-02-31\n\nText.\n"}) == ["bad_date"]
    assert codes({"docs/command-logs/review.md": "# Review\n\nText.\n"}) == ["no_date"]


def test_session_logs() -> None:
    text = (
        "# Issue #62: X\n\n> **Status:** Accepted\n\n## Session Log\n\n### 2026-01-05: Began\n**Status:** Completed\n"
        "**Tracking Issue:** #70\n\n**Completed:**\n- a\n\n**Next Session Should Start With:**\n1. b\n\n"
        "### 2026-02-30\n\n- c\n\n## References\n\n- d\n"
    )
    path = "docs/decisions/ISSUE-62-x.md"
    first, second = notes({path: text})
    assert (first.source, first.title, first.date, first.issue, first.status) == (
        "session_log", "2026-01-05: Began", "2026-01-05", 70, "complete",
    )  # fmt: skip
    assert first.next_steps == ["b"] and first.sections["Completed"] == "- a"
    assert (second.date, second.issue, second.status, second.sections) == (None, 62, None, {"": "- c"})
    assert codes({path: text}) == ["bad_date"]
    assert [record.line for record in resolve({path: text}).records] == [7, 17]


def test_a_log_in_restructured_text() -> None:
    text = "X\n=\n\n:Status: Accepted\n\nSession Log\n-----------\n\n2026-01-05\n~~~~~~~~~~\n\n- did it\n"
    [found] = notes({"docs/adr/0001-x.rst": text})
    assert (found.source, found.date, found.title) == ("session_log", "2026-01-05", "2026-01-05")


@pytest.mark.parametrize(
    ("text", "number"),
    [("#12", 12), ("Issue #12", 12), ("ISSUE-12-x.md", 12), ("issues/12", 12), ("a#12b", 12), ("GH-12", 12),
     ("https://x.example/o/r/issues/12", 12), ("https://x.example/o/r/-/issues/12#note", 12), ("version 12", None),
     ("tissue 12", None), ("#", None), ("", None), ("#123456789", None)],
)  # fmt: skip
def test_issue_numbers(text: str, number: int | None) -> None:
    assert issue_number(text) == number


def test_stated_issues_and_titles() -> None:
    assert [stated_issue(raw) for raw in ("12", "[12](x)", "#12, #13", "none", "N/A (see #4)", "no")] == [
        12,
        12,
        12,
        None,
        None,
        None,
    ]
    assert split_title("Session: Issue #3: X: y") == (3, "X: y")
    assert split_title("Issue #3") == (3, "Issue #3")
    assert split_title("3 things") == (None, "3 things")


def test_status_words() -> None:
    assert read_status("Work in progress") == "in_progress"
    assert [read_status(raw) for raw in ("", "openly", "Donegal", "|", "- -")] == [None] * 5
    assert [section_status(raw) for raw in ("Active", "✅ Completed sessions", "In Progress (3)", "Done")] == [
        "in_progress", "complete", "in_progress", "complete",
    ]  # fmt: skip
    assert [section_status(raw) for raw in ("Open questions", "Completeness", "Notes", "")] == [None] * 4


def test_settings() -> None:
    files: dict[str, str | bytes] = {
        "log/2026-01-05-x.md": "# Session: X\n\nText.\n",
        "LOG.md": "- [#1](log/gone.md) ✅\n",
    }
    assert [n.source for n in notes(files, places="./log/", index_pages=["LOG.md"])] == ["index_row", "note"]
    assert notes(files) == []
    assert codes(files, places=5) == ["settings"]
    assert KIND.select(["log/a.md"], {"places": [{}]}, {}) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    ["## 2026-01-05\n", "- [#1](a.md) ✅\n", "| #1 |\n", "### Next Steps\n- a\n", "**Next:**\n\n", "`", "[", "- "],
)
def test_long_documents_are_read_in_linear_time(unit: str) -> None:
    began = time.process_time()
    parsed = KIND.parse(("# X\n\n" + unit * (300_000 // len(unit))).encode(), ".md")
    assert parsed.payload is not None
    paths = frozenset({PATH})
    assert RepositoryTree("r", "c", paths, frozenset()).exists(PATH)
    assert time.process_time() - began < 20

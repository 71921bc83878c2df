"""Project specifications: what is planned, and what was done in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets.projects.parse import issues_in, parse
from orchestrator_assets_tests.fleets import Fleet

SPEC = """# PROJECT-19: Orchestration

> **Status:** In Progress

## Outcome

One true index.

## Acceptance Criteria

- [x] it is true
- [ ] it is fast
- it is liked

## Execution Sequence

| Step | Issue | What |
|---|---|---|
| 1 | #11 | read ✅ |
| 2 | shop#12 | index |
| 2 | #13 | publish |
| 3 | https://github.com/acme/shop/issues/14 | deliver |

## Child Issues

- #11 reading
- shop#12
- #13, shop#14

## Dependencies

- PROJECT-18 must be done
"""


def project(text: str) -> dict[str, Any]:
    payload = parse(text.encode(), ".md").payload
    assert payload is not None
    return payload


def test_a_specification_in_all_its_sections() -> None:
    found = project(SPEC)
    assert (found["name"], found["status"], found["outcome"]) == (
        "PROJECT-19: Orchestration",
        "in_progress",
        "One true index.",
    )
    assert [(item["text"], item["met"]) for item in found["criteria"]] == [
        ("it is true", True), ("it is fast", False), ("it is liked", None),
    ]  # fmt: skip
    assert [(step["number"], step["issues"], step["done"]) for step in found["steps"]] == [
        (1, ["#11"], True), (2, ["shop#12"], None), (2, ["#13"], None), (3, ["shop#14"], None),
    ]  # fmt: skip
    assert found["children"] == ["#11", "shop#12", "#13", "shop#14"] and found["depends_on"] == [18]
    assert found["missing"] == []


@pytest.mark.parametrize(
    "row",
    ["1. do #5", "- 1. do #5", "**1.** do #5", "1) do #5", "Step 1: do #5", "| 1 | do #5 |", "| **1** | #5 | do |"],
)
def test_steps_as_people_write_them(row: str) -> None:
    [step] = project(f"# P\n\n## Execution Sequence\n\n{row}\n")["steps"]
    assert (step["number"], step["issues"]) == (1, ["#5"])


def test_equal_numbers_are_kept_as_they_are_written() -> None:
    steps = project("# P\n\n## 3. Execution sequence\n1. a #1\n1. b #2\n2. c #3\n")["steps"]
    assert [step["number"] for step in steps] == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "found"),
    [("see #1 and a/b#2", ["#1", "b#2"]), ("a#b", []), ("&#39;", []), ("C#7", ["C#7"]), ("##12", [])],
)
def test_issues_in_a_text(text: str, found: list[str]) -> None:
    assert list(issues_in(text)) == found


@given(
    st.binary(max_size=500)
    | st.text(alphabet="# |-[]x1234567890.\nStepOutcomeExecution Sequence", max_size=500).map(str.encode)
)
def test_any_bytes_are_read_without_an_error_and_alike(data: bytes) -> None:
    assert parse(data, ".md") == parse(data, ".md")


def note(issue: int, *days: str, status: str = "Complete") -> str:
    return f"# Issue #{issue}: X\n\n**Status:** {status}\n\n" + "".join(f"## {day}\n\nwork\n\n" for day in days)


def test_planned_against_what_session_notes_tell(fleet: Fleet) -> None:
    [made] = fleet.make("shop")
    made.commit(
        {
            "docs/project-specs/PROJECT-19-x.md": SPEC.replace(" ✅", ""),
            "docs/session-notes/ISSUE-11-a.md": note(11, "2026-01-01", "2026-01-05"),
            "docs/session-notes/ISSUE-12-b.md": note(12, "2026-01-03", status="In Progress"),
            "docs/session-notes/ISSUE-13-c.md": note(13, "2026-01-06"),
        }
    )
    fleet.scan()
    build_index(fleet.engine, kind_of_index("session-notes"))
    built = build_index(fleet.engine, kind_of_index("projects"))
    [found] = built.index.extras["projects"]
    assert found["planned"] == [["#11"], ["shop#12", "#13"], ["shop#14"]]
    assert [(step["begun"], step["complete"]) for step in found["steps"]] == [
        ("2026-01-01", True), ("2026-01-03", False), ("2026-01-06", True), (None, None),
    ]  # fmt: skip
    codes = [item.problem.code for item in built.index.problems]
    assert codes == ["project.dependency_unknown", "project.out_of_order"]
    assert "before step 1 (#11) was complete" in built.index.problems[1].problem.message
    assert (found["criteria"], found["criteria_met"]) == (3, 1)


def test_numbers_twice_gaps_circles_and_missing_sections_are_named(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    body = "# P\n\n## Outcome\nx\n\n## Execution Sequence\n1. a #1\n3. b\n\n## Child Issues\n- #2\n\n## Dependencies\n- PROJECT-2\n"
    made.commit(
        {
            "docs/project-specs/PROJECT-01-a.md": body,
            "docs/project-specs/PROJECT-2-b.md": "# P\n## Dependencies\nPROJECT-1\n",
            "docs/project-specs/PROJECT-02-c.md": "# P\n",
            "docs/project-specs/TEMPLATE.md": "# PROJECT-NN\n",
        }
    )
    fleet.scan()
    problems = build_index(fleet.engine, kind_of_index("projects")).index.problems
    named = {item.problem.code for item in problems}
    assert named == {
        "project.section_missing", "project.number_twice", "project.step_gap", "project.step_without_issue",
        "project.step_not_child", "project.child_without_step", "project.dependency_circle",
    }  # fmt: skip

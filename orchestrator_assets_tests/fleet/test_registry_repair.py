"""Re-indenting registries whose indentation collapsed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_repair import propose_repair

WELL = """\
# The fleet
org: example

repos:
  # first
  - name: a
    role: One
    public_mirror:
      org: example
      name: a
      status: none
    depends_on: []
    provides:
      - api
      - "b: c"
    consumes:
    context: >
      several words
      on two lines
  - name: b
    integration_patterns:
      - shared-kernel

planned:
  - name: c
    note: later
deprecated:
  - name: d
    disposition: merge
"""
DUMPED = yaml.safe_dump(yaml.safe_load(WELL), sort_keys=False)


def collapse(text: str, to: int = 1) -> str:
    """Every indentation squeezed to at most this many blanks."""
    return re.sub(r"(?m)^ +", lambda match: match.group()[:to], text)


FLAT = WELL.replace(">\n      several words\n      on two lines", "several words")


@pytest.mark.parametrize(
    ("meant", "broken"),
    [
        (DUMPED, collapse(DUMPED)),
        (FLAT, collapse(FLAT)),
        (DUMPED, re.sub(r"(?m)^ +", lambda match: " " * (len(match.group()) // 2), DUMPED)),
        (FLAT, re.sub(r"(?m)^ +", lambda match: " " * (len(match.group()) // 2), FLAT)),
        (WELL, WELL.replace("    role: One", "   role: One")),
        (WELL, WELL.replace("    role: One", "  role: One")),
        (WELL, WELL.replace("    depends_on: []", " depends_on: []")),
        (WELL, WELL.replace("  - name: b", " - name: b")),
        (WELL, WELL.replace("    role: One", "\trole: One")),
    ],
    ids=["dumped", "indented", "dumped, halved", "indented, halved", *"3210", "a tab"],
)
def test_the_repair_says_what_was_meant(meant: str, broken: str) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(broken)
    repair = propose_repair(broken)
    assert repair is not None
    assert yaml.safe_load(repair.text) == yaml.safe_load(meant)


def test_the_diff_shows_each_changed_line_and_only_those() -> None:
    broken = WELL.replace("    role: One", " role: One")
    repair = propose_repair(broken, "docs/REPOS.yaml")
    assert repair is not None
    assert repair.text == WELL
    assert (repair.line, repair.lines_changed) == (7, 1)
    assert repair.explanation == "line 7 is indented by 1 space, expected 4 spaces"
    lines = repair.diff.splitlines()
    assert lines[:2] == ["--- a/docs/REPOS.yaml", "+++ b/docs/REPOS.yaml"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["- role: One", "+    role: One"]


@pytest.mark.parametrize(
    "broken",
    [
        collapse(DUMPED),
        collapse(FLAT)[:-1],
        WELL.replace("    role: One", " role: One").replace("  - name: b", " - name: b"),
        WELL.replace("\n", "\r\n").replace("    disposition", "   disposition").replace("    role: One", " role: One"),
    ],
    ids=["whole", "no newline at the end", "two hunks", "windows"],
)
def test_git_applies_the_diff(tmp_path: Path, broken: str) -> None:
    repair = propose_repair(broken, "docs/REPOS.yaml")
    assert repair is not None
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "REPOS.yaml").write_bytes(broken.encode())
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=repair.diff.encode(), check=True, capture_output=True)
    assert (tmp_path / "docs" / "REPOS.yaml").read_bytes() == repair.text.encode()


@pytest.mark.parametrize("text", ["", WELL, "repos: []\n", "repos: [\n", "a: b: c\n", "repos:\n- name: a\n role: 'x\n"])
def test_no_repair_for_what_is_valid_or_broken_otherwise(text: str) -> None:
    assert propose_repair(text) is None


def test_reading_offers_the_repair_and_applies_nothing() -> None:
    broken = "repos:\n- name: a\n role: One\n provides:\n - api\n"
    reading = read_registry(broken.encode(), "REPOS.yaml")
    assert reading.registry is None
    assert reading.repair is not None
    [problem] = reading.problems
    assert (problem.code, problem.line) == ("registry.invalid_yaml", 3)
    assert "line 3 is indented by 1 space, expected 2 spaces" in problem.message
    repaired = read_registry(reading.repair.text.encode(), "REPOS.yaml")
    assert repaired.registry is not None
    assert repaired.registry.repos[0].as_written() == {"name": "a", "role": "One", "provides": ["api"]}


def test_a_repair_that_is_no_registry_is_not_offered() -> None:
    broken = "repos:\n- name: a\n depends_on: b\n"
    assert propose_repair(broken) is not None
    assert read_registry(broken.encode(), "REPOS.yaml").repair is None


LINES = st.sampled_from(
    ["repos:", "- name: a", "role: x", "public_mirror:", "org: b", "- c", "- |", "text: >", "word", ""]
)


@given(st.lists(st.tuples(st.integers(0, 4), LINES, st.sampled_from(["\n", "\r\n"])), max_size=15))
def test_only_blanks_in_front_of_lines_change(lines: list[tuple[int, str, str]]) -> None:
    text = "".join(" " * indent + line + end for indent, line, end in lines)
    repair = propose_repair(text)
    assert repair == propose_repair(text)
    if repair is not None:
        assert [line.lstrip(" ") for line in repair.text.split("\n")] == [line.lstrip(" ") for line in text.split("\n")]
        assert propose_repair(repair.text) is None

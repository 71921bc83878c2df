"""The status that a text states: a known word, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.decisions.status import read_status
from orchestrator_assets_tests.decisions.reading import one

KNOWN = {
    "ACCEPTED Not Implemented": "accepted",
    "{PROPOSED} {Implemented}": "proposed",
    "accepted.": "accepted",
    "[x] Accepted": "accepted",
    "[Accepted](0002.md)": "accepted",
    ":white_check_mark: Accepted": "accepted",
    "🟢 Accepted": "accepted",
    '"Accepted"': "accepted",
    "2020-02-01: Accepted": "accepted",
    "Accepted, supersedes ADR-3": "accepted",
    "In_Progress": "in_progress",
    "Work in progress": "in_progress",
    "Superceded by ADR-0009": "superseded",
    "Deprecated: see ADR 9": "deprecated",
    "Rejected — too dear": "rejected",
    "Draft v2": "draft",
    "**Provisional** *2022-06-30*": "provisional",
}
UNKNOWN = (
    "", "Review", "In review", "Incomplete", "Refinement completed", "Approved", "Implemented", "Obsolete", "Pending",
    "Not accepted", "Unaccepted", "Accepted-ish", "To be accepted", "Partially superseded", "Done", "TBD", "2020-02-01",
    "Proposed | Accepted | Deprecated", "proposed / accepted", "[proposed | rejected | accepted]",
)  # fmt: skip


@pytest.mark.parametrize("raw", KNOWN)
def test_known(raw: str) -> None:
    assert read_status(raw) == KNOWN[raw]


@pytest.mark.parametrize("raw", UNKNOWN)
def test_unknown_is_none(raw: str) -> None:
    assert read_status(raw) is None


SECTIONS = {
    "in the heading": ("## Status: Accepted\n", "accepted", None),
    "underlined label": ("Status: Accepted\n---\n", "accepted", None),
    "table": ("## Status\n\n| Status | Date |\n|---|---|\n| Accepted | 2020-01-02 |\n", "accepted", "2020-01-02"),
    "log in a list": ("## Status\n\n- 2020-01-01: Proposed\n- 2020-02-01: Accepted\n", "accepted", "2020-02-01"),
    "log, newest first": ("## Status\n\nAccepted 2020-02-01\n\nProposed 2020-01-01\n", "accepted", "2020-02-01"),
    "one date is no log": ("## Status\n\nProposed\n\nWas rejected on 2019-01-01.\n", "proposed", None),
    "comment first": ("## Status\n\n<!-- proposed | accepted -->\n\nAccepted\n", "accepted", None),
    "after others": ("## Context\n\nText\n\n## Status\n\nAccepted\n", "accepted", None),
    "of another section": ("## History\n\n### Status\n\nRejected\n", None, None),
    "quoted": ("> ## Status\n>\n> Rejected\n", None, None),
    "of something else": ("## Implementation Status\n\nComplete\n", None, None),
    "empty": ("## Status\n\n## Context\n\nAccepted\n", None, None),
}


@pytest.mark.parametrize("case", SECTIONS)
def test_sections(case: str) -> None:
    text, status, date = SECTIONS[case]
    found = one(f"# Use X\n\n{text}\n## Decision\n\nStatus: Rejected\n")
    assert (found.status, found.date) == (status, date)


RST = {
    "contents": ".. contents::\n\nUse X\n=====\n\n:Status: Accepted\n",
    "definitions": "Use X\n=====\n\nStatus\n  Accepted\n\nContext\n-------\n",
    "list table": "Use X\n=====\n\n.. list-table::\n\n   * - Status\n     - Accepted\n   * - Owner\n     - Ada\n",
    "line block": "Use X\n=====\n\n| Status: Accepted\n| Owner: Ada\n",
    "overline and anchor": ".. _x:\n\n#####\nUse X\n#####\n\nStatus\n======\n\n**Accepted** (circa 2020)\n",
    "code first": "Use X\n=====\n\n.. code-block:: yaml\n\n   Status: Rejected\n\nStatus: Accepted\n",
    "comment first": "..\n   Status: Rejected\n\nUse X\n=====\n\nStatus: Accepted\n",
    "no file is included": "Use X\n=====\n\n.. include:: /etc/hostname\n\n:Status: Accepted\n",
}


@pytest.mark.parametrize("case", RST)
def test_restructured_text(case: str) -> None:
    found = one(RST[case], "docs/adr/0001-x.rst")
    assert (found.title, found.status) == ("Use X", "accepted")


@given(st.text(max_size=200))
def test_never_raises(raw: str) -> None:
    assert read_status(raw) == read_status(raw)

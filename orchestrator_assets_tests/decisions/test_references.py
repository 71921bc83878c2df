"""What decisions say of each other, in both spellings, in whole and in part."""

from __future__ import annotations

import pytest

from orchestrator_assets_tests.decisions.reading import codes, decisions

FIRST, SECOND = "adr/0001-x.md", "adr/0002-y.md"
AGREED = {
    "adr-tools": ("## Status\n\nSuperceded by [2. Y](0002-y.md)\n", "## Status\n\nAccepted\n\nSupercedes [1. X](0001-x.md)\n"),
    "ids": ("Status: Superseded by ADR-0002\n", "Status: Accepted\nSupersedes: ADR-0001\n"),
    "labels": ("Status: Superseded\nSuperseded-by: ADR-2\n", "Status: Accepted\nReplaces: [X](0001-x.md)\n"),
    "bare numbers": ("Status: Superseded\nSuperseded by: 2\n", "Status: Accepted\nSupersedes: 1\n"),
}  # fmt: skip


@pytest.mark.parametrize("style", AGREED)
def test_two_sides_agree(style: str) -> None:
    older, newer = AGREED[style]
    files: dict[str, str | bytes] = {FIRST: f"# X\n\n{older}", SECOND: f"# Y\n\n{newer}"}
    found = decisions(files)
    assert found[FIRST].superseded_by == ["ADR-0002"]
    assert found[SECOND].supersedes == ["ADR-0001"]
    assert not {code for code in codes(files) if code.startswith("supersession")}


def test_a_part_superseded_is_no_finding() -> None:
    by = "# X\n\nStatus: Accepted (partially superseded by ADR-0002)\n"
    assert "supersession_one_sided" not in codes({FIRST: by, SECOND: "# Y\n\nStatus: Accepted\n"})
    assert decisions({FIRST: by})[FIRST].status == "accepted"


def test_a_link_by_reference_may_be_broken() -> None:
    assert "broken_link" in codes({FIRST: "# X\n\nStatus: Draft\n\nSee [it][d].\n\n[d]: gone.md\n"})


def test_an_index_of_bullets_may_state_another_status() -> None:
    page = "# ADRs\n\n- [ADR-0001](0001-x.md) - Proposed\n"
    assert "listed_status" in codes({"adr/README.md": page, FIRST: "# X\n\nStatus: Accepted\n"})
    assert "listed_status" not in codes({"adr/README.md": page, FIRST: "# X\n\nStatus: Proposed\n"})

"""Labels of a header in the ways people write them, and what is no label."""

from __future__ import annotations

import pytest

from orchestrator_assets.documents.header import read_header

BOTH = {
    "emoji inside the bold": "**✅ Status:** Accepted\n**📅 Date:** 2024-03-04\n",
    "bold value": "Status: **Accepted**\nDate: **2024-03-04**\n",
    "whole line in italics": "*Status: Accepted*\n*Date: 2024-03-04*\n",
    "space before the colon": "**Status** : Accepted\n**Date** : 2024-03-04\n",
    "no space after the colon": "Status:Accepted\nDate:2024-03-04\n",
    "full-width colon": "Status： Accepted\nDate： 2024-03-04\n",
    "tab": "Status:\tAccepted\nDate:\t2024-03-04\n",
    "hard breaks": "**Status:** Accepted\\\n**Date:** 2024-03-04\n",
    "value on the next line": "**Status:**\nAccepted\n\n**Date:**\n2024-03-04\n",
    "value in a list below": "**Status:**\n- Accepted\n\n**Date:**\n- 2024-03-04\n",
    "nested bullets": "- About\n  - Status: Accepted\n  - Date: 2024-03-04\n",
    "numbered": "1. Status: Accepted\n2. Date: 2024-03-04\n",
    "middle dots": "**Status:** Accepted · **Date:** 2024-03-04\n",
    "table without outer pipes": "Status | Accepted\n-- | --\nDate | 2024-03-04\n",
    "table with colons": "| Status: | **Accepted** |\n|:--|:--|\n| Date: | 2024-03-04 |\n",
    "table with emoji": "| 📌 Status | Accepted |\n|---|---|\n| 📅 Date | 2024-03-04 |\n",
    "metadata section": "## Metadata\n\n| Key | Value |\n|---|---|\n| Status | Accepted |\n| Date | 2024-03-04 |\n",
    "comment behind": "- Status: Accepted <!-- Rejected -->\n- Date: 2024-03-04 <!-- optional -->\n",
}  # fmt: skip


@pytest.mark.parametrize("style", BOTH)
def test_label_styles(style: str) -> None:
    header = read_header(f"# Use X\n\n{BOTH[style]}\n## Context\n\nStatus: Rejected\nDate: 2001-01-01\n", ".md")
    said = {name: header.labels[name].value.strip("*\\ ") for name in ("status", "date")}
    assert said == {"status": "Accepted", "date": "2024-03-04"}


SILENT = {
    "comment": "<!--\nStatus: Rejected\n-->\n",
    "fence": "```\nStatus: Rejected\n```\n",
    "indented code": "    Status: Rejected\n",
    "section": "## Context\n\n**Status:** Rejected\n",
    "table of options": "| Option | Status |\n|---|---|\n| A | Rejected |\n| B | Accepted |\n",
    "address": "https://example.org/status\n",
    "sentence": "The status: rejected by many, is not clear.\n",
}


@pytest.mark.parametrize("place", SILENT)
def test_what_is_no_label_says_nothing(place: str) -> None:
    assert read_header(f"# Use X\n\n{SILENT[place]}", ".md").first("status") is None


TITLES = {
    "front matter": ('---\ntitle: "Use X"\n---\n\n## Background\n\nText\n', "Use X"),
    "front matter in capitals": ("---\nTitle: Use X\n---\n\nText\n", "Use X"),
    "a section is no title": ("---\ntitle: Use X\n---\n# Context\n", "Use X"),
    "below a general heading": ("# Architecture Decision Record\n\n# ADR-1: Use X\n\nStatus: Draft\n", "ADR-1: Use X"),
    "second level": ("## Use X\n\nStatus: Draft\n\n### Context\n", "Use X"),
    "underlined": ("Use X\n=====\n\nStatus: Draft\n---\n", "Use X"),
    "none": ("## Status\n\nAccepted\n", None),
}


@pytest.mark.parametrize("case", TITLES)
def test_titles(case: str) -> None:
    text, title = TITLES[case]
    assert read_header(text, ".md").title == title


def test_a_general_heading_does_not_end_the_header() -> None:
    header = read_header("# Architecture Decision Record\n\n# ADR-1: Use X\n\nStatus: Draft\n", ".md")
    assert header.labels["status"].value == "Draft"
    assert header.labels["status"].line == 5


def test_a_long_line_of_rest_loses_only_its_end() -> None:
    header = read_header("Use X\n=====\n\n:Status: Accepted\n\n" + "word " * 6000, ".rst")
    assert (header.title, header.labels["status"].value) == ("Use X", "Accepted")
    assert header.outline.limited


def test_links_by_reference_are_links() -> None:
    header = read_header("# X\n\nSee [the doc][d] and `[code](no.md)`.\n\n[d]: gone.md\n", ".md")
    assert [(link.target, link.line) for link in header.outline.links] == [("gone.md", 3)]

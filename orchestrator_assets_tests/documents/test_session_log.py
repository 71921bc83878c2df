"""Session logs inside documents."""

from __future__ import annotations

import pytest

from orchestrator_assets.documents.markdown import markdown_outline
from orchestrator_assets.documents.session_log import session_log_entries


def _entries(text: str) -> list[tuple[int, str | None, str]]:
    return [(entry.line, entry.date, entry.heading) for entry in session_log_entries(markdown_outline(text))]


def test_dated_headings_of_the_log_only() -> None:
    text = (
        "# ADR-1: X\n\n### 2024-12-31\n\n## 📝 Session Log\n\n### 2025-01-01: `a`\n\n### Notes\n\n### 2025-02-31: no day\n"
        "\n<!--\n### 2025-01-02\n-->\n\n```\n### 2025-01-03\n```\n\n## After\n\n### 2025-01-04\n"
    )
    assert _entries(text) == [(7, "2025-01-01", "2025-01-01: `a`"), (11, None, "2025-02-31: no day")]


@pytest.mark.timeout(30)
def test_time_grows_with_the_text() -> None:
    assert len(_entries("# Session log\n" + "## 2025-01-01\n" * 10_000)) == 10_000
    assert _entries("# Session log\n" * 20_000) == []

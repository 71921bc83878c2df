"""Histories as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.demo.history import fast_import, read_history

HISTORY = """\
== 2026-02-02T09:30:00+01:00 | Ada Brandt | Begin
-- a.md --
# A

text
-- empty --
== 2026-03-02T09:30:00-05:30 | Lin Okafor | Go on
-- a.md -- removed
-- b c — d.rst --
B
==
"""


def test_commits_files_and_removals() -> None:
    first, second = read_history(HISTORY)
    assert (first.author, first.message, first.date.isoformat()) == ("Ada Brandt", "Begin", "2026-02-02T09:30:00+01:00")
    assert first.files == {"a.md": "# A\n\ntext\n", "empty": ""}
    assert second.files == {"a.md": None, "b c — d.rst": "B\n==\n"}


def test_the_stream_counts_bytes_and_keeps_zones() -> None:
    stream = fast_import(read_history(HISTORY)).decode()
    assert "author Ada Brandt <ada.brandt@example.org> 1770021000 +0100\n" in stream
    assert "committer Lin Okafor <lin.okafor@example.org> 1772463600 -0530\n" in stream
    assert "M 100644 inline empty\ndata 0\n\n" in stream
    assert "D a.md\nM 100644 inline b c — d.rst\ndata 5\nB\n==\n" in stream


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x\n", 1),
        ("-- a --\n", 1),
        ("== 2026-02-02T09:30:00+01:00 | A | m\nx\n", 2),
        ("== 2026-02-02T09:30:00+01:00 | A | m\n-- a -- removed\nx\n", 3),
    ],
)
def test_what_does_not_belong_is_named_by_line(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=f"line {line}: expected"):
        read_history(text)


@given(st.lists(st.sampled_from([*HISTORY.splitlines(keepends=True), "== 2026-99-01T00:00 | A | m\n", "é\x00"])))
def test_reading_raises_nothing_but_value_errors(lines: list[str]) -> None:
    try:
        commits = read_history("".join(lines))
    except ValueError:
        return
    assert fast_import(commits) == fast_import(read_history("".join(lines)))

"""Links by one pass over the lines, against what Markdown means by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.architecture.link_scan import scan_links


def targets(text: str) -> list[str]:
    return [link.target for link in scan_links(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b.md)", ["b.md"]),
        ("![a](b.png) and [c](d.md#x)", ["b.png", "d.md#x"]),
        ('[a](b.md "title") [a](<c d.md>)', ["b.md", "c d.md"]),
        ("[a](b_(c).md)", ["b_(c).md"]),
        ("[![badge](x.svg)](y.md)", ["x.svg", "y.md"]),
        ("`[a](b.md)` [c](d.md)", ["d.md"]),
        ("`` ` [a](b.md) `` [c](d.md)", ["d.md"]),
        ("` [a](b.md)", ["b.md"]),
        ("\\[a](b.md)", []),
        ("\\[a] [c](d.md)", ["d.md"]),
        ("[a](b.md \"t\") [a](b.md 't') [a](b.md (t)) [a](b.md )", ["b.md"] * 4),
        ("[a](two words.md)", []),
        ('[a](b.md\n"title")', []),
        ("- ```\n  [a](b.md)\n  ```\n[c](d.md)", ["d.md"]),
        ("1. > ~~~\n   > [a](b.md)\n   > ~~~\n[c](d.md)", ["d.md"]),
        ("[a][1]\n\n[1]: b.md\n[2]: c.md", ["b.md"]),
        ('see [A b].\n\n   [a B]: <c d.md> "title"', ["c d.md"]),
        ("[a] x\n\n[a]: two words", []),
        ("[a] x\n\n[a]: b(c d", []),
        ("x[^1]\n\n[^1]: note.md", []),
        ("[a]\n```\n[a]: b.md\n```", []),
        ("[a\\](b.md)", []),
        ("```\n[a](b.md)\n```\n[c](d.md)", ["d.md"]),
        ("~~~~\n```\n[a](b.md)\n~~~\n~~~~\n[c](d.md)", ["d.md"]),
        ("> ```\n> [a](b.md)\n> ```\n[c](d.md)", ["d.md"]),
        ("``` not a fence `\n[c](d.md)", ["d.md"]),
        ("a](b.md)", []),
        ("[a]()", []),
        ("[a](b.md", []),
        ("[a]( b.md )", ["b.md"]),
        ("text\nover\n[two\nlines](b.md)", []),
    ],
)
def test_targets(text: str, expected: list[str]) -> None:
    assert targets(text) == expected


def test_lines() -> None:
    assert [(link.target, link.line) for link in scan_links("a\n[b](c)\n\n[d](e) [f](g)")] == [
        ("c", 2),
        ("e", 4),
        ("g", 4),
    ]


@given(st.text(alphabet='[]()`~<>\\ a\n!#"', max_size=300))
def test_any_text_gives_targets_that_stand_in_their_line(text: str) -> None:
    lines = text.split("\n")
    for target, line in scan_links(text):
        assert target in lines[line - 1] and target


@pytest.mark.parametrize(
    "piece",
    [
        "[](",
        "`",
        "[a](",
        "](",
        "` ",
        "`` ` ",
        "[a](<",
        "[((((",
        "~~~\n",
        "[a](b)",
        "[a]: b\n",
        "[a]:",
        "- > ",
        "\\[",
        "[a](b \n",
        "[a](b  ",
    ],
)
def test_long_lines_cost_time_in_proportion(piece: str) -> None:
    """Would hang for minutes if any step were quadratic."""
    for _ in scan_links(piece * 200_000):
        pass

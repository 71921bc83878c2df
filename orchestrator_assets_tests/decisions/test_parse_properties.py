"""The parser on anything: it never raises, says the same twice, and what it says validates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets.decisions.model import ParsedDecision
from orchestrator_assets.decisions.naming import read_file_name, read_heading
from orchestrator_assets.decisions.status import read_status
from orchestrator_assets.documents.dates import read_date
from orchestrator_assets.documents.markdown_escape import cell, code

PIECES = st.sampled_from([
    "# ", "## Status", "\n", "\n\n", "---\n", "Status: ", "**Date:** ", "2025-01-02", "> ", "- ", "* [x] ", "| a | b |\n|---|---|\n",
    "Accepted", "[a](b.md)", "`", "```\n", "<!-- ", " -->", "\t", "  ", "é", "\u202e", "\x00", ":status: x\n", "===\n", ".. x::\n",
    "Superseded by ", "ADR-0005", "(", ")", "[", "]", "|", "*", "_", "~~", "&#x27;", "<b>", "1. ", "\r\n", "\ud800", "{", "}", ": ",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map("".join)
SUFFIXES = st.sampled_from([".md", ".rst", ""])


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.binary(max_size=400), TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass"))), SUFFIXES)
def test_parse_never_raises_and_is_deterministic(data: bytes, suffix: str) -> None:
    first = KIND.parse(data, suffix)
    assert first == KIND.parse(data, suffix)
    if first.payload is None:
        assert first.problems, "refused without a reason"
    else:
        ParsedDecision.model_validate(first.payload)


def test_a_binary_file_is_refused_with_a_reason() -> None:
    refused = KIND.parse(b"\x89PNG\r\n\x1a\n\x00\x00", ".md")
    assert refused.payload is None
    assert [problem.code for problem in refused.problems] == ["decision.binary"]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_small_readers_never_raise(text: str) -> None:
    read_date(text)
    read_status(text)
    read_heading(text, 7)
    read_file_name(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_escaped_text_stays_in_its_cell(text: str) -> None:
    for escaped in (cell(text), code(text)):
        assert "\n" not in escaped
        assert "|" not in escaped.replace("\\|", "")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["[", "*", "|", "`", "<", "> ", "- ", "![", "](", "**a", "#", "\t", "a|", "--", "_", "&", ":", "Status: "]
)
def test_repetition_is_read_in_bounded_time(unit: str) -> None:
    for suffix in (".md", ".rst"):
        assert KIND.parse((unit * (400_000 // len(unit))).encode(), suffix).problems is not None
    assert KIND.parse((unit * (1_000_000 // len(unit))).encode(), ".md").problems, "a cut that is not told"
    lines = (unit + "\n") * 3000
    assert KIND.parse(lines.encode(), ".md").problems is not None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("statement", ["Status: x | y | ", "Status: x<br>", "**A:** b / ", "1 ", "Draft -> ", "{#a} "])
def test_many_statements_on_one_line_are_read(statement: str) -> None:
    for before in ("# X\n\n", "# X\n\n## Status\n\n", "# "):
        assert KIND.parse((before + statement * (19_000 // len(statement)) + "z\n").encode(), ".md").payload


@pytest.mark.timeout(60)
def test_substitutions_of_substitutions_are_bounded() -> None:
    nested = "".join(f".. |a{n}| replace:: |a{n - 1}| |a{n - 1}|\n" for n in range(1, 30))
    text = f".. |a0| replace:: x\n{nested}\nX\n=\n\n:Status: |a29|\n"
    assert KIND.parse(text.encode(), ".rst").payload

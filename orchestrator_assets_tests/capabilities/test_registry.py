"""Hand-kept registries: recognised by content, refused with a reason, never silently empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.capabilities.kind import KIND
from orchestrator_assets.capabilities.parse import parse
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets_tests.fleets import Fleet

ROWS = """patterns:
  - id: a
    name: A
    definition: What it is.
    alt_labels: [AA]
    source: {org: W3C}
    derives_from: [b, c]
    documentation: {primary: docs/a.md}
  - id: b
    derives_from: null
  - name: no id
  - text
capabilities:
  - id: a
    implements_patterns: [a]
    delivered_by: [shop, nowhere]
"""


def test_rows_are_records_with_their_lines(fleet: Fleet) -> None:
    [made, _] = fleet.make("a", "shop")
    made.commit({"any/where.yaml": ROWS})
    fleet.scan()
    index = build_index(fleet.engine, KIND).index
    found = [(record.line, record.payload.type, record.payload.id) for record in index.records]  # type: ignore[attr-defined]
    assert found == [(2, "pattern", "a"), (9, "pattern", "b"), (14, "capability", "a")]
    first = index.records[0].payload.model_dump()
    assert (first["definition"], first["alt_labels"], first["source"]) == ("What it is.", ("AA",), "W3C")
    assert first["derives_from"] == ("b", "c") and first["documentation"] == "docs/a.md"
    assert [problem.problem.code for problem in index.problems] == ["capability.malformed_row"] * 2
    [trace] = index.extras["traceability"]
    assert (trace["delivered_by"], trace["in_fleet"]) == (["shop", "nowhere"], ["shop"])


@pytest.mark.parametrize(
    "text", ["patterns: *.py\n", "patterns:\n  - '*.tmp'\n", "patterns: {a: b}\n", "a: b\n", "", "patterns:\n"]
)
def test_other_yaml_is_nobodys(text: str) -> None:
    assert not parse(text.encode(), ".yaml").counted


@pytest.mark.parametrize(
    "text",
    ["patterns:\n  - id: a\n b: [\n", "patterns:\n  - id: &a [*a]\n", "patterns: &x\n  - id: a\n  - *y\n",
     "patterns:\n  - id: a\n    id: b\n", "patterns:\n  - id: a\n    n: " + "[" * 2000],
)  # fmt: skip
def test_a_broken_registry_is_refused(text: str) -> None:
    found = parse(text.encode(), ".yaml")
    assert found.payload is None and [problem.code for problem in found.problems] == ["capability.not_yaml"]


def test_a_registry_that_was_emptied_holds_the_index_back(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"r.yaml": ROWS})
    fleet.scan()
    culprit = made.commit({"r.yaml": "patterns: []\n"})
    fleet.scan()
    [lost] = build_index(fleet.engine, KIND).integrity
    assert lost.problem.code == "capability.registry_lost" and culprit in lost.problem.message


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused_and_always_the_same(text: str) -> None:
    data = f"patterns:\n  - id: {text}".encode("utf-8", "replace")
    found = parse(data, ".yaml")
    assert found == parse(data, ".yaml") and (found.payload is not None or found.problems or not found.counted)

"""Numbers on status pages, and whether they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.claims.parse import KEPT, parse
from orchestrator_assets.claims.places import select
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets_tests.fleets import Fleet


def claims(text: str) -> list[tuple[str, int, str | None]]:
    payload = parse(text.encode(), ".md").payload
    assert payload is not None
    return [(row["unit"], row["claimed"], row["limits"]) for row in payload["claims"]]


@pytest.mark.parametrize(
    ("line", "unit", "number"),
    [
        ("- 54 Sequences with 87 handlers", "sequences", 54),
        ("**Total Beats: 41**", "beats", 41),
        ("| Movements | 8 |", "movements", 8),
        ("We have 1,234 documented handlers.", "handlers", 1234),
        ("✅ 16 domains are registered", "domains", 16),
        ("7 ADRs", "decisions", 7),
        ("`packages/x` - 7 sequences, 67 handlers", "handlers", 67),
    ],
)
def test_a_number_with_a_unit_is_a_claim(line: str, unit: str, number: int) -> None:
    assert (unit, number, None) in claims(line)


@pytest.mark.parametrize(
    "line",
    ["26 untested sequence handlers", "- **Missing Handlers**: 0", "250+ handlers", "~40 beats", "85 handlers without tests",
     "67 handler tests", "Sequences: 96 names discovered", "95% handlers"],
)  # fmt: skip
def test_a_number_of_a_part_says_that_it_is_one(line: str) -> None:
    assert [limits for _, _, limits in claims(line)] != [] and all(limits for _, _, limits in claims(line))


@pytest.mark.parametrize("line", ["6-beat sequence", "ISO 9001 is met", "v1.2 handlers", "see #12", "1/2 sequences"])
def test_other_numbers_are_no_claims(line: str) -> None:
    assert claims(line) == []


def test_a_generated_catalog_claims_its_totals() -> None:
    data = json.dumps({"summary": {"totalSequences": 55, "totalTopics": 3, "totalBeats": True}}).encode()
    payload = parse(data, ".json").payload
    assert payload and [(row["unit"], row["claimed"]) for row in payload["claims"]] == [("sequences", 55)]
    assert not parse(b'{"a": 1}', ".json").counted and not parse(b"{", ".json").counted


def test_a_page_with_more_claims_than_are_kept_says_so() -> None:
    parsed = parse(b"7 beats\n" * (KEPT + 1), ".md")
    assert parsed.payload and len(parsed.payload["claims"]) == KEPT
    assert [problem.code for problem in parsed.problems] == ["claim.cut"]


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode), st.sampled_from([".md", ".json"]))
def test_any_bytes_are_read_without_an_error_and_alike(data: bytes, suffix: str) -> None:
    assert parse(data, suffix) == parse(data, suffix)


def test_status_pages_are_told_by_their_names() -> None:
    paths = [
        "A_COMPLETE.md",
        "docs/X_GAP.md",
        "SUMMARY.md",
        "catalog.json",
        "README.md",
        "node_modules/A_GAP.md",
        "n/x.md",
    ]
    assert select(paths, {}, {}) == ["A_COMPLETE.md", "docs/X_GAP.md", "SUMMARY.md", "catalog.json", "README.md"]
    assert "n/x.md" in select(paths, {"places": ["n"]}, {})


SEQUENCE = {
    "id": "s-%d",
    "name": "S",
    "movements": [{"id": "m", "beats": [{"beat": 1, "event": "e", "handler": "h"}] * 2}],
}


def sequences(number: int) -> dict[str, str]:
    text = json.dumps(SEQUENCE)
    files = {f"packages/alpha/seq/s{n}.json": text % n for n in range(number)}
    manifest = {"name": "@x/alpha", "renderx": {"sequences": ["seq"]}}
    return {"packages/alpha/package.json": json.dumps(manifest), **files}


def test_a_claim_is_held_against_what_it_names_or_not_compared(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    page = """# Done
- 3 sequences in total
- 4 sequences
- packages/alpha: 6 beats
- packages/alpha: 7 beats
- some 9 handlers of something
- 5 untested handlers
- docs/decisions/ holds 1 document
"""
    made.commit({**sequences(3), "ALL_COMPLETE.md": page})
    fleet.scan()
    for name in ("sequences", "domains", "decisions", "patterns"):
        build_index(fleet.engine, kind_of_index(name))
    built = build_index(fleet.engine, kind_of_index("claims"))
    extras = built.index.extras
    shown = [
        [(row["line"], row["claimed"], row["counted"]) for row in extras[name]]
        for name in ("confirmed", "contradicted")
    ]
    assert shown == [[(2, 3, 3), (4, 6, 6), (8, 1, 1)], [(3, 4, 3), (5, 7, 6)]]
    assert sum(extras["not_comparable"].values()) == 2
    assert len(built.index.records) == 7
    assert [item.problem.code for item in built.index.problems] == ["claim.contradicted"] * 2

"""Patterns in made-up repositories: forms, lineage, pages, hand-kept registries."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.catalog.aggregate import Build, build_index
from orchestrator_assets.patterns.kind import KIND
from orchestrator_assets.patterns.parse import derives_of, parse, provenance_of
from orchestrator_assets_tests.fleets import Fleet


def pattern(title: str, derives: str = "\u2014", provenance: str = "1P", status: str = "active") -> str:
    return (
        f"# {title}\n\n> **Version:** 1.0.0\n> **Status:** {status}\n> **Last Updated:** 2026-01-02\n"
        f"> **Provenance:** {provenance}\n> **Derives From:** {derives}\n\nWords.\n"
    )


def build(fleet: Fleet, files: dict[str, str], name: str = "a") -> Build:
    [made] = fleet.make(name)
    made.commit({f"lib/domain-patterns/{path}" if path.endswith(".md") else path: text for path, text in files.items()})
    fleet.scan()
    return build_index(fleet.engine, KIND)


def messages(made: Build, code: str) -> list[str]:
    return [item.problem.message for item in made.index.problems if item.problem.code == f"pattern.{code}"]


@pytest.mark.parametrize(
    ("raw", "form", "ids"),
    [
        ("`a`, `b-c`", "backticked ids", ("a", "b-c")),
        ("`a` (extended), `a`", "backticked ids", ("a",)),
        ("a, b", "free text", ()),
        ("`a`, and others", "free text", ()),
        ("\u2014", "none-dash", ()),
        ("None", "none-dash", ()),
        (None, None, ()),
    ],
)
def test_parents(raw: str | None, form: str | None, ids: tuple[str, ...]) -> None:
    assert derives_of(raw) == (form, ids)


@pytest.mark.parametrize(
    ("raw", "provenance"),
    [
        ("1P", "1p"),
        ("1P (extends 3P)", "1p"),
        (" 2p", "2p"),
        ("3P (W3C)", "3p"),
        ("4P", None),
        ("1Px", None),
        (None, None),
    ],
)
def test_provenance(raw: str | None, provenance: str | None) -> None:
    assert provenance_of(raw) == provenance


def test_lineage_order_and_circles(fleet: Fleet) -> None:
    made = build(
        fleet,
        {
            "base.md": pattern("Base", provenance="3P"),
            "middle.md": pattern("Middle", "`base`, `shape`, `gone`"),
            "shape-pattern.md": pattern("Shape", "`base`", provenance="3P"),
            "x.md": pattern("X", "`y`"),
            "y.md": pattern("Y", "`x`"),
            "self.md": pattern("Self", "`self`"),
        },
    )
    edges = {(e["from"], e["to"]): (e["resolution"], e["relation"]) for e in made.index.extras["lineage"]["edges"]}
    assert edges["middle", "shape"] == ("suffix", "extends") and edges["shape-pattern", "base"] == ("exact", "adopts")
    assert edges["middle", "gone"][0] == "unresolved"
    assert made.index.extras["order"] == ["base", "shape-pattern", "middle", "self", "x", "y"]
    assert messages(made, "lineage_cycle") == ["derive from one another: self", "derive from one another: x, y"]
    assert b"Middle" not in made.files["patterns-lineage.svg"] and b"middle" in made.files["patterns-lineage.svg"]


def test_parents_are_found_in_other_repositories(fleet: Fleet) -> None:
    build(fleet, {"base.md": pattern("Base")}, "other")
    made = build(fleet, {"child.md": pattern("Child", "`base`")})
    [edge] = made.index.extras["lineage"]["edges"]
    assert (edge["resolution"], edge["in"]) == ("exact", "other")


def test_an_index_page_is_compared_with_the_files(fleet: Fleet) -> None:
    page = (
        "# Patterns\n\n## Active (1)\n\n| p | d |\n|---|---|\n| [a](a.md) | x |\n| [lost](semops-dataofiling.md) | x |\n\n"
        "### Guides\n\n| p | d |\n|---|---|\n| [how](how.md) | x |\n\n"
        "## Retired (1)\n\n| p | d |\n|---|---|\n| [old](retired/old.md) | x |\n"
    )
    made = build(
        fleet,
        {
            "README.md": page,
            "a.md": pattern("A", "`old`"),
            "data-profiling.md": pattern("P"),
            "how.md": "# How\n",
            "guide-x.md": "# X\n",
            "_TEMPLATE.md": pattern("[Name]"),
        },
    )
    assert [record.payload.id for record in made.index.records] == ["a", "data-profiling"]  # type: ignore[attr-defined]
    assert made.index.totals["documents_found"] == 4
    assert messages(made, "claim") == ["states 1 active and names 2"]
    assert messages(made, "listed_missing") == [
        "names semops-dataofiling.md, which is not there (inferred: data-profiling was meant)"
    ]
    assert len(messages(made, "unlisted")) == 1 and len(messages(made, "retired_edge")) == 1


REGISTRY = """
patterns:
  - id: a
    provenance: 3p
    status: active
  - id: ghost
    status: active
  - id: planned-one
    status: planned
capabilities:
  - id: cap
    name: Cap
    implements_patterns: [a, aa, ghost]
    delivered_by: [a]
"""


def test_hand_kept_registries_are_reconciled_both_ways(fleet: Fleet) -> None:
    made = build(fleet, {"a.md": pattern("A"), "lonely.md": pattern("L"), "conf/anything.yaml": REGISTRY})
    assert messages(made, "differs_from_registry") == [
        "provenance: the document says 1p, a:conf/anything.yaml:3 says 3p"
    ]
    assert messages(made, "without_document") == ["ghost is registered here and has no document"]
    assert len(messages(made, "orphan")) == 1
    assert messages(made, "unknown_implemented") == [
        "the capability cap implements aa, which is no pattern (inferred: a was meant)"
    ]
    trace = made.index.extras["traceability"]
    assert (trace[0]["document"], trace[1]["document"]) == ("a:lib/domain-patterns/a.md", None)


def test_without_a_registry_nobody_is_an_orphan(fleet: Fleet) -> None:
    build(fleet, {"conf/elsewhere.yaml": REGISTRY.replace("id: a", "id: zz")}, "other")
    assert messages(build(fleet, {"lonely.md": pattern("L")}), "orphan") == []


def test_the_generated_registry_reads_back(fleet: Fleet) -> None:
    made = build(fleet, {"a.md": pattern('A: "quoted" # x', "`b`"), "b.md": pattern("B")})
    rows = yaml.safe_load(made.files["pattern_registry.yaml"])["patterns"]
    assert [(row["id"], row["name"], row["derives_from"]) for row in rows] == [
        ("a", 'A: "quoted" # x', ["b"]),
        ("b", "B", []),
    ]


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_parsed_or_refused_and_always_the_same(data: bytes) -> None:
    found = parse(b"# T\n\n> **Status:** " + data, ".md")
    assert found == parse(b"# T\n\n> **Status:** " + data, ".md")
    assert found.payload is not None or found.problems

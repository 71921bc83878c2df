"""Architecture pages in made-up repositories: templates, the registry, global pages, services, commands, drift."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.architecture.compare import audit_of, differences, global_differences
from orchestrator_assets.architecture.kind import KIND
from orchestrator_assets.architecture.model import Page, PageRole
from orchestrator_assets.architecture.parse import parse
from orchestrator_assets.catalog.aggregate import Build, build_index
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GitRepository

PAGE = """# Shop Architecture

> **Repo:** `shop`
> **Role:** Shop \u2014 sells things
> **Status:** ACTIVE
> **Version:** 1.0.0
> **Last Updated:** 2026-01-02

## Role

## DDD Classification

| Property | Value |
|---|---|
| **Layer** | `domain` |
| **Context Type** | `core` |
| **Integration Patterns** | `conformist`, `shared-kernel` |
| **Subdomains** | `sales` |

## Capabilities

| Capability | Description |
|---|---|
| Selling | x |

## Ownership

## Key Components

| Script | What |
|---|---|
| `scripts/there.py` | x |
| `gone.sh` | x |

### Stack

Python and React.

## Dependencies

## Data Flows
"""
ENTRY = """    role: Shop
    layer: domain
    context_type: core
    integration_patterns: [shared-kernel, conformist]
    subdomains: [sales]
    capabilities: [Selling]
    lifecycle_stage: active
"""


def build(fleet: Fleet, files: dict[str, dict[str, str]], entries: dict[str, str] | None = None) -> Build:
    rows = ""
    for name, content in files.items():
        folder = fleet.folder / "repos" / name
        made = GitRepository(folder) if folder.exists() else fleet.make(name)[0]
        made.commit(content)
        rows += f"  - name: {name}\n    url: repos/{name}\n{(entries or {}).get(name, '')}"
    fleet.settings.fleet_path.write_text(f"repos:\n{rows}")
    sync_fleet(fleet.engine, fleet.settings)
    fleet.scan()
    return build_index(fleet.engine, KIND)


def messages(made: Build, code: str) -> list[str]:
    return [item.problem.message for item in made.index.problems if item.problem.code == f"architecture.{code}"]


def shop(**files: str) -> dict[str, dict[str, str]]:
    return {"shop": {"docs/ARCHITECTURE.md": PAGE, "scripts/there.py": "x", "pyproject.toml": "x", **files}}


def test_a_page_that_agrees_with_everything(fleet: Fleet) -> None:
    made = build(fleet, shop(), {"shop": ENTRY})
    assert messages(made, "differs_from_registry") == messages(made, "missing_section") == []
    assert messages(made, "missing_field") == []
    assert messages(made, "missing_scripts") == ["1 of 2 files that its tables name are not there: gone.sh"]
    assert messages(made, "stack_drift") == ["names React, of which the repository holds no sign (package.json)"]
    [row] = made.index.extras["repositories"]
    assert row["classification"] and row["capabilities"] and row["differences"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (("role: Shop", "role: Bakery"), "role"),
        (("layer: domain", "layer: other"), "layer"),
        (("context_type: core", "context_type: generic"), "context type"),
        (("[shared-kernel, conformist]", "[conformist]"), "integration patterns"),
        (("[sales]", "[]"), "subdomains"),
        (("[Selling]", "[Selling, Buying]"), "capabilities"),
    ],
)
def test_each_difference_from_the_registry(fleet: Fleet, wrong: tuple[str, str], field: str) -> None:
    made = build(fleet, shop(), {"shop": ENTRY.replace(*wrong)})
    [message] = messages(made, "differs_from_registry")
    assert message.startswith(f"{field}: the page says ")


@pytest.mark.parametrize(("stage", "expected"), [("active", 1), ("draft", 0), ("planned", 0), ("retired", 0)])
def test_the_stage_of_life_says_how_deep_the_audit_is(fleet: Fleet, stage: str, expected: int) -> None:
    entry = ENTRY.replace("role: Shop", "role: Bakery").replace("stage: active", f"stage: {stage}")
    made = build(fleet, {**shop(), "bare": {"x": "y"}}, {"shop": entry, "bare": f"    lifecycle_stage: {stage}\n"})
    assert len(messages(made, "differs_from_registry")) == expected
    assert len(messages(made, "no_page")) == expected


@pytest.mark.parametrize(("stage", "expected"), [("active", 1), ("draft", 0), ("retired", 0)])
def test_the_template_is_asked_of_what_is_audited_in_full(fleet: Fleet, stage: str, expected: int) -> None:
    page = PAGE.replace("## Ownership\n", "").replace("> **Version:** 1.0.0\n", "")
    made = build(fleet, {"shop": {"ARCHITECTURE.md": page}}, {"shop": ENTRY.replace("active", stage)})
    for code in ("missing_field", "missing_section", "missing_scripts"):
        assert len(messages(made, code)) == expected
    assert len(messages(made, "stack_drift")) == 2 * expected


def test_a_page_under_another_title_is_told_and_nothing_is_said_of_what_it_lacks(fleet: Fleet) -> None:
    made = build(fleet, {"shop": {"ARCHITECTURE.md": "# How it works\n\nWell.\n"}}, {"shop": ENTRY})
    assert len(messages(made, "not_read")) == 1
    assert messages(made, "missing_field") == messages(made, "missing_section") == []


@pytest.mark.parametrize("head", ["Shop Architecture\n=====", "# How\n\n> **Role:** x", "# How\n\n## Key Components"])
def test_other_ways_to_be_known_as_a_page(head: str) -> None:
    assert (parse(f"{head}\n".encode(), ".md").payload or {})["page"] is not None


def test_a_proposal_made_to_be_slow_to_compare(fleet: Fleet) -> None:
    """Would take minutes with a true diff."""
    base = "# Architecture\n" + "x\n" * 3_000
    proposed = "# Architecture\n" + "".join(f"x\n{number}\n" for number in range(1_500))
    made = build(fleet, {"a": {"ARCHITECTURE.md": base, "ARCHITECTURE.proposed.md": proposed}})
    [row] = made.index.extras["proposed"]
    assert (row["lines_added"], row["lines_removed"]) == (1_500, 1_500)


def test_the_template_is_settable(fleet: Fleet) -> None:
    own = "architecture:\n  fields: [Owner Team]\n  sections: [Role, Runbook]\n"
    made = build(fleet, shop(**{".orchestrator.yaml": own}), {"shop": ENTRY})
    assert messages(made, "missing_field") == ["its header lacks Owner Team"]
    assert messages(made, "missing_section") == ["lacks the sections Runbook"]


GLOBAL = """# Global Architecture

> **Owner:** us

| Layer | Repos |
|---|---|
| x | shop \u2194 bakery, all repos |

## Active Repositories

### mill (Grain)

## Deprecated Repositories

| Repo | Reason |
|---|---|
| old | gone |
"""


def test_global_pages_and_the_registry_in_both_directions(fleet: Fleet) -> None:
    made = build(
        fleet, {**shop(), "hub": {"docs/GLOBAL_ARCHITECTURE.md": GLOBAL}}, {"hub": "    lifecycle_stage: active\n"}
    )
    assert messages(made, "global_lacks_repository") == ["does not name hub, which the fleet registry has"]
    assert messages(made, "global_unknown_repository") == [
        "names bakery, which the fleet registry has not", "names mill, which the fleet registry has not",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (ENTRY, []),
        (ENTRY.replace("[sales]", "[Sales, back-office]"), ["subdomains of shop: the page says sales, the fleet"]),
        (
            ENTRY.replace("role: Shop", "role: Bakery"),
            ["role of shop: the page says Shop, the fleet registry says Bak"],
        ),
        (
            ENTRY.replace("active", "retired"),
            ["lifecycle stage of shop: the page says it is in use, the fleet registry"],
        ),
    ],
)
def test_what_a_global_page_says_of_a_repository(fleet: Fleet, entry: str, expected: list[str]) -> None:
    page = "# Global Architecture\n\n| Subdomain | Repos |\n|---|---|\n| **Sales** | shop |\n\n"
    page += "## Active Repositories\n\n### shop (Shop)\n\n## Planned Repositories\n\n### mill (Mill)\n"
    made = build(fleet, {**shop(), "hub": {"GLOBAL_ARCHITECTURE.md": page}}, {"shop": entry})
    told = messages(made, "global_differs_from_registry")
    assert [message.startswith(start) for message, start in zip(told, expected, strict=True)] == [True] * len(expected)
    assert messages(made, "global_unknown_repository") == []


@pytest.mark.parametrize("odd", [None, 7, "x", [], [{"a": 1}], [[1]], {"a": [2]}])
def test_an_odd_registry_is_compared_without_fail(odd: object) -> None:
    keys = ("role", "layer", "context_type", "integration_patterns", "subdomains", "capabilities", "lifecycle_stage")
    texts = {"layer": ("x",), "integration patterns": ("y",), "subdomains": ("z",)}
    page = Page(
        role=PageRole.GLOBAL_ARCHITECTURE, title=None, fields={"role": "R"}, sections=(), classification=texts,
        capabilities=("c",), presented={"a": "R"}, subdomains={"a": ("S",)},
    )  # fmt: skip
    entry = dict.fromkeys(keys, odd)
    assert differences(page, entry) == differences(page, entry)
    assert len(list(global_differences(page, "a", entry))) <= 3
    assert audit_of(entry) in ("full", "none")


def services(*rows: str, head: str = "| Service | Port |\n|---|---|\n") -> str:
    return "# Infrastructure\n\n## Services\n\n" + head + "".join(f"| {row} |\n" for row in rows)


def test_ports(fleet: Fleet) -> None:
    wide = "| Service | Port | Repo |\n|---|---|---|\n"
    made = build(
        fleet,
        {
            "shop": {"docs/INFRASTRUCTURE.md": services("Web | 8000", "Db | `5432`", "Odd | many")},
            "mill": {"docs/INFRASTRUCTURE.md": services("Other | 8000")},
            "hub": {"docs/GLOBAL_INFRASTRUCTURE.md": services("Web | 9000 | shop", "Db | 5432 | shop", head=wide)},
        },
    )
    assert messages(made, "port_differs") == ["Web: the global page says port 9000, shop says 8000"]
    assert messages(made, "port_twice") == ["port 8000 is that of Web and of Other in mill"]
    assert len(made.index.extras["services"]) == 5


def test_commands_are_a_catalogue(fleet: Fleet) -> None:
    made = build(
        fleet,
        {
            "a": {
                ".claude/commands/sync.md": "# Sync\n",
                ".agent/commands.yml": "commands:\n  - name: plan\n  - test\n",
            },
            "b": {".claude/commands/sync.md": "# Sync!\n", ".github/workflows/ci.yml": "name: CI\non: push\n"},
        },
    )
    found = {
        (row["family"], row["name"]): (len(row["copies"]), row["versions"]) for row in made.index.extras["commands"]
    }
    assert found == {
        ("agent", "plan"): (1, 1), ("agent", "test"): (1, 1), ("claude", "sync"): (2, 2), ("workflow", "ci"): (1, 1),
    }  # fmt: skip


def test_proposals(fleet: Fleet) -> None:
    proposed = PAGE.replace("Shop Architecture", "Shop Architecture (Proposed)") + "\n## Key Changes\n\n- everything\n"
    made = build(fleet, shop())
    [repository] = [GitRepository(fleet.folder / "repos" / "shop")]
    repository.commit({"docs/ARCHITECTURE.proposed.md": proposed, "docs/NEW.proposed.md": "# New (Proposed)\n"})
    repository.commit({"docs/ARCHITECTURE.md": PAGE + "\nmore\n", "x.md": "x"}, date="2025-08-01T12:00:00+00:00")
    fleet.scan()
    made = build_index(fleet.engine, KIND)
    rows = {row["path"]: row for row in made.index.extras["proposed"]}
    row: dict[str, Any] = rows["docs/ARCHITECTURE.proposed.md"]
    assert (row["base"], row["age_days"], row["changes"]) == ("docs/ARCHITECTURE.md", 61, ["everything"])
    assert (row["lines_added"], row["lines_removed"]) == (4, 2)
    assert rows["docs/NEW.proposed.md"]["base"] is None
    assert len(messages(made, "proposed_old")) == 2 and len(messages(made, "proposed_without_base")) == 1
    assert messages(made, "proposed_stale") == ["its base docs/ARCHITECTURE.md changed after it"]


def test_generated_pages_go_stale_by_commits_not_by_what_they_claim(fleet: Fleet) -> None:
    page = "# @generated by tool on 2099-01-01\n# Source: data.md + gone.yaml\nx: y\n"
    build(fleet, {"a": {"map.yaml": page, "data.md": "one"}})
    made = build_index(fleet.engine, KIND)
    assert messages(made, "generated_stale") == []
    assert messages(made, "generated_input_missing") == ["says that it was made from gone.yaml, which is not there"]
    GitRepository(fleet.folder / "repos" / "a").commit({"data.md": "two"}, date="2025-08-01T12:00:00+00:00")
    fleet.scan()
    assert messages(build_index(fleet.engine, KIND), "generated_stale") == [
        "was generated before its input data.md changed"
    ]


def test_links_of_every_page_are_checked(fleet: Fleet) -> None:
    text = "[a](b.md) [c](../d/) [e](https://x/y) [f](#g) [h](~/i) [j](b%20c.md) [k](/docs/b.md#l) [m](mailto:x@y)"
    made = build(fleet, {"a": {"docs/a.md": text, "docs/b c.md": "x", "docs/b.md": "x"}})
    assert messages(made, "broken_link") == ["leads to ../d/, which is not there"]
    assert made.index.extras["links"]["a"] == {"pages": 1, "checked": 4, "broken": 1}


def test_pictures_follow_the_registry(fleet: Fleet) -> None:
    entries = {"a": "    depends_on: [b, nowhere]\n    consumes: [db]\n", "b": "    provides: [db]\n    layer: core\n"}
    made = build(fleet, {"a": {"x": "y"}, "b": {"x": "y"}}, entries)
    assert (
        b"nowhere" in made.files["architecture-context-map.svg"] and b">db<" in made.files["architecture-services.svg"]
    )
    assert b"flowchart LR" in made.files["ARCHITECTURE_SYNC.md"]


def test_every_provider_of_a_service_is_drawn_and_a_picture_left_out_is_told(fleet: Fleet) -> None:
    entries = {"a": "    consumes: [db]\n", "b": "    provides: [db]\n", "c": "    provides: [db]\n"}
    made = build(fleet, {name: {"x": "y"} for name in entries}, entries)
    assert made.files["ARCHITECTURE_SYNC.md"].decode().count("provided by") == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestrator_assets.architecture.pictures.MOST", 2)
        patch.setattr("orchestrator_assets.architecture.index.MOST", 2)
        page = build_index(fleet.engine, KIND).files["ARCHITECTURE_SYNC.md"].decode()
    assert "No picture: the fleet has 3 repositories" in page and "mermaid" not in page


def test_yaml_that_cannot_be_read_is_refused_and_counted(fleet: Fleet) -> None:
    made = build(fleet, {"a": {"x.yaml": "a: [\n", "y.yaml": "a: 1\na: 2\n", "z.yml": "a: 1\n---\nb: 2\n"}})
    assert (made.index.totals["documents_refused"], len(messages(made, "yaml_duplicate_key"))) == (1, 1)


@given(
    st.sampled_from([".md", ".yaml"]),
    st.binary(max_size=400) | st.text(max_size=400).map(lambda t: t.encode("utf-8", "replace")),
)
def test_any_bytes_are_parsed_or_refused_and_always_the_same(suffix: str, data: bytes) -> None:
    body = b"# Architecture\n\n" + data if suffix == ".md" else data
    found = parse(body, suffix)
    assert found == parse(body, suffix) and (found.payload is not None or found.problems)

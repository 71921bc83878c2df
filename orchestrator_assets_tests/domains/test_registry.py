"""The orchestration registry: states, paths, what it states against what is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.checks import current_problems
from orchestrator_assets.domains.kind import KIND
from orchestrator_assets.domains.model import Domain
from orchestrator_assets.domains.parse import parse
from orchestrator_assets.kinds import Index
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.sequences.made import beat, package, sequence, text

FLOW = text({"id": "flow", "movements": [{"beats": [beat(1), beat(2)]}, {"beats": 3}]})


def row(identity: str, **fields: Any) -> dict[str, Any]:
    return {"id": identity, "name": identity.title(), "category": "system", "status": "active", **fields}


def registry(*rows: Any, **fields: Any) -> str:
    return text({"domains": list(rows), **fields})


def index(fleet: Fleet, files: dict[str, str | bytes]) -> Index:
    [made] = fleet.make("a")
    made.commit(files)
    fleet.scan()
    return build_index(fleet.engine, KIND).index


def domains(found: Index) -> dict[str, Domain]:
    return {record.payload.id: record.payload for record in found.records}  # type: ignore[attr-defined]


def messages(found: Index, code: str) -> list[str]:
    return [item.problem.message for item in found.problems if item.problem.code == code]


def test_states_add_up(fleet: Fleet) -> None:
    found = index(
        fleet,
        {
            "control/registry.json": registry(
                row("there", sequenceFile="flows/flow.json", movements=2, beats=5),
                row("windows", sequenceFile="flows\\flow.json"),
                row("gone", sequenceFile="flows/gone.json"),
                row("empty", sequenceFile="flows/empty.json"),
                row("outside", sequenceFile="../../etc/passwd"),
                row("later"),
                row("placeholder-1"),
            ),
            "flows/flow.json": FLOW,
            "flows/empty.json": text({"id": "empty", "movements": []}),
        },
    )
    assert {name: item.state.value for name, item in domains(found).items()} == {
        "there": "implemented",
        "windows": "implemented",
        "gone": "broken",
        "empty": "broken",
        "outside": "broken",
        "later": "planned",
        "placeholder-1": "placeholder",
    }
    [summary] = found.extras["registries"]
    assert summary["by_state"] == {"implemented": 2, "planned": 1, "broken": 3, "placeholder": 1}
    assert sum(summary["by_state"].values()) == summary["domains"] == found.totals["records"] == 7
    there, windows = domains(found)["there"], domains(found)["windows"]
    assert (there.movements, there.beats, there.beats_forms, there.drift) == (2, 5, ("count", "list"), False)
    assert (windows.sequence_file, windows.resolved_file, windows.resolves_as_written, windows.drift) == (
        "flows\\flow.json", "flows/flow.json", False, True,
    )  # fmt: skip
    assert messages(found, "domain.path_separators") == [
        "windows names flows\\flow.json with backslashes; read as flows/flow.json"
    ]
    assert len(messages(found, "domain.broken_file")) == 3
    assert messages(found, "domain.drift") == [
        "windows states no movements and no beats and its file has 2 movements and 5 beats"
    ]


def test_ids_relations_and_vocabulary(fleet: Fleet) -> None:
    found = index(
        fleet,
        {
            "registry.json": registry(
                row("a", relatedDomains=["b", "b", "nobody"]),
                row("b", category="odd", status="sleeping"),
                row("b"),
                {"name": "no id"},
                "text",
                categories=[{"id": "system"}],
                metadata={"totalDomains": 9},
            )
        },
    )
    assert messages(found, "domain.duplicate_id") == ["the id b stands in rows 2 and 3"]
    assert messages(found, "domain.unknown_related") == ["a is related to nobody, which no row has"]
    assert messages(found, "domain.duplicate_related") == ["a names b twice"]
    assert len(messages(found, "domain.unknown_category")) == len(messages(found, "domain.unknown_status")) == 1
    assert messages(found, "domain.stated_total") == ["the registry states 9 domains and has 3"]
    assert len(messages(found, "domain.malformed_row")) == 2
    assert found.totals["records"] == 3


def test_a_registry_by_key(fleet: Fleet) -> None:
    rows = {
        "core": {"domain_type": "workflow", "status": "active", "root_ref": "docs/core.json", "parent_refs": []},
        "old": {"domain_type": "workflow", "deprecated": True, "root_ref": "docs/gone.json", "parent_refs": ["core"]},
    }
    found = index(fleet, {"AUTHORITY.json": text({"domains": rows}), "docs/core.json": "{}"})
    assert {name: (item.form, item.state.value, item.status) for name, item in domains(found).items()} == {
        "core": ("authority", "implemented", "active"),
        "old": ("authority", "broken", "deprecated"),
    }


def test_a_copy_of_the_registry_is_not_counted_again(fleet: Fleet) -> None:
    content = registry(row("a"), row("b"))
    found = index(fleet, {"registry.json": content, "build/deep/registry.json": content})
    assert found.totals["records"] == 2 and found.totals["documents_found"] == 2
    assert messages(found, "domain.copied_registry") == ["is a copy of registry.json; its rows are not counted"]


def test_rows_and_plugin_sequences_are_compared_both_ways(fleet: Fleet) -> None:
    found = index(
        fleet,
        {
            "mods/package.json": text(package("@x/mods", "scores")),
            "mods/scores/one.json": text(sequence("one")),
            "mods/scores/two.json": text(sequence("two")),
            "registry.json": registry(row("one", category="plugin"), row("three", category="plugin")),
        },
    )
    assert found.extras["rows_without_sequence"] == [{"repo": "a", "path": "registry.json", "id": "three"}]
    assert found.extras["sequences_without_row"] == [{"repo": "a", "path": "mods/scores/two.json", "id": "two"}]
    assert found.extras["layers"] == [
        {"repo": "a", "registry_rows": 2, "domain_sequences": 0, "plugin_sequences": 2, "rows_of_plugin_sequences": 1}
    ]


def test_a_pushed_domain_appears_without_any_edit(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"registry.json": registry(row("a"))})
    fleet.scan()
    made.commit({"registry.json": registry(row("a"), row("b", sequenceFile="b.json")), "b.json": FLOW})
    fleet.scan()
    assert domains(build_index(fleet.engine, KIND).index)["b"].state.value == "implemented"


def test_an_unreadable_registry_holds_the_index_back(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"registry.json": registry(row("a"), row("b"))})
    fleet.scan()
    good = build_index(fleet.engine, KIND)
    broken = made.commit({"registry.json": registry(row("a"))[:-4]})
    fleet.scan()
    held = build_index(fleet.engine, KIND)
    assert {item.problem.code for item in held.integrity} == {"domain.registry_unreadable", "domain.registry_lost"}
    [lost] = [item.problem.message for item in held.integrity if item.problem.code == "domain.registry_lost"]
    assert lost.startswith("the registry of domains had 2 domains") and broken in lost
    assert build_index(fleet.engine, KIND).before.digest == good.digest  # type: ignore[union-attr]
    found = current_problems(fleet.engine, fleet.settings, ["sequences"])
    assert "domain.registry_unreadable" in {item.problem.code for item in found}, (
        "check sequences includes the registry"
    )


@pytest.mark.parametrize("value", [{"domains": []}, {"domains": {}}, {"domains": ["a.example"]}, {"domains": 4}, []])
def test_other_json_with_domains_is_nobodys(value: Any) -> None:
    assert not parse(json.dumps(value).encode(), ".json").counted


KEYS = ("domains", "id", "sequenceFile", "relatedDomains", "movements", "beats", "categories", "root_ref", "status")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@given(JSON)
def test_any_json_is_parsed_or_refused_and_always_the_same(value: Any) -> None:
    data = json.dumps({"domains": value}).encode()
    found = parse(data, ".json")
    assert found == parse(data, ".json") and (found.payload is not None or found.problems or not found.counted)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    found = parse(b'{"domains":[{"sequenceFile":' + data, ".json")
    assert found.payload is not None or found.problems

"""A repository's sequences: sources, copies, index pages, schemas, tests, claims; another layout than anybody's."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.kinds import Index
from orchestrator_assets.sequences.kind import KIND
from orchestrator_assets.sequences.model import Sequence
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.sequences.made import beat, package, sequence, text


def index(fleet: Fleet, files: dict[str, str | bytes]) -> Index:
    """The index of a fleet of one repository with these files."""
    [made] = fleet.make("a")
    made.commit(files)
    fleet.scan()
    return build_index(fleet.engine, KIND).index


def records(found: Index) -> dict[str, Sequence]:
    return {record.path: record.payload for record in found.records}  # type: ignore[misc]


def problems(found: Index, code: str) -> list[tuple[str | None, str]]:
    return [(item.problem.path, item.problem.message) for item in found.problems if item.problem.code == code]


SCORES = {
    "mods/alpha/package.json": text(package("@x/alpha", "scores")),
    "mods/alpha/scores/one.json": text(sequence("one")),
    "mods/alpha/scores/deep/two.json": text(sequence("two", tempo=3)),
    "mods/beta/package.json": text({"name": "@x/beta"}),
    "mods/beta/scores/three.json": text(sequence("three")),
}


def test_tiers_follow_what_packages_declare(fleet: Fleet) -> None:
    found = index(
        fleet,
        {
            **SCORES,
            "dist/one.json": text(sequence("one")).replace("\n", "\r\n"),
            "dist/two.json": text(sequence("two")),
            "dist/three.json": text(sequence("three", beats=[beat(1, event="other"), beat(2)])),
            "flows/domain.json": text({"id": "flow", "movements": []}),
        },
    )
    assert {path: (r.tier.value, r.package, r.of) for path, r in records(found).items()} == {
        "mods/alpha/scores/one.json": ("declared", "@x/alpha", None),
        "mods/alpha/scores/deep/two.json": ("declared", "@x/alpha", None),
        "mods/beta/scores/three.json": ("undeclared", "@x/beta", None),
        "dist/one.json": ("copy", None, "mods/alpha/scores/one.json"),
        "dist/two.json": ("copy", None, "mods/alpha/scores/deep/two.json"),
        "dist/three.json": ("copy", None, "mods/beta/scores/three.json"),
    }
    assert found.extras["copies"] == {"diverged": 1, "identical": 1, "same-beats": 1}
    assert found.extras["declared"] == {"sequences": 2, "movements": 2, "beats": 4, "handlers": 2, "events": 2}
    assert found.extras["undeclared"]["sequences"] == 1
    assert found.extras["others"] == 1, "a domain's own sequence is counted, and is no plugin's"
    assert [path for path, _ in problems(found, "sequence.diverged_copy")] == ["dist/three.json"]


def test_a_repository_may_name_further_folders(fleet: Fleet) -> None:
    found = index(
        fleet,
        {"flows/one.json": text({"id": "one", "movements": []}), ".orchestrator.yaml": "sequences: {roots: [flows]}\n"},
    )
    assert {path: r.tier.value for path, r in records(found).items()} == {"flows/one.json": "declared"}


@pytest.mark.parametrize("root", ["../../elsewhere", "/etc", "..", "scores\\..\\..\\..\\.."])
def test_a_package_declares_nothing_outside_the_repository(fleet: Fleet, root: str) -> None:
    found = index(fleet, {**SCORES, "mods/alpha/package.json": text(package("@x/alpha", root))})
    assert {r.tier.value for r in records(found).values()} == {"undeclared"}


def test_index_package_and_tsconfig_files_are_never_sequences(fleet: Fleet) -> None:
    tricky = text(sequence("four"))
    names = ("index.json", "tsconfig.json", "tsconfig.build.json")
    found = index(fleet, {**SCORES, **{f"mods/alpha/scores/{name}": tricky for name in names}})
    assert len(found.records) == 3 and found.totals["documents_found"] == 3


def test_index_pages_are_compared_with_the_files(fleet: Fleet) -> None:
    page = {"sequences": [{"file": "one.json"}, "deep/two.json", "gone.json", "three", {"id": "nowhere"}]}
    found = index(fleet, {**SCORES, "mods/alpha/scores/index.json": text(page),
                          "mods/beta/scores/index.json": text({"sequences": []})})  # fmt: skip
    assert {path: r.listed for path, r in records(found).items()} == {
        "mods/alpha/scores/one.json": True,
        "mods/alpha/scores/deep/two.json": True,
        "mods/beta/scores/three.json": False,
    }
    assert [message for _, message in problems(found, "sequence.listed_missing")] == [
        "names gone.json, which is not there",
        "names nowhere, which is not there",
        "names three, which is not there",
    ]
    assert [path for path, _ in problems(found, "sequence.unlisted")] == ["mods/beta/scores/three.json"]


def test_two_declared_sequences_with_one_id(fleet: Fleet) -> None:
    found = index(fleet, {**SCORES, "mods/alpha/scores/again.json": text(sequence("one"))})
    assert len(problems(found, "sequence.duplicate_id")) == 2
    assert found.extras["declared"]["sequences"] == 3


def test_links_to_tests(fleet: Fleet) -> None:
    beats = [beat(1, testFile="tests/there.ts"), beat(2, testFile="tests/gone.ts"), beat(3, testFile="../outside.ts")]
    found = index(
        fleet,
        {**SCORES, "mods/alpha/scores/one.json": text(sequence("one", beats)), "mods/alpha/tests/there.ts": "test"},
    )
    one = records(found)["mods/alpha/scores/one.json"]
    assert (one.tests_named, one.tests_missing) == (3, 2)
    assert problems(found, "sequence.test_missing") == [
        ("mods/alpha/scores/one.json", "2 of 3 tests that its beats name are not there: tests/gone.ts")
    ]


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "tempo"],
    "properties": {"movements": {"type": "array"}},
}


def test_the_repositorys_schema_gives_its_verdict(fleet: Fleet) -> None:
    found = index(fleet, {**SCORES, "schemas/sequence.schema.json": text(SCHEMA)})
    verdicts = {path: r.valid for path, r in records(found).items()}
    assert verdicts == {
        "mods/alpha/scores/one.json": False,
        "mods/alpha/scores/deep/two.json": True,
        "mods/beta/scores/three.json": False,
    }
    assert all('"tempo" is a required property' in message for _, message in problems(found, "sequence.schema"))


@pytest.mark.parametrize(
    "broken",
    [
        {**SCHEMA, "type": 4},
        {**SCHEMA, "allOf": [{"$ref": "http://127.0.0.1:9/schema.json"}]},
        {**SCHEMA, "allOf": [{"$ref": "file:///etc/passwd"}]},
        {**SCHEMA, "properties": {"movements": {}, "id": {"pattern": "(a+)+(?=b)"}}},
    ],
)
def test_a_schema_that_cannot_be_used_is_told_and_gives_no_verdict(fleet: Fleet, broken: dict[str, Any]) -> None:
    found = index(fleet, {**SCORES, "schemas/sequence.schema.json": text(broken)})
    assert {r.valid for r in records(found).values()} == {None}
    assert len(problems(found, "sequence.bad_schema")) == 1


def test_a_pattern_of_a_schema_cannot_hang_the_scan(fleet: Fleet) -> None:
    slow = {**SCHEMA, "required": [], "properties": {"movements": {}, "id": {"pattern": "^(a+)+$"}}}
    found = index(
        fleet,
        {**SCORES, "mods/alpha/scores/one.json": text(sequence("a" * 5000 + "!")), "schemas/s.json": text(slow)},
    )
    assert records(found)["mods/alpha/scores/one.json"].valid is False


def test_a_catalogue_that_counts_index_files_is_explained(fleet: Fleet) -> None:
    catalogue = {"summary": {"totalSequences": 3}, "metadata": {"sourceDirectories": ["mods/alpha/scores/"]},
                 "sequences": [sequence("one"), sequence("two"), {"movements": []}]}  # fmt: skip
    page = {"sequences": ["one.json", "deep/two.json"]}
    found = index(
        fleet, {**SCORES, "mods/alpha/scores/index.json": text(page), "build/catalogue.json": text(catalogue)}
    )
    [(path, message)] = problems(found, "sequence.claim")
    assert path == "build/catalogue.json"
    assert message == (
        "states 3 sequences; 2 are there: 2 and the 1 index.json files beside them; 1 of its entries have no id"
    )
    assert found.extras["claims"][0]["path"] == path


def test_strangers_in_a_declared_folder(fleet: Fleet) -> None:
    found = index(
        fleet,
        {**SCORES, "mods/alpha/scores/notes.json": '{"name": "x"}', "mods/alpha/scores/odd.json": "{ // comment\n}"},
    )
    assert [path for path, _ in problems(found, "sequence.unreadable")] == []
    assert {path for path, _ in problems(found, "sequence.no_movements")} == {
        "mods/alpha/scores/notes.json", "mods/alpha/scores/odd.json",
    }  # fmt: skip


def test_the_page_holds_no_markup_of_the_repository(fleet: Fleet) -> None:
    evil = '|x`"]<img src=x onerror=alert(1)>[a](javascript:b)\n\n# h'
    [made] = fleet.make("a")
    named = sequence(evil, [beat(1, event=evil, handler=evil, kind=evil)], name=evil, pluginId=evil)
    made.commit({**SCORES, "mods/alpha/scores/one.json": text(named)})
    fleet.scan()
    files = build_index(fleet.engine, KIND).files
    page = files["PLUGIN_SEQUENCE_CATALOG.md"].decode()
    assert "<img" not in page.replace("\\<", "") and "](javascript" not in page and "\n# h" not in page
    [picture] = [content.decode() for path, content in files.items() if path.endswith("alpha.svg")]
    assert "<img" not in picture and "&lt;img" in picture

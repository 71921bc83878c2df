"""Any index as of then, from git."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.fleet.travel import TravelError, commit_at, commit_named, index_at, moment_of
from orchestrator_assets.kinds import Index
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GitRepository

SECOND = "docs/decisions/ADR-0002-second.md"


def then(fleet: Fleet, at: Any) -> Index:
    return index_at(fleet.engine, fleet.settings, KIND, fleet_store.fleet(fleet.engine), at)


def paths(index: Index) -> list[str]:
    return [record.path for record in index.records]


def test_each_repository_at_its_last_commit_not_after_the_date(fleet: Fleet) -> None:
    one, two = fleet.make("a", "b")
    one.commit({SECOND: decision(2)}, date="2025-07-01T12:00:00+02:00")
    two.commit({SECOND: decision(2)}, date="2025-07-02T12:00:00+02:00")
    fleet.scan()
    found = then(fleet, moment_of("2025-07-01"))
    assert [(record.repository, record.path[-9:]) for record in found.records] == [
        ("a", "-first.md"), ("a", "second.md"), ("b", "-first.md"),
    ]  # fmt: skip
    assert {item.repository: item.commit for item in found.coverage} == {
        "a": one.git("rev-parse", "main"),
        "b": two.git("rev-parse", "main~1"),
    }
    assert found.totals["documents_found"] == found.totals["documents_parsed"] == 3


def test_before_the_first_commit_there_is_nothing_and_it_is_no_failure(fleet: Fleet) -> None:
    fleet.make("a")
    fleet.scan()
    found = then(fleet, moment_of("2001-01-01"))
    assert (found.records, found.coverage[0].status, found.coverage[0].failed) == ((), "no_commit_yet", False)


def test_now_is_what_the_catalog_says(fleet: Fleet) -> None:
    [made, _] = fleet.make("a", "b")
    made.commit({SECOND: "# ADR-0002: x\n\nStatus: Nonsense\n"}, date="2025-07-01T12:00:00+02:00")
    fleet.scan()
    now, told = as_json(then(fleet, datetime.now(UTC))), as_json(build_index(fleet.engine, KIND).index)
    assert now == told


def test_nothing_is_parsed_twice_and_the_present_stays(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    [made] = fleet.make("a")
    made.commit({SECOND: decision(2)}, date="2025-07-01T12:00:00+02:00")
    fleet.scan()
    before = build_index(fleet.engine, KIND).digest
    monkeypatch.setattr("orchestrator_assets.fleet.reading._parse_one", lambda *_: pytest.fail("parsed again"))
    assert len(then(fleet, moment_of("2025-06-30")).records) == 1
    assert build_index(fleet.engine, KIND).digest == before
    assert fleet.scan()["a"].changed is False


@pytest.mark.parametrize("form", ["full", "short", "tag", "branch", "refs/heads/main"])
def test_a_commit_by_any_of_its_names(fleet: Fleet, form: str) -> None:
    [made] = fleet.make("a")
    made.git("tag", "-a", "-m", "x", "v1")
    first = made.git("rev-parse", "HEAD")
    made.git("branch", "old")
    made.commit({SECOND: decision(2)})
    name = {"full": first, "short": first[:8], "tag": "v1", "branch": "old"}.get(form, form)
    assert len(paths(then(fleet, name))) == (2 if form == "refs/heads/main" else 1)


@pytest.mark.parametrize("name", ["nowhere", "--output=x", "HEAD^{/x}", "0" * 40, "abcd", "../main", "@{-1}"])
def test_what_names_no_commit_is_said(repository: Any, name: str) -> None:
    made: GitRepository = repository("a")
    made.commit({"a": "b"})
    with pytest.raises(TravelError, match="names no commit"):
        commit_named(ObjectStore(made.path), name)


def test_the_commit_at_a_moment_is_gits(repository: Any) -> None:
    made: GitRepository = repository("a")
    for day in (1, 3, 2, 5):  # out of order, as rebased histories are
        made.commit({"day": str(day)}, date=f"2025-07-0{day}T12:00:00+00:00")
    made.git("checkout", "-q", "-b", "side", "HEAD~2")
    made.commit({"side": "x"}, date="2025-07-04T12:00:00+00:00")
    made.git("checkout", "-q", "main")
    made.git("merge", "-q", "--no-edit", "side", date="2025-07-06T12:00:00+00:00")
    store = ObjectStore(made.path)
    head = made.git("rev-parse", "HEAD")
    for day in range(1, 8):
        moment = f"2025-07-0{day}T18:00:00+00:00"
        expected = made.git("rev-list", "-1", f"--before={moment}", "HEAD")
        assert commit_at(store, head, moment_of(moment)) == (expected or None), day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-07-01", "2025-07-01T23:59:59.999999+00:00"),
        ("2025-07-01T12:00:00Z", "2025-07-01T12:00:00+00:00"),
        ("2025-07-01T12:00:00+02:00", "2025-07-01T12:00:00+02:00"),
        ("2025-07-01T12:00:00", "2025-07-01T12:00:00+00:00"),
    ],
)
def test_moments(text: str, expected: str) -> None:
    assert moment_of(text).isoformat() == expected


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-02-30", "", "9999-12-31T00:00:00+99:00"])
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(TravelError, match="is no date"):
        moment_of(text)

"""The registry coming into force: it may grow, and shrink only when told so."""

from __future__ import annotations

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.fleet.sync import registry_changed, sync_fleet
from orchestrator_assets_tests.fleets import Fleet


def names(fleet: Fleet) -> list[str]:
    return [item.name for item in fleet_store.fleet(fleet.engine)]


def codes(fleet: Fleet) -> set[str]:
    return {problem.code for problem in sync_fleet(fleet.engine, fleet.settings).problems}


def test_no_file_is_an_error_that_says_what_to_do(fleet: Fleet) -> None:
    reading = sync_fleet(fleet.engine, fleet.settings)
    assert (reading.valid, reading.intact, reading.in_force) == (False, False, [])
    assert "orchestrator init" not in reading.problems[0].message
    assert reading.problems[0].code == "registry.no_file"


def test_an_invalid_registry_leaves_the_last_valid_one_in_force(fleet: Fleet) -> None:
    fleet.make("a", "b")
    path = fleet.settings.fleet_path
    path.write_text("repos:\n - name: a\n url: repos/a\n - name: b\n url: repos/b\n")
    reading = sync_fleet(fleet.engine, fleet.settings)
    assert (reading.valid, reading.intact, names(fleet)) == (False, False, ["a", "b"])
    [problem] = [item for item in reading.problems if item.code == "registry.invalid_yaml"]
    assert problem.line is not None and str(path) in problem.message
    assert reading.repair is not None and "+    url: repos/a" not in path.read_text()
    path.unlink()
    assert names(fleet) == ["a", "b"] and "registry.no_file" in codes(fleet)


def test_a_registry_that_lost_a_repository_does_not_come_into_force(fleet: Fleet) -> None:
    fleet.make("a", "b", "c")
    reading = fleet.register("a", "b", "new")
    assert (reading.valid, reading.intact, reading.lost, names(fleet)) == (True, False, ["c"], ["a", "b", "c"])
    again = fleet.register("a", "b", "new")
    assert again.lost == ["c"], "reading it twice does not make it good"
    assert fleet.register("a", "b", "c", "new").intact
    assert names(fleet) == ["a", "b", "c", "new"]


def test_a_loss_is_accepted_when_it_is_said(fleet: Fleet) -> None:
    fleet.make("a", "b", "c")
    assert fleet.register("a", "b", more="deprecated:\n  - name: c\n").retired == ["c"]
    assert names(fleet) == ["a", "b"]
    fleet.register("a")
    accepted = sync_fleet(fleet.engine, fleet.settings, accept_loss=True)
    assert (accepted.intact, accepted.retired, names(fleet)) == (True, ["b"], ["a"])
    assert fleet.register("a", "b").intact and names(fleet) == ["a", "b"], "a retired repository may come back"


def test_an_entry_that_cannot_be_read_is_refused_and_named(fleet: Fleet) -> None:
    fleet.make("a")
    rows = (
        "repos:\n  - {name: a, url: repos/a}\n  - {name: evil, url: 'ext::sh -c touch% /tmp/x'}\n  - {name: nowhere}\n"
    )
    fleet.settings.fleet_path.write_text(rows)
    assert {"registry.url_refused", "registry.no_url"} <= codes(fleet)
    results = fleet.scan()
    assert {key: result.status.value for key, result in results.items()} == {
        "a": "ok", "evil": "refused", "nowhere": "refused",
    }  # fmt: skip


def test_only_a_new_text_of_the_registry_is_a_change(fleet: Fleet) -> None:
    assert registry_changed(fleet.engine, fleet.settings) is None, "there is none"
    fleet.settings.fleet_path.write_text("repos: []\n")
    first = registry_changed(fleet.engine, fleet.settings)
    assert first is not None and first == registry_changed(fleet.engine, fleet.settings)
    sync_fleet(fleet.engine, fleet.settings)
    assert registry_changed(fleet.engine, fleet.settings) is None
    fleet.make("a")
    fleet.settings.fleet_path.write_text("repos: []\n")
    back = registry_changed(fleet.engine, fleet.settings)
    assert back not in (None, first), "the same text again is a new change"

"""Organisations at stub forges: found, renamed, archived, gone; what fails changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from orchestrator_assets.catalog.listing_store import State, known
from orchestrator_assets.definitions import defs
from orchestrator_assets.fleet.discovery import Discovery, discover
from orchestrator_assets.forges.organisation import BadOrganisation, organisation_of
from orchestrator_assets.settings import Settings, settings
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.reports.test_forges import TOKEN, Api, stub

LIST = "/orgs/acme/repos"


def repository(number: int, name: str, archived: bool = False) -> dict[str, Any]:
    return {"id": number, "name": name, "clone_url": f"https://example.org/acme/{name}.git", "archived": archived}


@pytest.fixture
def api() -> Iterator[Api]:
    with stub(Api({LIST: [repository(n, f"r{n}") for n in range(1, 6)]})) as found:
        yield found


@pytest.fixture
def acme(fleet: Fleet, api: Api, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A fleet with two of the organisation's five repositories."""
    monkeypatch.setenv("ORCHESTRATOR_ORGANISATIONS", '["github:acme"]')
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_API", api.url)
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_TOKEN", TOKEN)
    settings.cache_clear()
    rows = "".join(f"  - name: r{n}\n    url: https://example.org/acme/r{n}.git\n" for n in (1, 2))
    fleet.settings.fleet_path.write_text(f"repos:\n{rows}")
    fleet.register_file()
    return fleet


def found(fleet: Fleet) -> Discovery:
    return discover(fleet.engine, settings())


def states(fleet: Fleet) -> dict[str, str]:
    return {item.name: item.state.value for item in known(fleet.engine)}


def test_what_the_registry_lacks_is_named(acme: Fleet, api: Api) -> None:
    told = found(acme)
    assert (told.listed, told.failed, told.changed) == (5, {}, {})
    assert [item.name for item in told.unregistered] == ["r3", "r4", "r5"]


def test_rename_archive_and_deletion_are_states(acme: Fleet, api: Api) -> None:
    found(acme)
    api.lists[LIST] = [
        repository(1, "shop"),
        repository(2, "r2", archived=True),
        repository(3, "r3"),
        repository(5, "r5"),
    ]
    told = found(acme)
    assert states(acme) == {"shop": "present", "r2": "archived", "r3": "present", "r4": "gone", "r5": "present"}
    assert told.changed == {
        "r1": "renamed to shop at github:acme: https://example.org/acme/shop.git",
        "r2": "archived at github:acme",
    }
    assert [item.name for item in told.unregistered] == ["r3", "r5"]
    api.lists[LIST].append(repository(4, "r4"))
    found(acme)
    assert states(acme)["r4"] == "present", "and it may come back"


@pytest.mark.parametrize("fault", ["refused", "second page", "empty", "no list", "odd rows"])
def test_a_listing_that_fails_changes_nothing(acme: Fleet, api: Api, fault: str) -> None:
    found(acme)
    before = known(acme.engine)
    asked = len(api.asked)
    match fault:
        case "refused":
            api.refuse = lambda number: (403, {})
        case "second page":
            api.lists[LIST] = [repository(n, f"x{n}") for n in range(1, 6)]
            api.refuse = lambda number: (404, {}) if number > asked else None
        case "empty":
            api.lists[LIST] = []
        case "no list":
            api.lists[LIST] = {"message": "x"}  # type: ignore[assignment]
            api.refuse = lambda number: (200, {})
        case _:
            api.lists[LIST] = [{"id": None, "name": "x"}]
    told = found(acme)
    assert "github:acme" in told.failed and TOKEN not in told.failed["github:acme"]
    assert known(acme.engine) == before and told.listed == 5


def test_one_organisation_that_fails_does_not_keep_the_others(
    acme: Fleet, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.lists["/api/v1/orgs/team/repos"] = [repository(9, "tool")]
    names = json.dumps(["github:nobody", "github:acme", f"gitea:{api.url}/team", "svn:x"])
    monkeypatch.setenv("ORCHESTRATOR_ORGANISATIONS", names)
    monkeypatch.setenv("ORCHESTRATOR_GITEA_TOKEN", TOKEN)
    settings.cache_clear()
    api.refuse = lambda number: None
    told = found(acme)
    assert set(told.failed) == {"github:nobody", "svn:x", f"gitea:{api.url}/team"} or told.listed >= 5
    assert states(acme)["r5"] == State.PRESENT.value


def test_the_command_adds_what_is_missing(acme: Fleet, api: Api) -> None:
    command = [sys.executable, "-m", "orchestrator_assets.cli", "repos", "organisation"]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and len(json.loads(done.stdout)["unregistered"]) == 3, done.stderr
    done = subprocess.run([*command, "--add"], capture_output=True, text=True, timeout=60)
    assert "added 3" in done.stdout
    assert [item.name for item in acme.register_file().in_force] == ["r1", "r2", "r3", "r4", "r5"]
    assert json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True).stdout)["unregistered"] == []
    api.refuse = lambda number: (401, {})
    failed = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert failed.returncode == 1 and "the token is refused" in failed.stderr


def test_the_hourly_job_and_its_checks(acme: Fleet, instance: dg.DagsterInstance) -> None:
    result = defs().resolve_job_def("list_organisations").execute_in_process(instance=instance)
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert result.success and checks == {"listed": True, "registered": False}


@pytest.mark.parametrize("text", ["", "acme", "github:", "github:https://x/y", "gitea:acme", "gitea:ftp://x/y"])
def test_what_names_no_organisation_is_refused(text: str) -> None:
    with pytest.raises(BadOrganisation, match="github:ORG"):
        organisation_of(text, Settings())

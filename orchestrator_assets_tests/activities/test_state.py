"""State: what another system kept is loaded and judged; what we keep stands at the hub as YAML."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.activities.loading import load_state
from orchestrator_assets.activities.maturity import assess
from orchestrator_assets.activities.publishing import files, publish_activities
from orchestrator_assets.catalog import activity_store, fleet_store
from orchestrator_assets.hub.indexes import hub_repository
from orchestrator_assets.hub.publish import revert
from orchestrator_assets_tests.activities.conftest import Play
from orchestrator_assets_tests.activities.test_assess import ANSWER
from orchestrator_assets_tests.activities.test_documents import SUMMARY
from orchestrator_assets_tests.commands.test_cli import told
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

LEVELS = {
    "axpona-pr": "L2",
    "idse-orchestrator": "L2",
    "renderx": "L2",
    "semops-core": "L2",
    "semops-docs": "L1",
    "semops-dx-orchestrator": "L1",
    "semops-sites": "L2",
    "spectra-orchestrator": "L2",
}
"""By reading: the two without any manifest are L1; none of the others has tests and a continuous integration."""


def real(fleet: Fleet, *names: str) -> None:
    folder = corpus() / "corpus"
    (fleet.folder / "repos").mkdir(exist_ok=True)
    for name in names:
        command = [
            "git",
            "clone",
            "-q",
            "-b",
            "main",
            str(folder / f"{name}.bundle"),
            str(fleet.folder / "repos" / name),
        ]
        subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True)
    fleet.register(*names)


def tree_of(fleet: Fleet, name: str) -> Tree:
    found = next(item for item in fleet_store.fleet(fleet.engine) if item.name == name)
    return Tree.open(found, fleet.settings)


@pytest.mark.corpus
def test_each_real_repository_has_the_level_of_its_files(fleet: Fleet) -> None:
    real(fleet, *LEVELS)
    assert {name: assess(tree_of(fleet, name)).level for name in LEVELS} == LEVELS


@pytest.mark.corpus
def test_the_real_history_is_told_as_it_was(fleet: Fleet) -> None:
    real(fleet, "spectra-orchestrator")
    loaded = told("activities", "load", "--repo", "spectra-orchestrator", "--json")
    assert [run["outcome"] for run in loaded["runs"]] == ["truncated", "ok", "truncated", "empty", "ok", "ok"]
    assert all("recorded as success" in run["detail"] for run in loaded["runs"] if run["outcome"] != "ok")
    assert [run["succeeded"] for run in loaded["runs"]] == [False, True, False, False, True, False]
    told("activities", "load", "--repo", "spectra-orchestrator", "--json")
    runs = activity_store.runs(fleet.engine, "discover")
    assert len(runs) == 6, "loading twice is loading once"
    newest = runs[0]
    assert newest.gates["problem_identified"]["passed"] is False, "the manifest of the same moment is the same run"
    assert newest.extra["manifest"]["duration"] == "0m 0s" and newest.seconds is None
    assert newest.extra["context"]["history_count"] is not None
    shown = told("activities", "show", "discover", "--json")["figures"]
    assert sum(row["runs"] for row in shown) == 6 and sum(row["succeeded"] for row in shown) == 2


SPECIFICATION = """service: shop
purpose: Sells.
maturity: L3
favourite_colour: blue
deployment: {port: 8080, later: [a, b]}
"""
HISTORY = """activity: assess
shared: &note {who: ada}
entries:
- timestamp: '2026-01-07T09:10:16Z'
  decision: *note
  outcome: success
  surprise: kept
  result: {outputs: {service_name: shop, level: L2}, errors: []}
- timestamp: 2026-01-08T09:10:16Z
  decision: {raw_response: "I'm sorry, I cannot."}
  outcome: partial
  result: {outputs: {}, errors: [x]}
"""


def test_extra_keys_are_kept_and_bad_files_are_named(fleet: Fleet) -> None:
    (shop,) = fleet.make("shop")
    shop.commit(
        {
            ".spectra/shop.specification.yaml": SPECIFICATION,
            ".spectra/history/assess-history.yaml": HISTORY,
            ".spectra/history/build-history.yaml": "activity: build\nentries: 7\n",
            ".spectra/manifests/test-manifest.yaml": "a: [",
            ".spectra/manifests/build-manifest.yaml": "activity: build\nstarted_at: '2026-01-07T09:00:00Z'\n"
            "completed_at: '2026-01-07T09:01:30Z'\nstatus: complete\noutputs: {service_name: shop, files: [a]}\nmine: 1\n",
        }
    )
    found = load_state(tree_of(fleet, "shop"))
    assert len(found.refused) == 2 and all("shop@" in place for place in found.refused)
    ((_, content),) = found.specifications.values()
    assert content["favourite_colour"] == "blue" and content["deployment"]["later"] == ["a", "b"]
    rows = [row for rows in found.runs.values() for row in rows]
    assert [(row["activity"], row["outcome"], row["succeeded"]) for row in rows] == [
        ("assess", "ok", True),
        ("assess", "refused", False),
        ("build", "ok", True),
    ]
    assert rows[0]["extra"]["surprise"] == "kept" and rows[0]["extra"]["decision"] == {"who": "ada"}
    assert rows[2]["seconds"] == 90 and rows[2]["extra"]["mine"] == 1
    loaded = told("activities", "load", "--repo", "shop", "--json", code=1)
    assert loaded["specifications"] == ["shop"] and len(loaded["refused"]) == 2


def at_hub(fleet: Fleet, path: str) -> Any:
    command = ["git", f"--git-dir={fleet.settings.hub}", "show", f"main:{path}"]
    return subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def test_state_and_documents_stand_at_the_hub(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({".spectra/shop.specification.yaml": SPECIFICATION})
    told("activities", "load", "--repo", "shop", "--json")
    play("assess", says=ANSWER)
    play("regenerate_summary", says=SUMMARY)
    play("assess", says="", run_id="run2", cache=False)
    first = publish_activities(fleet.engine, fleet.settings)
    assert first.changed and not publish_activities(fleet.engine, fleet.settings).changed
    manifest = yaml.safe_load(at_hub(fleet, "activities/state/shop/assess-manifest.yaml"))
    assert manifest["status"] == "failed" and manifest["metadata"]["outcome"] == "empty"
    assert manifest["duration"] and manifest["metadata"]["seconds"] > 0 and manifest["errors"]
    history = yaml.safe_load(at_hub(fleet, "activities/state/shop/assess-history.yaml"))
    assert [entry["outcome"] for entry in history["entries"]] == ["success", "failure"]
    specification = yaml.safe_load(at_hub(fleet, "activities/specifications/shop.specification.yaml"))
    assert specification == yaml.safe_load(SPECIFICATION)
    assert at_hub(fleet, "activities/regenerate_summary/shop.md").startswith("<!-- @generated")
    assert revert(hub_repository(fleet.settings), first.commit).changed


def test_a_stale_document_says_so(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    play("regenerate_summary", says=SUMMARY)
    assert told("activities", "documents", "--json")["documents"][0]["stale"] is False
    shop.commit({"README.md": "# new\n"})
    assert told("activities", "documents", "--json")["documents"][0]["stale"] is True
    play("regenerate_summary", says={**SUMMARY, "parts": []})
    published = files(fleet.engine, fleet.settings)["activities/regenerate_summary/shop.md"].decode()
    assert "> **Stale**" in published and "How it is built" in published
    assert "Cart" in published, "the last good version stays"
    row = told("activities", "documents", "--json")["documents"][0]
    assert row["stale"] is True and "newer draft was not taken" in row["why"]


def test_what_is_published_can_be_loaded_again(fleet: Fleet, play: Play) -> None:
    _, copy = fleet.make("shop", "copy")
    play("assess", says=ANSWER)
    written = files(fleet.engine, fleet.settings)
    copy.commit(
        {
            ".orchestrator/history/assess-history.yaml": written["activities/state/shop/assess-history.yaml"],
            ".orchestrator/manifests/assess-manifest.yaml": written["activities/state/shop/assess-manifest.yaml"],
        }
    )
    found = load_state(tree_of(fleet, "copy"))
    assert found.refused == {}
    (row,) = [row for rows in found.runs.values() for row in rows]
    assert row["outcome"] == "ok" and row["succeeded"] and row["gates"]["level_from_evidence"]["passed"]

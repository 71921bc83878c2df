"""Real architecture pages, links and YAML against what is known of them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import Any

import pytest
import yaml

from orchestrator_assets.architecture.kind import KIND
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.fleet.travel import index_at
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

pytestmark = pytest.mark.corpus
NAMES = ("semops-dx-orchestrator", "semops-core", "semops-docs")


def git(fleet: Fleet, name: str, *arguments: str) -> str:
    command = ["git", "-C", str(fleet.folder / "repos" / name), *arguments]
    return subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()


def clone(fleet: Fleet, *names: str) -> None:
    (fleet.folder / "repos").mkdir(exist_ok=True)
    for name in names:
        bundle, target = corpus() / "corpus" / f"{name}.bundle", fleet.folder / "repos" / name
        subprocess.run(["git", "clone", "-q", "-b", "main", str(bundle), str(target)], env=GIT_ENVIRONMENT, check=True)


@pytest.fixture
def found(fleet: Fleet) -> dict[str, Any]:
    """The index of the real repositories, with the entries that their own registry has for them."""
    clone(fleet, *NAMES)
    entries = json.loads((corpus() / "truth" / "registry.json").read_text())["HEAD"]["entries"]
    rows = [{**entry, "url": f"repos/{entry['name']}"} for entry in entries if entry["name"] in NAMES]
    fleet.settings.fleet_path.write_text(yaml.safe_dump({"repos": rows}))
    sync_fleet(fleet.engine, fleet.settings)
    fleet.scan()
    return as_json(build_index(fleet.engine, KIND).index)


@pytest.fixture
def known() -> Any:
    return json.loads((corpus() / "truth" / "architecture.json").read_text())


def test_every_broken_link_is_found_and_no_other(found: dict[str, Any], known: Any) -> None:
    for name, truth in known["relative_links"].items():
        links = {"checked": truth["checked"], "broken": truth["broken"]}
        assert {key: found["extras"]["links"][name][key] for key in links} == links
        records = [row for row in found["records"] if row["repo"] == name and row["type"] == "links"]
        broken = Counter((row["path"], link["line"], link["target"]) for row in records for link in row["broken"])
        assert broken == Counter((row["file"], row["line"], row["target"]) for row in truth["list"])
        told = Counter(
            (row["path"], row["line"])
            for row in found["problems"]
            if row["repo"] == name and row["code"] == "architecture.broken_link"
        )
        assert told == Counter((row["file"], row["line"]) for row in truth["list"])


def test_yaml_that_cannot_be_read_is_refused_and_no_other(found: dict[str, Any], known: Any, fleet: Fleet) -> None:
    for name, truth in known["parse_health"].items():
        refused = [row["path"] for row in found["problems"]
                   if row["repo"] == name and row["code"] == "architecture.yaml_unparseable"]  # fmt: skip
        assert sorted(refused) == sorted(truth["yaml_unparseable"])
        paths = git(fleet, name, "ls-files", "*.yaml", "*.yml").split()
        assert len(paths) == truth["yaml_files"]


def test_pages_are_compared_with_the_registry(found: dict[str, Any], known: Any) -> None:
    rows = {row["repo"]: row for row in found["extras"]["repositories"]}
    for name, truth in known["architecture_docs_vs_registry"].items():
        row = rows[name]
        assert row["architecture"] == truth["ARCHITECTURE.md"]
        if "ddd_table" in truth:
            assert row["classification"] == truth["ddd_table"]
        if "capabilities_table" in truth:
            assert row["capabilities"] == truth["capabilities_table"]
        if "role_header" in truth:
            assert row["role"] == truth["role_header"]
        if "differences" in truth:
            assert row["differences"] == truth["differences"] and truth["capabilities_match"]
    no_page = {row["repo"] for row in found["problems"] if row["code"] == "architecture.no_page"}
    assert no_page == {
        name for name, row in known["architecture_docs_vs_registry"].items() if not row["ARCHITECTURE.md"]
    }


def test_proposed_documents_of_a_real_history(fleet: Fleet) -> None:
    clone(fleet, "semops-sites")
    fleet.register("semops-sites")
    fleet.scan()
    then = git(fleet, "semops-sites", "rev-parse", "main~1")
    index = index_at(fleet.engine, fleet.settings, KIND, fleet_store.fleet(fleet.engine), then)
    proposed = {row["path"]: row for row in index.extras["proposed"]}
    assert sorted(proposed) == ["docs/ARCHITECTURE.proposed.md", "docs/INFRASTRUCTURE.proposed.md"]
    for path, row in proposed.items():
        assert row["base"] == path.replace(".proposed", "") and len(row["changes"]) >= 3
        assert row["lines_added"] > 0 and row["lines_removed"] > 0
    assert build_index(fleet.engine, KIND).index.extras["proposed"] == [], "the next commit took them away"

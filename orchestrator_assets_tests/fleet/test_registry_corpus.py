"""The real registry in its three versions, against what is true of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.fleet.registry import RegistryReading, lost_entries, read_registry
from orchestrator_assets.fleet.registry_findings import consumed_without_provider, dependency_cycles, findings
from orchestrator_assets.fleet.registry_model import Registry

CHECKOUT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("ORCHESTRATOR_CORPUS") or CHECKOUT.parent / "shared")
FILE = "docs/REPOS.yaml"
BUNDLE = CORPUS / "corpus" / "semops-dx-orchestrator.bundle"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not BUNDLE.exists(),
        reason="the real repositories are not beside this checkout; ORCHESTRATOR_CORPUS names their folder",
    ),
    pytest.mark.xdist_group("registry_corpus"),
]


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((CORPUS / "truth" / "registry.json").read_text())
    return data


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("registry") / "clone"
    subprocess.run(["git", "clone", "-q", "--bare", str(BUNDLE), str(target)], check=True, capture_output=True)
    return target


def read_at(clone: Path, commit: str) -> RegistryReading:
    command = ["git", f"--git-dir={clone}", "cat-file", "blob", f"{commit}:{FILE}"]
    return read_registry(subprocess.run(command, check=True, capture_output=True).stdout, FILE)


def at(clone: Path, known: dict[str, Any], version: str) -> Registry:
    registry = read_at(clone, known["commits_in_the_bundle"][version]).registry
    assert registry is not None
    return registry


def head(clone: Path) -> Registry:
    reading = read_at(clone, "main")
    assert reading.repair is not None
    registry = read_registry(reading.repair.text.encode(), FILE).registry
    assert registry is not None
    return registry


@pytest.mark.parametrize("version", ["3648e1e", "09084bf"])
def test_valid_versions_equal_what_is_known(clone: Path, known: dict[str, Any], version: str) -> None:
    reading = read_at(clone, known["commits_in_the_bundle"][version])
    expected = known[version]
    assert reading.registry is not None
    assert reading.problems == ()
    assert [entry.as_written() for entry in reading.registry.repos] == expected["entries"]
    assert [entry.as_written() for entry in reading.registry.planned] == (expected["planned"] or [])
    assert [entry.as_written() for entry in reading.registry.deprecated] == (expected["deprecated"] or [])


def test_head_is_invalid_and_its_repair_equals_what_is_known(clone: Path, known: dict[str, Any]) -> None:
    reading = read_at(clone, "main")
    assert reading.registry is None
    [problem] = reading.problems
    assert (problem.code, problem.path, problem.line) == ("registry.invalid_yaml", FILE, 3)
    assert "expected 2 spaces" in problem.message
    assert [entry.as_written() for entry in head(clone).repos] == known["HEAD"]["entries"]
    assert reading.repair is not None
    assert reading.repair.diff.count("\n+ ") == reading.repair.lines_changed == 158


def test_findings_of_head_equal_what_is_known(clone: Path, known: dict[str, Any]) -> None:
    registry, expected = head(clone), known["findings_HEAD"]
    assert dependency_cycles(registry) == [tuple(expected["dependency_cycle"])]
    assert [list(pair) for pair in consumed_without_provider(registry)] == expected["consumed_without_provider"]
    edges = [[entry.name, other] for entry in registry.repos for other in entry.depends_on]
    assert edges == expected["depends_on_edges"]
    codes = [problem.code for problem in findings(registry)]
    assert codes.count("registry.unknown_dependency") == len(expected["depends_on_unknown"])
    assert codes.count("registry.undeclared_dependency") == len(expected["consumed_but_provider_not_in_depends_on"])


def test_the_fleet_did_shrink_between_versions(clone: Path, known: dict[str, Any]) -> None:
    oldest, middle = at(clone, known, "09084bf"), at(clone, known, "3648e1e")
    assert lost_entries(oldest, middle) == []  # voice-agent is listed as deprecated
    assert lost_entries(middle, head(clone)) == ["semops-backoffice"]


def test_the_laid_out_corpus_has_a_valid_registry(tmp_path: Path) -> None:
    tool = CORPUS / "tools" / "make-fleet"
    subprocess.run([sys.executable, str(tool), str(tmp_path), "--synthetic", "1"], check=True, capture_output=True)
    reading = read_registry((tmp_path / "REPOS.yaml").read_bytes(), "REPOS.yaml")
    assert reading.problems == ()
    assert reading.registry is not None
    assert findings(reading.registry) == []

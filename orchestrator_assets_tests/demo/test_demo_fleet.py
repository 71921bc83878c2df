"""The demo fleet: the same commits everywhere, broken only where it is meant to be, and never over foreign files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.demo import fleet as demo
from orchestrator_assets.demo.fleet import DemoRefused, is_demo_fleet, write_demo_fleet
from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_findings import findings
from orchestrator_assets.fleet.scan import scan
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.kinds import kinds
from orchestrator_assets.problems import Severity
from orchestrator_assets.settings import Settings

WITH_COMMITS = ["data-platform", "handbook", "legacy-billing", "payments", "plugins", "webshop"]
FIRST_COMMIT_OF_PAYMENTS = "35d160a7db468be59a2ee61b24539e87b11a76b5"


def git(repository: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def heads(folder: Path) -> dict[str, str]:
    return {name: git(folder / "repos" / name, "rev-parse", "main").strip() for name in WITH_COMMITS}


def files(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "new" / "fleet"
    assert write_demo_fleet(folder) == folder / "REPOS.yaml"
    return folder


def test_commits_are_the_same_under_any_configuration(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "config"
    hostile.write_text(
        "[commit]\n gpgsign = true\n[core]\n autocrlf = true\n hooksPath = /nowhere\n[init]\n defaultBranch = trunk\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(hostile))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    write_demo_fleet(tmp_path / "fleet")
    assert heads(tmp_path / "fleet") == heads(fleet)
    assert not (tmp_path / "elsewhere").exists()
    first = git(fleet / "repos" / "payments", "rev-list", "--max-parents=0", "main").strip()
    assert first == FIRST_COMMIT_OF_PAYMENTS


def test_the_registry_is_valid_and_its_faults_are_the_promised_ones(fleet: Path) -> None:
    reading = read_registry((fleet / "REPOS.yaml").read_bytes(), "REPOS.yaml")
    assert reading.problems == ()
    registry = reading.registry
    assert registry is not None
    found = findings(registry)
    assert sorted(problem.code for problem in found) == [
        "registry.dependency_cycle",
        "registry.no_provider",
        "registry.undeclared_dependency",
        "registry.unknown_dependency",
    ]
    assert all(problem.severity is not Severity.ERROR for problem in found)
    folders = {entry.name for entry in registry.repos if (fleet / (entry.url or "")).is_dir()}
    assert set(registry.members) - folders == {"warehouse"}
    assert folders == {path.name for path in (fleet / "repos").iterdir()}


def test_every_repository_has_a_history_and_a_clean_work_tree(fleet: Path) -> None:
    for name in WITH_COMMITS:
        repository = fleet / "repos" / name
        months = set(git(repository, "log", "--format=%ad", "--date=format:%Y-%m").split())
        assert len(months) >= 2, name
        assert git(repository, "status", "--porcelain") == ""
        assert git(repository, "fsck", "--strict") == ""
    assert git(fleet / "repos" / "mobile-app", "for-each-ref") == ""


def test_the_documents_faults_are_there(fleet: Path) -> None:
    repos = fleet / "repos"
    assert len(list((repos / "payments/docs/decisions").glob("0003-*"))) == 2
    assert (repos / "data-platform/docs/decisions/ADR-0004-retention.md").stat().st_size == 0
    assert (
        "(0009-two-search-boxes.md)" in (repos / "webshop/doc/architecture-choices/0005-one-search-box.md").read_text()
    )
    assert not list((repos / "webshop/doc/architecture-choices").glob("0009-*"))
    dangling = "session-notes/ISSUE-40-gift-cards.md"
    assert dangling in (repos / "payments/docs/SESSION_NOTES.md").read_text()
    assert not (repos / "payments/docs" / dangling).exists()


def test_a_second_call_changes_nothing(fleet: Path) -> None:
    before = files(fleet)
    assert write_demo_fleet(fleet) == fleet / "REPOS.yaml"
    assert files(fleet) == before


def test_an_edited_demo_stays_as_it_was_edited(tmp_path: Path) -> None:
    registry = write_demo_fleet(tmp_path)
    registry.write_text(registry.read_text() + "# mine\n")
    (tmp_path / "notes.txt").write_text("mine")
    write_demo_fleet(tmp_path)
    assert registry.read_text().endswith("# mine\n")
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["REPOS.yaml", "repos", "notes.txt"])
def test_foreign_folders_are_refused_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("repos: []\n")
    with pytest.raises(DemoRefused, match=f"not empty .it holds {name}."):
        write_demo_fleet(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "repos: []\n"
    assert not is_demo_fleet(tmp_path)


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoRefused, match="cannot be used"):
        write_demo_fleet(tmp_path / "file")


def test_a_failure_leaves_an_empty_folder_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-git-here"))
    with pytest.raises(DemoRefused, match="git is not installed"):
        write_demo_fleet(tmp_path / "fleet")
    assert list((tmp_path / "fleet").iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(demo, "read_history", lambda text: [])
    monkeypatch.setattr(demo, "fast_import", lambda commits: b"nonsense\n")
    with pytest.raises(DemoRefused, match="git fast-import failed"):
        write_demo_fleet(tmp_path / "fleet")
    assert list((tmp_path / "fleet").iterdir()) == []


def test_leftovers_of_a_killed_run_are_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".demo-fleet-killed" / "repos").mkdir(parents=True)
    assert is_demo_fleet(write_demo_fleet(tmp_path).parent)


def test_every_index_has_something_to_show(home: Path, chosen: Settings, engine: Engine) -> None:
    registry = write_demo_fleet(home / "demo")
    with_registry = chosen.model_copy(update={"fleet": registry})
    sync_fleet(engine, with_registry)
    scan(engine, with_registry, fleet_store.targets(engine), "test")
    records = {kind.index: build_index(engine, kind).index.records for kind in kinds()}
    assert [name for name, found in records.items() if not found] == []
    codes = {item.problem.code for kind in kinds() for item in build_index(engine, kind).index.problems}
    assert codes >= {"claim.contradicted", "project.out_of_order", "playbook.document", "pattern.dangling_edge"}

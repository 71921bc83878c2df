"""Finding clones in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator_assets.fleet.registry_discover import discover, relative_url
from orchestrator_assets_tests.repositories import OBEYING


def clone(path: Path, bare: bool = False) -> None:
    top = path if bare else path / ".git"
    for folder in ("objects", "refs"):
        (top / folder).mkdir(parents=True)
    (top / "HEAD").write_text("ref: refs/heads/main\n")


def rows(folder: Path, registry_folder: Path | None = None) -> list[tuple[str, str | None]]:
    return [(entry.name, entry.url) for entry in discover(folder, registry_folder).entries]


def test_clones_bare_ones_and_nested_folders(tmp_path: Path) -> None:
    clone(tmp_path / "b")
    clone(tmp_path / "b" / "vendor" / "inside")
    clone(tmp_path / "a.git", bare=True)
    clone(tmp_path / "group" / "c")
    clone(tmp_path / ".hidden")
    (tmp_path / "plain").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert rows(tmp_path) == [("a", "a.git"), ("b", "b"), ("c", "group/c")]
    assert rows(tmp_path, tmp_path / "group") == [("a", "../a.git"), ("b", "../b"), ("c", "c")]
    assert discover(tmp_path).problems == ()


def test_same_names_are_told_apart_by_path(tmp_path: Path) -> None:
    clone(tmp_path / "one" / "web")
    clone(tmp_path / "two" / "web.git", bare=True)
    assert rows(tmp_path) == [("one/web", "one/web"), ("two/web", "two/web.git")]


def test_linked_work_trees_are_no_repositories_of_their_own(tmp_path: Path) -> None:
    clone(tmp_path / "a")
    (tmp_path / "a-feature").mkdir()
    (tmp_path / "a-feature" / ".git").write_text(f"gitdir: {tmp_path}/a/.git/worktrees/a-feature\n")
    (tmp_path / "separate").mkdir()
    (tmp_path / "separate" / ".git").write_text("gitdir: /elsewhere/separate\n")
    assert rows(tmp_path) == [("a", "a"), ("separate", "separate")]


def test_the_folder_itself(tmp_path: Path) -> None:
    clone(tmp_path / "me")
    assert rows(tmp_path / "me") == [("me", ".")]


def test_odd_names_are_written_safely_or_reported(tmp_path: Path) -> None:
    for name in ("-dash", "a:b", "with space", "bad\x1b", os.fsdecode(b"\xff")):
        clone(tmp_path / name)
    found = discover(tmp_path)
    assert {(entry.name, entry.url) for entry in found.entries} == {
        ("-dash", "./-dash"),
        ("a:b", "./a:b"),
        ("with space", "with space"),
    }
    assert len(found.problems) == 2
    assert all(problem.code == "registry.unreadable_folder" for problem in found.problems)
    assert "bad\\x1b" in found.problems[0].message


def test_a_folder_that_cannot_be_listed_is_an_error_not_an_empty_fleet(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        discover(tmp_path / "nowhere")


def test_an_unreadable_folder_below_is_reported(tmp_path: Path) -> None:
    clone(tmp_path / "a")
    (tmp_path / "shut").mkdir(mode=0)
    program = (
        "import sys; from pathlib import Path; from orchestrator_assets.fleet.registry_discover import discover;"
        "found = discover(Path(sys.argv[1]));"
        "print([entry.name for entry in found.entries], [item.message for item in found.problems])"
    )
    command = [*OBEYING, sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert told.startswith("['a'] [") and "shut" in told


def test_relative_urls(tmp_path: Path) -> None:
    assert relative_url(tmp_path / "x" / "a", tmp_path) == "x/a"
    assert relative_url(tmp_path / "a", tmp_path / "x") == "../a"

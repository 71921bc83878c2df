"""Mirrors without content, from a real server that filters: what is wanted comes at once, and nothing else comes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.fleet.mirrors import Mirror, Unreachable
from orchestrator_assets.fleet.travel import index_at
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.fleet.https_server import GitServer, git_server
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

VERSIONS = 6
NAMES = [f"docs/decisions/ADR-{n:04d}-x.md" for n in range(1, 31)]


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "served").mkdir()
    with git_server(tmp_path, tmp_path / "served") as running:
        yield running


@pytest.fixture
def shop(fleet: Fleet, remote: GitServer, tmp_path: Path) -> GitRepository:
    """Thirty decisions, each written six times, and a large file that went long ago."""
    made = GitRepository.create(tmp_path / "served" / "shop")
    made.git("config", "uploadpack.allowFilter", "true")
    made.commit({"old.bin": os.urandom(2_000_000)})
    for version in range(VERSIONS):
        files = {name: decision(n, title=f"Choice {version} of") for n, name in enumerate(NAMES, 1)}
        made.commit(files, remove=[] if version else ["old.bin"])
    url = f"{remote.url}/shop/.git"
    registry = f"repos:\n  - name: remote\n    url: {url}\n  - name: local\n    url: {made.path}\n"
    fleet.settings.fleet_path.write_text(registry)
    fleet.register_file()
    return made


def mirror(settings: Settings) -> Path:
    [found] = settings.mirrors_path.glob("*.git")
    return found


def blobs(path: Path) -> set[str]:
    command = ["git", f"--git-dir={path}", "cat-file", "--batch-all-objects", "--batch-check"]
    done = subprocess.run(command, env=GIT_ENVIRONMENT, capture_output=True, text=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if " blob " in line}


def fetches(remote: GitServer) -> int:
    return sum(path.endswith("git-upload-pack") and "?" not in path for path in remote.asked)


def test_a_scan_fetches_the_content_of_its_commit_and_of_no_other(
    fleet: Fleet, remote: GitServer, shop: GitRepository
) -> None:
    results = fleet.scan()
    here, there = results["remote"], results["local"]
    assert (here.facts, here.documents, here.commit) == (there.facts, there.documents, there.commit)
    assert len(blobs(mirror(fleet.settings))) == len(NAMES)
    size = sum(file.stat().st_size for file in mirror(fleet.settings).rglob("*") if file.is_file())
    assert size < 200_000, "the large file of the past stays where it is"
    shop.commit({NAMES[0]: decision(1, title="New")})
    before = fetches(remote)
    again = fleet.scan()
    assert again["remote"].facts == again["local"].facts and again["remote"].changed
    assert len(blobs(mirror(fleet.settings))) == len(NAMES) + 1 and fetches(remote) - before <= 5


def test_an_index_as_of_then_fetches_what_was_there_at_once(
    fleet: Fleet, remote: GitServer, shop: GitRepository
) -> None:
    fleet.scan()
    then = shop.git("rev-parse", "HEAD~2")
    before = fetches(remote)
    one = [item for item in fleet_store.fleet(fleet.engine) if item.name == "remote"]
    index = index_at(fleet.engine, fleet.settings, kind_of_index("decisions"), one, then)
    titles = [record.payload.model_dump()["title"] for record in index.records]
    assert len(titles) == len(NAMES) and all(f"Choice {VERSIONS - 3} of" in title for title in titles)
    assert fetches(remote) - before <= 8, "thirty files are one request, not thirty"


def test_a_server_that_gives_no_single_objects_is_asked_for_everything_once(
    fleet: Fleet, remote: GitServer, shop: GitRepository
) -> None:
    remote.versions = False  # the old protocol gives only what refs name
    results = fleet.scan()
    assert results["remote"].facts == results["local"].facts
    assert len(blobs(mirror(fleet.settings))) == len(NAMES) * VERSIONS + 1
    shop.commit({NAMES[0]: decision(1, title="New")})
    assert fleet.scan()["remote"].changed
    assert "promisor" not in (mirror(fleet.settings) / "config").read_text()


def test_content_that_the_remote_has_no_more_is_told(fleet: Fleet, remote: GitServer, shop: GitRepository) -> None:
    fleet.scan()
    found = Mirror(fleet.settings.mirrors_path, f"{remote.url}/shop/.git", timeout=30)
    with pytest.raises(Unreachable):
        found.fill(["1" * 40])
    assert not fleet.scan()["remote"].status.failed

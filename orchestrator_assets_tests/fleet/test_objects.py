"""Reading objects: refs and statuses, listings, limits, names that are no text."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

Make = Callable[[str], GitRepository]
LIMITS = (1000, 20)


def status_of(path: Path, ref: str | None = None) -> Status:
    try:
        store = ObjectStore(path)
        head = store.resolve(ref)
        store.listing(store.tree_of(head.commit), *LIMITS)
    except RepositoryUnavailable as unavailable:
        return unavailable.status
    return Status.OK


def test_resolves_head_branches_tags_and_full_names(repository: Make) -> None:
    made = repository("a")
    first = made.commit({"a": "1"})
    made.git("tag", "-a", "-m", "t", "v1")
    made.git("branch", "old")
    second = made.commit({"a": "2"})
    store = ObjectStore(made.path)
    assert (store.resolve(None).ref, store.resolve(None).commit) == ("refs/heads/main", second)
    assert store.resolve("old").commit == first
    assert store.resolve("v1").commit == first, "an annotated tag stands for its commit"
    assert store.resolve("refs/heads/old").commit == first


def test_every_unreadable_state_has_its_status(repository: Make, tmp_path: Path) -> None:
    empty = repository("empty")
    no_head = repository("no-head")
    no_head.commit({"a": "1"})
    no_head.git("symbolic-ref", "HEAD", "refs/heads/gone")
    corrupt = repository("corrupt")
    commit = corrupt.commit({"a": "1"})
    (corrupt.path / ".git" / "objects" / commit[:2] / commit[2:]).unlink()
    plain = tmp_path / "plain"
    plain.mkdir()
    (tmp_path / "file").write_text("x")
    assert status_of(empty.path) is Status.EMPTY
    assert status_of(no_head.path) is Status.NO_HEAD
    assert status_of(no_head.path, "main") is Status.OK
    assert status_of(no_head.path, "nowhere") is Status.NO_HEAD
    assert status_of(corrupt.path) is Status.CORRUPT
    assert status_of(tmp_path / "gone") is Status.MISSING
    assert status_of(plain) is Status.UNREADABLE, "a folder inside a repository must not be taken for it"
    assert status_of(tmp_path / "file") is Status.UNREADABLE


def test_a_folder_inside_a_repository_is_not_that_repository(repository: Make) -> None:
    made = repository("outer")
    made.commit({"inner/a": "1"})
    assert status_of(made.path / "inner") is Status.UNREADABLE


def test_a_missing_tree_is_corrupt(repository: Make) -> None:
    made = repository("a")
    made.commit({"docs/a": "1"})
    tree = made.git("rev-parse", "HEAD:docs")
    (made.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert status_of(made.path) is Status.CORRUPT


def test_lists_links_and_submodules_but_marks_them_unreadable(repository: Make) -> None:
    made = repository("a")
    made.commit({"a.md": "text"})
    (made.path / "link").symlink_to("/etc/passwd")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    made.commit()
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    made.git("commit", "-q", "-m", "module")
    store = ObjectStore(made.path)
    files = store.listing(store.tree_of(store.resolve(None).commit), *LIMITS).files
    assert {name: entry.readable for name, entry in files.items()} == {"a.md": True, "link": False, "module": False}


def test_names_that_are_no_text_are_escaped_and_found_again(repository: Make) -> None:
    made = repository("a")
    names = [b"docs/caf\xe9.md", "docs/\u2014 dash.md".encode(), b"docs/line\nbreak.md", b"docs/back\\slash.md"]
    for name in names:
        target = bytes(made.path) + b"/" + name
        Path(target.decode("utf-8", "surrogateescape")).parent.mkdir(exist_ok=True)
        with open(target, "wb") as file:  # noqa: PTH123 - a name of bytes
            file.write(name)
    made.commit()
    store = ObjectStore(made.path)
    listing = store.listing(store.tree_of(store.resolve(None).commit), *LIMITS)
    assert sorted(listing.raw(path) for path in listing.files) == sorted(names)
    assert "docs/caf\\xe9.md" in listing.files
    assert all(store.read(entry.blob) == listing.raw(path) for path, entry in listing.files.items())


def test_dishonest_entries_are_refused_and_named(repository: Make) -> None:
    made = repository("a")
    made.commit({"a": "1"})
    blob = made.git("rev-parse", "HEAD:a")
    raw = b"".join(b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in (b"..", b".GIT", b"good"))
    tree = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=made.path, env=GIT_ENVIRONMENT, input=raw, check=True, capture_output=True,
    ).stdout.decode().strip()  # fmt: skip
    listing = ObjectStore(made.path).listing(tree, *LIMITS)
    assert list(listing.files) == ["good"]
    assert set(listing.refused) == {"..", ".GIT"}


def test_a_tree_bomb_stops_at_the_limit(repository: Make) -> None:
    made = repository("bomb")
    made.commit({"a": "1"})
    below, mode = made.git("rev-parse", "HEAD:a"), "100644 blob"
    for _ in range(10):
        rows = "".join(f"{mode} {below}\td{n}\n" for n in range(10))
        below, mode = subprocess.run(
            ["git", "mktree"], cwd=made.path, env=GIT_ENVIRONMENT, input=rows, check=True, capture_output=True, text=True
        ).stdout.strip(), "040000 tree"  # fmt: skip
    with pytest.raises(RepositoryUnavailable) as caught:
        ObjectStore(made.path).listing(below, 5000, 64)
    assert caught.value.status is Status.TOO_LARGE
    with pytest.raises(RepositoryUnavailable, match="nested deeper"):
        ObjectStore(made.path).listing(below, 10**9, 3)


def test_nothing_planted_in_a_configuration_runs(repository: Make, tmp_path: Path) -> None:
    made = repository("hostile")
    made.commit({"a.md": "text", ".gitattributes": "* filter=evil diff=evil"})
    marker = tmp_path / "marker"
    command = f"touch {marker}"
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "filter.evil.clean",
                "filter.evil.smudge", "diff.evil.textconv", "core.hooksPath", "gpg.program"):  # fmt: skip
        made.git("config", key, command)
    hooks = made.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\n{command}\n")
        (hooks / name).chmod(0o755)
    assert status_of(made.path) is Status.OK
    assert not marker.exists()

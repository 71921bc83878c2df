"""Mirrors: equal to their remote after a fetch, as before after a failed one, sound after a kill."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.fleet import bare, mirrors, transfer
from orchestrator_assets.fleet.mirrors import Mirror, NoSuchRef, Unreachable, mirror_name, remote_heads
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets_tests.fleet.killing import run_and_die
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

Make = Callable[[str], GitRepository]


@pytest.fixture
def remote(repository: Make) -> GitRepository:
    """A remote with two branches, a tag, three commits."""
    made = repository("remote")
    made.commit({"a": "1"})
    made.git("branch", "old")
    made.git("tag", "-a", "-m", "one", "v1")
    made.commit({"a": "2"})
    made.git("tag", "light")
    made.commit({"a": "3"})
    return made


@pytest.fixture
def mirror(remote: GitRepository, tmp_path: Path) -> Mirror:
    return mirror_of(remote, tmp_path)


def mirror_of(remote: GitRepository, tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors", f"file://{remote.path}", local_roots=[tmp_path])


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", f"--git-dir={path}", *arguments], env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def refs(path: Path) -> dict[str, str]:
    rows = git(path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {row.rpartition(" ")[0]: row.rpartition(" ")[2] for row in rows}


def assert_equal(mirror: Mirror, remote: GitRepository) -> None:
    """The mirror has the remote's refs, HEAD and objects, and nothing is wrong with it."""
    assert refs(mirror.path) == refs(remote.path / ".git")
    here, there = (path / "HEAD" for path in (mirror.path, remote.path / ".git"))
    assert here.read_text() == there.read_text()
    git(mirror.path, "fsck", "--strict", "--full")
    leftovers = [path.name for path in mirror.path.parent.iterdir()]
    assert sorted(leftovers) == sorted([mirror.path.name, mirror.path.with_suffix(".lock").name])


def test_a_first_fetch_brings_everything(mirror: Mirror, remote: GitRepository) -> None:
    mirror.fetch()
    assert_equal(mirror, remote)
    assert ObjectStore(mirror.path).resolve(None).commit == remote.git("rev-parse", "main")
    config = (mirror.path / "config").read_text()
    assert config.startswith("[core]") and config.count("[") == 2, "nobody's configuration but ours"


def test_later_fetches_follow_every_kind_of_change(mirror: Mirror, remote: GitRepository) -> None:
    mirror.fetch()
    remote.commit({"b": "new"})
    remote.git("checkout", "-q", "-b", "topic")
    remote.commit({"c": "topic"})
    mirror.fetch()
    assert_equal(mirror, remote)
    remote.git("branch", "-D", "old")
    remote.git("tag", "-d", "v1")
    remote.git("tag", "-f", "light", "main~2")
    remote.git("branch", "-f", "main", "main~2")
    mirror.fetch()
    assert_equal(mirror, remote)
    remote.git("branch", "-m", "main", "trunk")
    remote.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    mirror.fetch()
    assert_equal(mirror, remote)


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_a_branch_that_becomes_a_folder_of_branches(
    mirror: Mirror, remote: GitRepository, first: str, second: str
) -> None:
    remote.git("branch", first)
    mirror.fetch()
    remote.git("branch", "-D", first)
    remote.git("branch", second)
    mirror.fetch()
    assert_equal(mirror, remote)


def test_odd_names_of_branches(mirror: Mirror, remote: GitRepository) -> None:
    remote.git("branch", "grün/#1—neu")
    remote.git("checkout", "-q", "-b", "日本語")
    for _ in range(2):
        mirror.fetch()
        assert_equal(mirror, remote)


def test_a_detached_head_is_followed_even_off_all_branches(mirror: Mirror, remote: GitRepository) -> None:
    mirror.fetch()
    remote.git("checkout", "-q", "--detach")
    alone = remote.commit({"d": "alone"})
    mirror.fetch()
    head = ObjectStore(mirror.path).resolve(None)
    assert head.commit == alone
    assert mirror.remote_head() == ("HEAD", alone)
    remote.git("checkout", "-q", "main")
    mirror.fetch()
    assert_equal(mirror, remote)


def test_empty_and_headless_remotes_have_their_status(repository: Make, tmp_path: Path) -> None:
    remote = repository("empty")
    mirror = mirror_of(remote, tmp_path)
    mirror.fetch()
    assert status(mirror) is Status.EMPTY
    with pytest.raises(NoSuchRef) as raised:
        mirror.remote_head()
    assert raised.value.empty
    remote.commit({"a": "1"})
    mirror.fetch()
    assert_equal(mirror, remote)
    remote.git("symbolic-ref", "HEAD", "refs/heads/gone")
    mirror.fetch()
    assert status(mirror) is Status.NO_HEAD, "the old HEAD does not stay"
    with pytest.raises(NoSuchRef) as raised:
        mirror.remote_head()
    assert not raised.value.empty


def status(mirror: Mirror) -> Status:
    try:
        ObjectStore(mirror.path).resolve(None)
    except RepositoryUnavailable as unavailable:
        return unavailable.status
    return Status.OK


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that mirrors run, in order."""
    commands: list[str] = []
    original = mirrors.run

    def counted(arguments: Sequence[str], **keywords: Any) -> bytes:
        commands.append(arguments[0])
        return original(arguments, **keywords)

    monkeypatch.setattr(mirrors, "run", counted)
    monkeypatch.setattr(transfer, "run", counted)
    return commands


def test_an_unchanged_remote_costs_one_question(mirror: Mirror, asked: list[str]) -> None:
    mirror.fetch()
    asked.clear()
    mirror.fetch()
    assert asked == ["ls-remote", "for-each-ref"]


def test_remote_heads_and_remote_head(mirror: Mirror, remote: GitRepository, tmp_path: Path) -> None:
    heads = remote_heads(mirror.url, local_roots=[tmp_path])
    assert {name: oid for name, oid in heads.items() if not name.endswith("^{}")} == refs(remote.path / ".git")
    main, first = remote.git("rev-parse", "main"), remote.git("rev-parse", "old")
    assert mirror.remote_head() == ("refs/heads/main", main)
    assert mirror.remote_head("old") == ("refs/heads/old", first)
    assert mirror.remote_head("v1") == ("refs/tags/v1", first), "an annotated tag stands for its commit"
    assert mirror.remote_head("refs/tags/light") == ("refs/tags/light", remote.git("rev-parse", "light"))
    for name in (None, "old", "v1"):
        mirror.fetch()
        here = ObjectStore(mirror.path).resolve(name)
        assert (here.ref, here.commit) == mirror.remote_head(name), "remote and mirror say the same"
    for name in ("nowhere", "main*", "--upload-pack=x", "ol"):
        with pytest.raises(NoSuchRef):
            mirror.remote_head(name)


def test_a_remote_that_fails_leaves_the_mirror_as_it_was(mirror: Mirror, remote: GitRepository) -> None:
    mirror.fetch()
    before = refs(mirror.path)
    remote.commit({"z": "later"})
    hidden = remote.path.rename(remote.path.with_name("hidden"))
    with pytest.raises(Unreachable) as raised:
        mirror.fetch()
    assert "does not appear to be a git repository" in raised.value.reason
    assert refs(mirror.path) == before
    hidden.rename(remote.path)
    mirror.fetch()
    assert_equal(mirror, remote)


def test_a_first_fetch_that_fails_leaves_no_mirror(tmp_path: Path, remote: GitRepository) -> None:
    broken = mirror_of(remote, tmp_path)
    blob = remote.git("rev-parse", "main:a")
    (remote.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Unreachable):
        broken.fetch()
    assert not broken.path.exists(), "half a mirror is never seen"


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch",
        "--upload-pack=touch",
        "git://host/x",
        "http://host/x",
        "https://ada:hunter2@host/x",
        "file:///etc/x",
        "/local/path",
        "",
    ],
)
def test_urls_that_are_not_fetched_from(url: str, tmp_path: Path) -> None:
    refused = Mirror(tmp_path / "mirrors", url, local_roots=[tmp_path / "allowed"])
    for ask in (refused.fetch, refused.remote_head, lambda: remote_heads(url)):
        with pytest.raises(Unreachable) as raised:
            ask()
        assert "hunter2" not in f"{raised.value} {raised.value.url} {refused.path}"
    assert not (tmp_path / "mirrors").exists()


def test_a_refused_connection_is_told_with_its_reason(tmp_path: Path) -> None:
    unreachable = Mirror(tmp_path, "https://127.0.0.1:1/team/x.git")
    with pytest.raises(Unreachable, match=r"https://127\.0\.0\.1:1/team/x\.git: fatal: unable to access"):
        unreachable.remote_head()


def test_names_of_mirrors_are_distinct_safe_and_readable() -> None:
    urls = [
        "https://h/a/b.git",
        "https://h/a/b",
        "https://h/a-b",
        "git@h:a/b.git",
        "ssh://h/" + "x" * 300,
        "file:///../..",
    ]
    names = [mirror_name(url) for url in urls]
    assert len(set(names)) == len(urls)
    assert names[0].startswith("https-h-a-b-")
    assert all(len(name) < 100 and not name.startswith(".") and "/" not in name for name in names)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "HEAD").write_text(""),
        lambda path: (path / "HEAD").unlink(),
        lambda path: (path / "config").write_text("[core"),
        lambda path: (path / "refs").rename(path / "lost"),
        lambda path: (path / "refs" / "heads" / "main.lock").touch(),
        lambda path: (path / "packed-refs.lock").touch(),
        lambda path: (path / "HEAD.lock").touch(),
        lambda path: (path / "objects" / "pack" / "tmp_pack_x").touch(),
        lambda path: path.with_name(f".{path.name}.partial").mkdir(),
        lambda path: path.rename(path.with_name(f".{path.name}.old")),
    ],
)
def test_what_a_kill_or_a_full_disk_leaves_is_repaired(
    mirror: Mirror, remote: GitRepository, damage: Callable[[Path], object]
) -> None:
    mirror.fetch()
    damage(mirror.path)
    remote.commit({"n": "next"})
    remote.git("checkout", "-q", "-b", "elsewhere")
    mirror.fetch()
    assert not list(mirror.path.rglob("*.lock"))
    assert not list(mirror.path.rglob("tmp_*"))
    assert_equal(mirror, remote)


def test_a_mirror_that_lost_objects_is_fetched_anew(mirror: Mirror, remote: GitRepository) -> None:
    mirror.fetch()
    for file in (mirror.path / "objects").rglob("*"):
        if file.is_file():
            file.unlink()
    remote.commit({"n": "next"})
    mirror.fetch()
    assert_equal(mirror, remote)


@pytest.mark.parametrize("how", ["before", "orphan", "together"])
@pytest.mark.parametrize("first", [True, False])
def test_killed_at_every_child_the_next_fetch_works(
    mirror: Mirror, remote: GitRepository, tmp_path: Path, how: str, first: bool
) -> None:
    if not first:
        mirror.fetch()
    for child in range(1, 9):
        remote.commit({f"f{number}": f"{child} {number}" for number in range(20)})
        arguments = (str(tmp_path / "mirrors"), mirror.url, str(tmp_path))
        if run_and_die(child, how, 0.004, "fetch", *arguments) == 0:
            break
        mirror.fetch()
        assert_equal(mirror, remote)
        if first:
            mirror.path.rename(tmp_path / f"used-{child}")
    else:
        raise AssertionError("the fetch never ended: the kills did not get past its children")
    assert child > 2, "it was killed at several children"


def test_fetches_at_once_do_not_collide(remote: GitRepository, tmp_path: Path) -> None:
    failed: list[Exception] = []

    def fetch() -> None:
        try:
            mirror_of(remote, tmp_path).fetch()
        except Exception as error:  # a thread's exception would otherwise be lost
            failed.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert_equal(mirror_of(remote, tmp_path), remote)


def test_the_lock_lives_as_long_as_an_orphaned_child(tmp_path: Path) -> None:
    file = tmp_path / "m.lock"
    with bare.exclusive(file, 1) as lock:
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock,))
        with pytest.raises(bare.Busy), bare.exclusive(file, 0):
            pass
    with pytest.raises(bare.Busy), bare.exclusive(file, 0.05):
        pass
    child.communicate(b"")
    with bare.exclusive(file, 0) as lock:
        assert os.get_inheritable(lock) is False, "only children that are given it inherit it"


def test_a_mirror_in_use_is_waited_for_and_then_told(mirror: Mirror) -> None:
    hurried = Mirror(mirror.path.parent, mirror.url, local_roots=mirror._local_roots, timeout=0.05)
    lock = mirror.path.with_suffix(".lock")
    with bare.exclusive(lock, 1), pytest.raises(Unreachable, match="another process"):
        hurried.fetch()


def raw_commit(remote: GitRepository, tree: str, zone: str) -> str:
    text = f"tree {tree}\nauthor A <a@x> 1700000000 {zone}\ncommitter A <a@x> 1700000000 {zone}\n\nraw\n"
    return store(remote, "commit", text.encode())


def store(remote: GitRepository, kind: str, data: bytes) -> str:
    command = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
    done = subprocess.run(command, cwd=remote.path, env=GIT_ENVIRONMENT, input=data, check=True, capture_output=True)
    return done.stdout.decode().strip()


def test_hostile_objects_are_refused_and_the_old_state_stays(
    mirror: Mirror, remote: GitRepository, asked: list[str]
) -> None:
    mirror.fetch()
    asked.clear()
    before = refs(mirror.path)
    blob = remote.git("rev-parse", "main:a")
    tree = store(remote, "tree", b"100644 .GIT\0" + bytes.fromhex(blob))
    remote.git("update-ref", "refs/heads/evil", raw_commit(remote, tree, "+0000"))
    with pytest.raises(Unreachable, match="hasDotgit"):
        mirror.fetch()
    assert refs(mirror.path) == before
    # Once without content, and once more with everything, where git tolerates old sloppiness.
    assert asked.count("fetch") == 2, "a sound mirror is not made anew because the remote is at fault"
    assert "promisor" in (mirror.path / "config").read_text(), "and still knows that content is missing"


def test_old_harmless_sloppiness_is_fetched(mirror: Mirror, remote: GitRepository) -> None:
    sloppy = raw_commit(remote, remote.git("rev-parse", "main^{tree}"), "+051800")
    remote.git("update-ref", "refs/heads/sloppy", sloppy)
    mirror.fetch()
    assert refs(mirror.path)["refs/heads/sloppy"] == sloppy


def test_nothing_of_the_remotes_configuration_or_hooks_comes_along(
    mirror: Mirror, remote: GitRepository, tmp_path: Path
) -> None:
    fired = tmp_path / "fired"
    hook = remote.path / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {fired}\n")
    hook.chmod(0o755)
    remote.git("config", "core.sshCommand", f"touch {fired}")
    mirror.fetch()
    assert not fired.exists()
    assert not (mirror.path / "hooks").exists()

"""Hostile repositories, a class each: the exact outcome, bounded cost, and an honest neighbour that notices nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from orchestrator_assets.fleet.watch import look
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.hostile.neighbourhood import commit_tree, plumbing, raw_tree, scan, scan_in_a_child
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
PATH = "docs/decisions/ADR-0001-first.md"


@pytest.fixture
def hostile(fleet: Fleet) -> GitRepository:
    [made] = fleet.make("hostile")
    return made


def test_commands_planted_in_the_configuration_never_run(fleet: Fleet, hostile: GitRepository, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    command = f"touch {marker}; false"
    hostile.commit({".gitattributes": "* filter=evil diff=evil merge=evil", "docs/adr/0002-b.md": decision(2)})
    keys = ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy",
            "core.alternateRefsCommand", "credential.helper", "diff.external", "filter.evil.clean",
            "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "merge.evil.driver", "gpg.program",
            "uploadpack.packObjectsHook", "sequence.editor", "remote.origin.uploadpack", "protocol.ext.allow")  # fmt: skip
    for key in keys:
        hostile.git("config", key, command)
    hostile.git("config", "include.path", str(tmp_path / "more"))
    hostile.git("config", "extensions.partialClone", "origin")
    hostile.git("config", "remote.origin.url", f"ext::sh -c '{command}'")
    hostile.git("config", "remote.origin.promisor", "true")
    hooks = hostile.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "fsmonitor-watchman"):
        (hooks / name).write_text(f"#!/bin/sh\n{command}\n")
        (hooks / name).chmod(0o755)
    assert scan(fleet).status == "ok"
    assert not marker.exists()


def test_a_missing_blob_is_not_fetched_from_a_planted_promisor(
    fleet: Fleet, hostile: GitRepository, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    hostile.git("config", "remote.origin.url", f"ext::sh -c 'touch {marker}'")
    hostile.git("config", "remote.origin.promisor", "true")
    hostile.git("config", "extensions.partialClone", "origin")
    hostile.git("config", "core.repositoryFormatVersion", "1")
    hostile.commit({PATH: decision(1, title="Nobody else has this")})
    blob = hostile.git("rev-parse", f"HEAD:{PATH}")
    (hostile.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert scan(fleet).status == "unreadable", "libgit2 does not open partial clones"
    hostile.git("config", "--unset", "extensions.partialClone")
    assert scan_again(fleet) == "corrupt"
    assert not marker.exists()


@pytest.mark.parametrize(
    "url", ["ext::sh -c true", "--upload-pack=touch x", "-oProxyCommand=x", "fd::0", "file:///etc"]
)
def test_urls_that_are_commands_are_refused(fleet: Fleet, url: str) -> None:
    fleet.make("honest")
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: hostile\n    url: '{url}'\n")
    from orchestrator_assets.fleet.sync import sync_fleet

    sync_fleet(fleet.engine, fleet.settings, accept_loss=True)
    assert fleet.scan()["hostile"].status.value == "refused"


def test_links_out_of_the_tree_are_not_followed(fleet: Fleet, hostile: GitRepository) -> None:
    secret = fleet.folder / "secret.md"
    secret.write_text(decision(7, title="Secret"))
    (hostile.path / "docs/decisions/ADR-0007-link.md").symlink_to(secret)
    (hostile.path / "docs/adr").symlink_to("/etc")
    hostile.commit()
    found = scan(fleet)
    assert found.status == "ok" and len(found.records) == 1
    assert ("document.not_a_file", "docs/decisions/ADR-0007-link.md") in found.problems


def test_entries_that_no_work_tree_can_hold_are_named(fleet: Fleet, hostile: GitRepository) -> None:
    blob = hostile.git("rev-parse", f"HEAD:{PATH}")
    names = (b"..", b".git", b".GIT", b"a/b", b".")
    tree = raw_tree(hostile, *((b"100644", name, blob) for name in names), (b"100644", b"ADR-0001-x.md", blob))
    commit_tree(hostile, tree)
    found = scan(fleet)
    assert found.status == "ok"
    assert [code for code, _ in found.problems].count("repository.refused_entry") == len(names)


def test_names_of_every_ugly_kind_are_kept_and_escaped(fleet: Fleet, hostile: GitRepository) -> None:
    blob = hostile.git("rev-parse", f"HEAD:{PATH}")
    names = [b"new\nline", b"esc\x1b[31m", "bidi\u202egnp".encode(), b"bad\xff\xfe", b"ADR-0001-FIRST",
             b"adr-0001-first", b"--output=x", "caf\u00e9".encode()]  # fmt: skip
    rows = sorted((b"100644", name + b".md", blob) for name in names)
    folder = raw_tree(hostile, *rows)
    docs = raw_tree(hostile, (b"40000", b"adr", folder))
    commit_tree(hostile, raw_tree(hostile, (b"40000", b"docs", docs)))
    found = scan(fleet)
    assert found.status == "ok" and len(found.records) == len(names), "case twins are two files"
    assert all("\x1b" not in row["path"].replace("\x1b", "") for row in found.records)
    assert any("\\xff" in row["path"] for row in found.records)


def test_a_tree_bomb_is_too_large(fleet: Fleet, hostile: GitRepository) -> None:
    below, mode = hostile.git("rev-parse", f"HEAD:{PATH}"), "100644 blob"
    for _ in range(10):
        rows = "".join(f"{mode} {below}\td{n}\n" for n in range(10))
        below, mode = plumbing(hostile, "mktree", stdin=rows.encode()), "040000 tree"
    commit_tree(hostile, below)
    found = scan(fleet)
    assert found.status == "too_large" and "repository.scan_failed" in found.codes


def test_a_million_entries_are_too_large(fleet: Fleet, hostile: GitRepository) -> None:
    blob = hostile.git("rev-parse", f"HEAD:{PATH}")
    rows = "".join(f"100644 blob {blob}\tf{number:07d}\n" for number in range(1_000_000))
    commit_tree(hostile, plumbing(hostile, "mktree", stdin=rows.encode()))
    assert scan(fleet).status == "too_large"


def test_folders_nested_without_end_are_too_large(fleet: Fleet, hostile: GitRepository) -> None:
    below, mode = hostile.git("rev-parse", f"HEAD:{PATH}"), "100644 blob"
    for _ in range(400):
        below, mode = plumbing(hostile, "mktree", stdin=f"{mode} {below}\td\n".encode()), "040000 tree"
    commit_tree(hostile, below)
    assert scan(fleet).status == "too_large"


def test_a_gigabyte_of_zeros_is_not_read(fleet: Fleet, hostile: GitRepository) -> None:
    with (hostile.path / "docs/decisions/ADR-0002-zeros.md").open("wb") as file:
        file.truncate(2**30)
    hostile.commit()
    found = scan(fleet)
    assert found.status == "ok" and ("document.too_large", "docs/decisions/ADR-0002-zeros.md") in found.problems


def test_submodules_are_not_followed(fleet: Fleet, hostile: GitRepository, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    modules = (
        f'[submodule "docs/adr"]\n\tpath = docs/adr\n\turl = ext::sh -c "touch {marker}"\n\tupdate = !touch {marker}\n'
    )
    hostile.commit({".gitmodules": modules})
    hostile.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},docs/adr")
    hostile.git("commit", "-q", "-m", "x")
    assert scan(fleet).status == "ok"
    assert not marker.exists()


def test_states_of_a_repository(fleet: Fleet, hostile: GitRepository) -> None:
    git = hostile.path / ".git"
    assert scan(fleet).status == "ok"

    (git / "HEAD").write_text("ref: refs/heads/nowhere\n")
    assert scan_again(fleet) == "no_head"
    (git / "HEAD").write_text("not a ref at all\n")
    assert scan_again(fleet) in ("unreadable", "corrupt", "no_head")
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert scan_again(fleet) in ("ok", "unchanged")

    hostile.git("repack", "-q", "-a", "-d")
    [pack] = (git / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    data = pack.read_bytes()
    hostile.commit({"new": "commit"})
    pack.write_bytes(data[:40] + bytes(len(data) - 40))
    assert scan_again(fleet) == "corrupt"
    pack.write_bytes(b"")
    assert scan_again(fleet) in ("corrupt", "unreadable")
    shutil.rmtree(hostile.path)
    assert scan_again(fleet) == "missing"


def scan_again(fleet: Fleet) -> str:
    from orchestrator_assets.catalog import fleet_store
    from orchestrator_assets.fleet.scan import scan as scan_targets

    targets = fleet_store.targets(fleet.engine, ["hostile"])
    return scan_targets(fleet.engine, fleet.settings, targets, "test")[0].status.value


def test_an_empty_repository_is_no_failure(fleet: Fleet) -> None:
    GitRepository.create(fleet.folder / "repos" / "hostile")
    assert scan(fleet).status == "empty"


def test_a_shallow_clone_says_so(fleet: Fleet, repository: object, tmp_path: Path) -> None:
    source = GitRepository.create(tmp_path / "source")
    for number in (1, 2, 3):
        source.commit({f"docs/adr/000{number}-x.md": decision(number)})
    command = ["git", "clone", "-q", "--depth=1", f"file://{source.path}", str(fleet.folder / "repos" / "hostile")]
    subprocess.run(command, env=GIT_ENVIRONMENT, check=True)
    found = scan(fleet)
    assert found.status == "ok" and "repository.shallow" in found.codes and len(found.records) == 3


def test_a_repository_of_another_user_is_read(fleet: Fleet, hostile: GitRepository) -> None:
    import os

    if os.getuid() != 0:
        pytest.skip("needs root, to give a repository to another user; .ci/run has it in a container")
    subprocess.run(["chown", "-R", "65534:65534", str(hostile.path)], check=True)
    assert scan(fleet).status == "ok"


def test_a_file_where_a_repository_is_expected(fleet: Fleet) -> None:
    (fleet.folder / "repos").mkdir(exist_ok=True)
    (fleet.folder / "repos" / "hostile").write_text("no repository")
    assert scan(fleet).status in ("unreadable", "missing")


def test_a_gitfile_that_points_elsewhere(fleet: Fleet, tmp_path: Path) -> None:
    target = fleet.folder / "repos" / "hostile"
    target.mkdir(parents=True)
    (target / ".git").write_text("gitdir: /etc\n")
    assert scan(fleet).status == "unreadable"


def test_a_ref_that_points_in_a_circle(fleet: Fleet, hostile: GitRepository) -> None:
    heads = hostile.path / ".git" / "refs" / "heads"
    (heads / "main").write_text("ref: refs/heads/other\n")
    (heads / "other").write_text("ref: refs/heads/main\n")
    assert scan(fleet).status in ("no_head", "corrupt")


OPENED = ("HEAD", "config", "packed-refs", "refs/heads/main", "commondir", "objects/info/alternates", "shallow",
          "objects/pack/pack-1.idx", "objects/info/commit-graph", "info/grafts", "TREE", "COMMIT", "INCLUDED", "DEVICE")  # fmt: skip


def _plant(made: GitRepository, what: str) -> None:
    """Puts a pipe (or a device) where a repository's own file is expected."""
    git = made.path / ".git"
    objects = {"TREE": "HEAD^{tree}", "COMMIT": "HEAD"}
    place = git / what
    if what in objects:
        oid = made.git("rev-parse", objects[what])
        place = git / "objects" / oid[:2] / oid[2:]
    if what == "INCLUDED":
        place = git / "pipe"
        (git / "config").write_text(f"{(git / 'config').read_text()}[include]\n\tpath = {place}\n")
    if what == "DEVICE":
        (git / "config").unlink()
        (git / "config").symlink_to("/dev/zero")
        return
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)


def test_a_pipe_or_device_where_a_file_is_expected_keeps_nobody_waiting(fleet: Fleet) -> None:
    names = [f"r{number}" for number in range(len(OPENED))]
    for made, what in zip(fleet.make(*names, "honest"), OPENED, strict=False):
        _plant(made, what)
    fleet.register(*names, "honest")
    seen = look(fleet.engine, fleet.settings, time.monotonic() + 10)  # the sensor does not wait either
    assert "honest" in seen.moved
    told = scan_in_a_child(fleet)[0]
    assert {name: row["status"] for name, row in told.items()} == {**dict.fromkeys(names, "unreadable"), "honest": "ok"}

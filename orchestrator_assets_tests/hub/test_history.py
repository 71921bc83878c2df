"""The hub's log, and taking a commit back."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.publish import log, publish, revert
from orchestrator_assets.hub.repository import HubRepository
from orchestrator_assets_tests.hub.samples import publication
from orchestrator_assets_tests.hub.test_publish import Person, count, files, git


@pytest.fixture
def hub(tmp_path: Path) -> HubRepository:
    """A hub that does not exist yet."""
    return HubRepository(str(tmp_path / "home" / "hub.git"), tmp_path / "home" / "hub-work.git")


def test_the_log_is_newest_first_and_limited(hub: HubRepository, tmp_path: Path) -> None:
    first = publication(A_md="1")
    publish(hub, first)
    by_hand = Person(hub, tmp_path / "clone").push({"b": "1"}, message="x\x1b[31m")
    publish(hub, publication("notes", N_md="1"))
    told = log(hub)
    assert [(commit.subject, commit.author) for commit in told] == [
        ("Publish notes", "orchestrator_assets"),
        ("x\\x1b[31m", "Ada"),
        ("Publish decisions", "orchestrator_assets"),
    ]
    assert told[1].id == by_hand
    assert (told[1].key, told[2].key) == (None, first.key)
    assert told[1].date == "2025-06-01T12:00:00+00:00"
    assert log(hub, 2) == told[:2]


def test_a_publication_taken_back_leaves_what_was_before(hub: HubRepository) -> None:
    publish(hub, publication(A_md="1", B_md="1"))
    publish(hub, publication("notes", N_md="1"))
    before = git(hub, "rev-parse", "main^{tree}")
    bad = publish(hub, publication(A_md="2", C_md="new"))
    done = revert(hub, bad.commit)
    assert done.changed and done.paths == (".orchestrator/decisions.json", "A.md", "B.md", "C.md")
    assert git(hub, "rev-parse", "main^{tree}") == before
    assert log(hub)[0].reverts == bad.commit
    assert count(hub) == 4, "nothing is taken out of history"
    assert publish(hub, publication(A_md="3")).replaced == (), "the manifest was taken back with the files"
    assert files(hub) == {"A.md": "3", "N.md": "1"}


def test_the_first_commit_and_a_revert_can_be_taken_back(hub: HubRepository) -> None:
    first = publish(hub, publication(A_md="1"))
    undone = revert(hub, first.commit[:10])
    assert files(hub) == {}
    revert(hub, undone.commit)
    assert files(hub) == {"A.md": "1"}
    assert not publish(hub, publication(A_md="1")).changed


def test_later_changes_of_other_files_are_kept(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1", B_md="1"))
    bad = publish(hub, publication(A_md="2", B_md="1"))
    publish(hub, publication(A_md="2", B_md="2"))
    Person(hub, tmp_path / "clone").push({"README.md": "hello"})
    revert(hub, bad.commit)
    assert files(hub) == {"A.md": "1", "B.md": "2", "README.md": "hello"}
    assert not publish(hub, publication(A_md="1", B_md="2")).changed, "the manifest tells of what stands there"


def test_what_was_edited_since_is_not_taken_back(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1", B_md="1"))
    bad = publish(hub, publication(A_md="2", B_md="2"))
    edit = Person(hub, tmp_path / "clone").push({"B.md": "edited"}, message="better")
    publish(hub, publication("notes", N_md="1"))
    with pytest.raises(HubError, match=rf"B\.md was changed since, by {edit[:12]} \(better\)"):
        revert(hub, bad.commit)
    assert files(hub)["A.md"] == "2", "nothing of it is taken back"
    assert count(hub) == 4


def test_a_commit_is_taken_back_once(hub: HubRepository) -> None:
    publish(hub, publication(A_md="1"))
    bad = publish(hub, publication(A_md="2"))
    undone = revert(hub, bad.commit)
    with pytest.raises(HubError, match=f"changed since, by {undone.commit[:12]}"):
        revert(hub, bad.commit)


def test_a_commit_of_a_person_can_be_taken_back_with_modes_and_deletions(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    person = Person(hub, tmp_path / "clone")
    script = person.clone.path / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    person.push({})
    tree = git(hub, "rev-parse", "main^{tree}")
    bad = person.push({"x/y/z": "1", "A.md": "2"}, remove=("run.sh",))
    revert(hub, bad)
    assert git(hub, "rev-parse", "main^{tree}") == tree


def test_commits_that_are_not_there_are_refused(hub: HubRepository, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no commit abcdef12 at the hub"):
        revert(hub, "abcdef12")
    publish(hub, publication(A_md="1"))
    blob = git(hub, "rev-parse", "main:A.md").strip()
    other = HubRepository(str(tmp_path / "other.git"), tmp_path / "home" / "hub-work.git")
    elsewhere = publish(other, publication(Z_md="1")).commit
    for name in ("0" * 40, blob, elsewhere, elsewhere[:8]):
        with pytest.raises(HubError, match="no commit"):
            revert(hub, name)
    for name in ("main", "HEAD", "--all", "abc", "", "a\x1b[31m"):
        with pytest.raises(HubError, match="is no commit id"):
            revert(hub, name)
    assert count(hub) == 1


def test_merges_and_empty_commits_are_refused(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    person = Person(hub, tmp_path / "clone")
    empty = person.push({})
    with pytest.raises(HubError, match="changed no file"):
        revert(hub, empty)
    person.clone.git("checkout", "-q", "-b", "side")
    person.clone.commit({"s": "1"})
    person.clone.git("checkout", "-q", "main")
    person.clone.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    person.clone.git("push", "-q", "origin", "HEAD:main")
    with pytest.raises(HubError, match="is a merge"):
        revert(hub, person.clone.git("rev-parse", "HEAD"))

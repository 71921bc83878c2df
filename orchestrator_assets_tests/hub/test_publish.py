"""Publishing to a hub: one commit per change, none without, nothing of others lost."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator_assets.hub import repository, trees
from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.publish import TRIES, Publication, log, publish, revert
from orchestrator_assets.hub.repository import HubRepository, Workbench
from orchestrator_assets_tests.hub.samples import AS_OF, SOURCES, publication
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

Make = Callable[[str], GitRepository]


@pytest.fixture
def hub(tmp_path: Path) -> HubRepository:
    """A hub that does not exist yet."""
    return HubRepository(str(tmp_path / "home" / "hub.git"), tmp_path / "home" / "hub-work.git")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once."""
    monkeypatch.setattr(repository, "_FIRST_WAIT", 0.0)


class Person:
    """Somebody with a clone of the hub."""

    def __init__(self, hub: HubRepository, folder: Path) -> None:
        subprocess.run(["git", "clone", "-q", hub.url, str(folder)], env=GIT_ENVIRONMENT, check=True)
        self.clone = GitRepository(folder)

    def push(self, files: dict[str, str | bytes], remove: tuple[str, ...] = (), message: str = "by hand") -> str:
        self.clone.git("pull", "-q", "--ff-only", "origin", "main")
        commit = self.clone.commit(files, remove=remove, message=message)
        self.clone.git("push", "-q", "origin", "HEAD:main")
        return commit


def git(hub: HubRepository, *arguments: str) -> str:
    command = ["git", f"--git-dir={hub.url}", *arguments]
    return subprocess.run(command, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def files(hub: HubRepository, commit: str = "main") -> dict[str, str]:
    """Path -> text of the hub's files, without manifests."""
    names = git(hub, "ls-tree", "-r", "--name-only", commit).split()
    return {name: git(hub, "show", f"{commit}:{name}") for name in names if not name.startswith(".orchestrator/")}


def count(hub: HubRepository) -> int:
    return int(git(hub, "rev-list", "--count", "main"))


def test_the_first_publication_makes_the_hub(hub: HubRepository) -> None:
    assert log(hub) == []
    done = publish(hub, publication(INDEX_md="one", index_json="{}"))
    assert done.changed
    assert done.commit == git(hub, "rev-parse", "main").strip()
    assert files(hub) == {"INDEX.md": "one", "index.json": "{}"}
    assert git(hub, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git(hub, "config", "receive.fsckObjects").strip() == "true"
    assert git(hub, "fsck", "--strict") == ""


def test_a_commit_tells_its_sources_and_its_key(hub: HubRepository) -> None:
    made = publication(INDEX_md="one")
    publish(hub, made)
    message = git(hub, "log", "-1", "--format=%B")
    assert message.startswith("Publish decisions\n\nSources:\nalpha aaaa")
    assert f"beta {'b' * 40}" in message
    trailer = git(hub, "log", "-1", "--format=%(trailers:key=Publish-Key,valueonly)")
    assert trailer.strip() == made.key
    who = git(hub, "log", "-1", "--format=%an|%cn|%aI|%cI").strip()
    assert who == "orchestrator_assets|orchestrator_assets|2025-06-01T10:00:00+00:00|2025-06-01T10:00:00+00:00"


def test_a_hostile_repository_name_forges_no_trailer(hub: HubRepository) -> None:
    made = Publication("decisions", {"a": b"1"}, {"x\n\nPublish-Key: forged\n": "c" * 40}, AS_OF)
    publish(hub, made)
    assert [commit.key for commit in log(hub)] == [made.key]


def test_unchanged_content_makes_no_commit(hub: HubRepository, tmp_path: Path) -> None:
    first = publish(hub, publication(INDEX_md="one"))
    other_sources = Publication("decisions", {"INDEX.md": b"one"}, {"alpha": "c" * 40}, "2026-01-01T00:00:00Z")
    again = publish(hub, other_sources)
    assert (again.changed, again.commit, again.paths) == (False, first.commit, ())
    newcomer = HubRepository(hub.url, tmp_path / "other-home" / "work.git")
    assert not publish(newcomer, publication(INDEX_md="one")).changed, "whoever publishes it"
    assert count(hub) == 1


def test_content_that_returns_is_published_again(hub: HubRepository) -> None:
    keys = []
    for text in ("A", "B", "A"):
        made = publication(INDEX_md=text)
        assert publish(hub, made).changed
        keys.append(made.key)
    assert keys[0] == keys[2] != keys[1]
    assert [commit.key for commit in log(hub)] == keys[::-1]
    assert files(hub) == {"INDEX.md": "A"}


def test_the_same_publications_give_the_same_commits(tmp_path: Path) -> None:
    tips = []
    for name in ("one", "two"):
        made = HubRepository(str(tmp_path / name / "hub.git"), tmp_path / name / "work.git")
        publish(made, publication(INDEX_md="A"))
        tips.append(publish(made, publication(INDEX_md="B")).commit)
    assert tips[0] == tips[1]


def test_files_no_longer_published_go_and_those_of_others_stay(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication("one", A_md="1", B_md="1"))
    publish(hub, publication("two", C_md="1"))
    Person(hub, tmp_path / "clone").push({"README.md": "hello", "docs/notes.txt": "x"})
    done = publish(hub, publication("one", A_md="2"))
    assert done.paths == (".orchestrator/one.json", "A.md", "B.md")
    assert files(hub) == {"A.md": "2", "C.md": "1", "README.md": "hello", "docs/notes.txt": "x"}
    assert count(hub) == 4, "each of the four commits is kept"


def test_a_hand_edit_of_a_published_file_is_replaced_and_told(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1", B_md="1"))
    Person(hub, tmp_path / "clone").push({"A.md": "edited", "B.md": "edited too"})
    done = publish(hub, publication(A_md="1"))
    assert done.changed and done.replaced == ("A.md",)
    assert "Replaced, though others had written them:\nA.md" in git(hub, "log", "-1", "--format=%B")
    assert files(hub) == {"A.md": "1", "B.md": "edited too"}, "what is no longer ours and was edited stays"
    assert publish(hub, publication(A_md="2")).replaced == ()


def test_a_file_that_stood_there_before_is_replaced_and_told(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication("other", X_md="1"))
    Person(hub, tmp_path / "clone").push({"A.md": "by hand"})
    assert publish(hub, publication(A_md="1")).replaced == ("A.md",)


def test_names_that_are_no_text_survive(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    person = Person(hub, tmp_path / "clone")
    Path(os.fsdecode(os.fsencode(person.clone.path) + b"/caf\xe9.md")).write_text("latin")
    commit = person.push({"müsli.md": "oats"})
    publish(hub, publication(A_md="2"))
    assert '"caf\\351.md"' in git(hub, "ls-tree", "-r", "--name-only", "main").split()
    with pytest.raises(HubError, match="not UTF-8"):
        revert(hub, commit)


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", '{"files": ["README.md"]}', '{"files": {"../x": "y", ".git/config": "z"}}']
)
def test_a_damaged_manifest_removes_nothing(hub: HubRepository, tmp_path: Path, text: str) -> None:
    publish(hub, publication(A_md="1", B_md="1"))
    Person(hub, tmp_path / "clone").push({".orchestrator/decisions.json": text, "README.md": "mine"})
    publish(hub, publication(A_md="2"))
    assert files(hub) == {"A.md": "2", "B.md": "1", "README.md": "mine"}


def test_a_manifest_that_claims_a_foreign_file_does_not_remove_it(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    claim = '{"files": {"README.md": "' + "0" * 40 + '"}}'
    Person(hub, tmp_path / "clone").push({".orchestrator/decisions.json": claim, "README.md": "mine"})
    publish(hub, publication(A_md="2"))
    assert files(hub)["README.md"] == "mine"


def test_a_folder_in_the_way_is_an_error_not_a_loss(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication("other", X_md="1"))
    Person(hub, tmp_path / "clone").push({"A.md/keep.txt": "x", "data": "a file"})
    with pytest.raises(HubError, match=r"A\.md is a folder"):
        publish(hub, publication(A_md="1"))
    with pytest.raises(HubError, match="data is a file at the hub"):
        publish(hub, Publication("decisions", {"data/index.json": b"{}"}, SOURCES, AS_OF))
    assert count(hub) == 2


def test_a_file_of_ours_may_become_a_folder(hub: HubRepository) -> None:
    publish(hub, Publication("p", {"data": b"1"}, SOURCES, AS_OF))
    publish(hub, Publication("p", {"data/index.json": b"2"}, SOURCES, AS_OF))
    assert files(hub) == {"data/index.json": "2"}
    assert git(hub, "fsck", "--strict") == ""


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../x", "a/../../x", ".git/config", "sub/.GIT/hooks/x", "a//b", "", ".", ".orchestrator/x.json",
     ".Orchestrator/x", "a\nb", "a\0b", "a\\b", "a\u202eb"],
)  # fmt: skip
def test_paths_that_may_not_be_published_to(hub: HubRepository, path: str) -> None:
    with pytest.raises(HubError, match="may not publish to"):
        publish(hub, Publication("p", {path: b"x"}, SOURCES, AS_OF))
    assert not Path(hub.url).exists()


def test_a_foreign_commit_between_reading_and_pushing_is_built_upon(
    hub: HubRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    publish(hub, publication(A_md="1"))
    person = Person(hub, tmp_path / "clone")
    original, races = Workbench.push, iter(range(3))

    def push(bench: Workbench, commit: str, tip: str | None) -> str | None:
        for race in races:
            person.push({f"f{race}": "x"})
            break
        return original(bench, commit, tip)

    monkeypatch.setattr(Workbench, "push", push)
    assert publish(hub, publication(A_md="2")).changed
    assert files(hub) == {"A.md": "2", "f0": "x", "f1": "x", "f2": "x"}
    assert count(hub) == 5


def test_a_race_that_is_always_lost_ends_with_an_error(
    hub: HubRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    publish(hub, publication(A_md="1"))
    tries: list[str] = []

    def push(bench: Workbench, commit: str, tip: str | None) -> str | None:
        tries.append(commit)
        return "stale info"

    monkeypatch.setattr(Workbench, "push", push)
    with pytest.raises(HubError, match=r"in 8 tries \(stale info\)"):
        publish(hub, publication(A_md="2"))
    assert len(tries) == TRIES


def test_the_lease_protects_a_branch_that_appeared_or_moved_meanwhile(hub: HubRepository) -> None:
    first = publish(hub, publication(A_md="1")).commit
    second = publish(hub, publication(A_md="2")).commit
    with hub.opened() as bench:
        unrelated = trees.make_commit(bench.objects, None, {}, "unrelated", 0)
        assert bench.push(unrelated, None) is not None, "it was thought not to exist"
        assert bench.push(unrelated, first) is not None, "it was thought to stand elsewhere"
        assert bench.tip() == second


def test_an_unreachable_hub_is_a_clear_error(tmp_path: Path) -> None:
    away = HubRepository("https://127.0.0.1:1/team/hub.git", tmp_path / "work.git")
    for ask in (lambda: publish(away, publication(A_md="1")), lambda: log(away), lambda: revert(away, "abcdef12")):
        with pytest.raises(
            HubError, match=r"https://127\.0\.0\.1:1/team/hub\.git does not answer: .*ORCHESTRATOR_HUB_URL"
        ):
            ask()


@pytest.mark.parametrize("url", ["ext::sh -c true", "--upload-pack=x", "https://ada:hunter2@host/x", "git://host/x"])
def test_hubs_that_are_not_published_to(url: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="ORCHESTRATOR_HUB_URL") as raised:
        HubRepository(url, tmp_path / "work.git")
    assert "hunter2" not in str(raised.value)


def test_a_branch_that_is_an_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="ORCHESTRATOR_HUB_BRANCH"):
        HubRepository(str(tmp_path / "hub.git"), tmp_path / "work.git", "--force")


def test_a_hub_that_is_no_repository_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "thesis.txt").write_text("x")
    with pytest.raises(HubError, match="does not appear to be a git repository"):
        publish(HubRepository(str(folder), tmp_path / "work.git"), publication(A_md="1"))
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_refusal_by_the_hub_is_told_at_once(hub: HubRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(hub, publication(A_md="1"))
    hook = Path(hub.url) / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho closed for the holidays >&2\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setattr(Workbench, "wait", lambda *_: pytest.fail("another try cannot help"))
    with pytest.raises(HubError, match="closed for the holidays"):
        publish(hub, publication(A_md="2"))


def test_the_lock_of_a_killed_push_is_removed_from_our_own_hub(hub: HubRepository, quick: None) -> None:
    publish(hub, publication(A_md="1"))
    lock = Path(hub.url) / "refs" / "heads" / "main.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60,) * 2)
    assert publish(hub, publication(A_md="2")).changed
    assert not lock.exists()


def test_a_fresh_lock_is_respected(hub: HubRepository, quick: None) -> None:
    publish(hub, publication(A_md="1"))
    lock = Path(hub.url) / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(HubError, match="did not take the commit"):
        publish(hub, publication(A_md="2"))
    assert lock.exists()
    assert count(hub) == 1


def test_the_private_repository_is_only_a_cache(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    work = tmp_path / "home" / "hub-work.git"
    (work / "HEAD").write_text("")
    assert publish(hub, publication(A_md="2")).changed
    (work / "refs" / "hub" / "main.lock").touch()
    assert publish(hub, publication(A_md="3")).changed
    assert count(hub) == 3


def test_a_fetched_commit_without_its_tree_is_not_built_upon(hub: HubRepository, tmp_path: Path) -> None:
    """A killed fetch may leave the commit object and not what it names."""
    publish(hub, publication(A_md="1"))
    person = Person(hub, tmp_path / "clone")
    tip = person.push({"b": "1"})
    loose = tmp_path / "home" / "hub-work.git" / "objects" / tip[:2] / tip[2:]
    loose.parent.mkdir(exist_ok=True)
    loose.write_bytes((person.clone.path / ".git" / "objects" / tip[:2] / tip[2:]).read_bytes())
    assert publish(hub, publication(A_md="2")).changed
    assert files(hub) == {"A.md": "2", "b": "1"}


def test_another_branch_and_a_file_url(hub: HubRepository, tmp_path: Path) -> None:
    publish(hub, publication(A_md="1"))
    side = HubRepository(f"file://{hub.url}", tmp_path / "home" / "hub-work.git", "team/indexes")
    publish(side, publication(A_md="side"))
    assert files(hub, "team/indexes") == {"A.md": "side"}
    assert files(hub) == {"A.md": "1"}


def test_an_empty_folder_becomes_the_hub(tmp_path: Path) -> None:
    folder = tmp_path / "hub.git"
    folder.mkdir()
    assert publish(HubRepository(str(folder), tmp_path / "work.git"), publication(A_md="1")).changed


def test_without_a_source_the_commit_has_no_date(hub: HubRepository) -> None:
    publish(hub, Publication("p", {"A.md": b"1"}, {}, None))
    assert log(hub)[0].date == "1970-01-01T00:00:00+00:00"
    assert git(hub, "fsck", "--strict") == ""

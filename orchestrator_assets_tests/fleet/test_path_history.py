"""Dating documents: every answer must be that of `git log -- PATH`, in full and step by step."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator_assets.fleet.history import read_history
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.fleet.path_history import Dated, date_paths
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository, corpus

Make = Callable[[str], GitRepository]


def by_git(path: Path, head: str, name: bytes) -> tuple[str, str]:
    log = subprocess.run(
        ["git", "log", "--format=%H", head, "--", b":(literal)" + name],
        cwd=path, env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return log[-1], log[0]


def files_at(store: ObjectStore, commit: str) -> list[bytes]:
    listing = store.listing(store.tree_of(commit), 10_000, 50)
    return [listing.raw(path) for path in listing.files]


def ids(dated: Dated) -> tuple[str | None, str | None]:
    return dated.first and dated.first.id, dated.last and dated.last.id


def test_a_file_that_went_and_came_back_keeps_its_first_commit(repository: Make) -> None:
    made = repository("a")
    first = made.commit({"a.md": "1", "b.md": "1"}, date="2025-01-01T00:00:00+00:00")
    gone = made.commit(remove=["a.md"], date="2025-01-02T00:00:00+00:00")
    back = made.commit({"a.md": "2"}, date="2025-01-03T00:00:00+00:00")
    store = ObjectStore(made.path)
    assert ids(date_paths(store, back, [b"a.md"], {}, None)[b"a.md"]) == (first, back)
    known = date_paths(store, gone, [b"b.md"], {}, None)
    later = date_paths(store, back, [b"a.md", b"b.md"], known, gone)
    assert ids(later[b"a.md"]) == (first, back)
    assert ids(later[b"b.md"]) == (first, first)


def test_a_shallow_clone_does_not_invent_a_first_commit(repository: Make, tmp_path: Path) -> None:
    made = repository("deep")
    made.commit({"a.md": "1"})
    made.commit({"b.md": "1"})
    last = made.commit({"b.md": "2"})
    clone = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "2", f"file://{made.path}", str(clone)], env=GIT_ENVIRONMENT, check=True
    )
    store = ObjectStore(clone)
    dated = date_paths(store, last, [b"a.md", b"b.md"], {}, None)
    assert ids(dated[b"a.md"]) == (None, None)
    assert dated[b"b.md"].last is not None and dated[b"b.md"].last.id == last


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_with_merges_agree_with_git(repository: Make, seed: int) -> None:
    chance = random.Random(seed)
    made = repository("random")
    names = [f"docs/{letter}/{n}.md" for letter in "ab" for n in range(3)]
    day = 0

    def date() -> str:
        nonlocal day
        day += 1
        return f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}T00:00:00+00:00"

    made.commit(dict.fromkeys(names, "0"), date=date())
    heads = [made.git("rev-parse", "HEAD")]
    for step in range(25):
        if chance.random() < 0.3:
            made.git("checkout", "-q", "-B", "side", chance.choice(heads))
            made.commit({chance.choice(names): f"side {step}"}, date=date())
            made.git("checkout", "-q", "main")
            try:
                made.git("merge", "-q", "-X", "ours", "-m", "merge", "side", date=date())
            except subprocess.CalledProcessError:  # changed on one side, removed on the other
                made.commit(date=date(), message="merge with a conflict settled")
        elif chance.random() < 0.2 and (made.path / names[0]).exists():
            made.commit(remove=[names[0]], date=date())
        else:
            made.commit({chance.choice(names): f"step {step}"}, date=date())
        heads.append(made.git("rev-parse", "HEAD"))
    store = ObjectStore(made.path)
    known: dict[bytes, Dated] = {}
    at = None
    for head in heads:
        files = files_at(store, head)
        known, at = date_paths(store, head, files, known, at), head
        whole = date_paths(store, head, files, {}, None)
        assert known == whole
    for name in files_at(store, heads[-1]):
        assert ids(known[name]) == by_git(made.path, heads[-1], name), name


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["semops-core", "renderx", "axpona-pr", "semops-docs"])
def test_real_documents_are_dated_as_git_dates_them(name: str, tmp_path: Path) -> None:
    bundle = corpus() / "corpus" / f"{name}.bundle"
    subprocess.run(
        ["git", "clone", "-q", "-b", "main", str(bundle), str(tmp_path / name)], env=GIT_ENVIRONMENT, check=True
    )
    store = ObjectStore(tmp_path / name)
    head = store.resolve(None).commit
    files = [path for path in files_at(store, head) if path.endswith(b".md")][:60]
    dated = date_paths(store, head, files, {}, None)
    assert {path: ids(dated[path]) for path in files} == {path: by_git(store_path(store), head, path) for path in files}


def store_path(store: ObjectStore) -> Path:
    return Path(store.pygit2.path)


def test_history_facts_are_the_same_step_by_step(repository: Make) -> None:
    made = repository("a")
    heads = [made.commit({"a": str(n)}, date=f"2025-0{1 + n % 9}-01T00:00:00+02:00") for n in range(12)]
    store = ObjectStore(made.path)
    known = None
    for head in heads:
        known = read_history(store, head, known)
    assert known == read_history(store, heads[-1], None)
    assert known is not None and (known.commits, known.roots) == (12, [heads[0]])
    made.git("reset", "-q", "--hard", heads[3])
    other = made.commit({"b": "1"})
    assert read_history(ObjectStore(made.path), other, known).commits == 5, "a force-push starts the count over"

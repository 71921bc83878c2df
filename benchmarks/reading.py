"""One large repository: listing and reading against git's own plumbing, a cold scan by its parts, rescans."""

from __future__ import annotations

from pathlib import Path

import git as gitpython
from sqlalchemy import Engine

from benchmarks import fleets
from benchmarks.measure import Row, median, ratio
from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.fleet.history import read_history
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.fleet.path_history import date_paths
from orchestrator_assets.fleet.scan import scan
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.settings import Settings

SUFFIXES = (".md", ".json", ".yaml")


def measure(folder: Path, engine: Engine, settings: Settings, files: int) -> list[Row]:
    """Points 1 and 2 of what is to be measured."""
    repository = fleets.large(folder / "repos", files)
    rows = _reading(repository)
    fleets.registry(settings.fleet_path, [repository])
    sync_fleet(engine, settings)
    return rows + _scanning(repository, engine, settings, rows)


def _reading(repository: Path) -> list[Row]:
    def ours() -> int:
        store = ObjectStore(repository)
        listing = store.listing(store.tree_of(store.resolve(None).commit), 10**6, 64)
        chosen = [entry.blob for path, entry in listing.files.items() if path.endswith(SUFFIXES)]
        return sum(len(store.read(blob)) for blob in chosen if (store.size(blob) or 0) < 2**20)

    def floor() -> int:
        rows = fleets.git("ls-tree", "-r", "-z", "HEAD", cwd=repository).split(b"\0")
        blobs = [row.split(b" ", 2)[2][:40] for row in rows if row.endswith(tuple(s.encode() for s in SUFFIXES))]
        return len(fleets.git("cat-file", "--batch", cwd=repository, stdin=b"\n".join(blobs)))

    def by_gitpython() -> int:
        tree = gitpython.Repo(repository).head.commit.tree
        return sum(
            len(item.data_stream.read())
            for item in tree.traverse()
            if item.type == "blob" and item.path.endswith(SUFFIXES)
        )

    mine, plumbing, times = ratio(ours, floor)
    _, _, other = ratio(by_gitpython, floor, 3)
    return [
        Row(
            "1",
            "list and read all documents, sizes checked",
            f"{mine * 1000:.0f} ms, {times:.2f} times the floor",
            "1.3",
        ),
        Row("1", "floor: `git ls-tree -r -z` + `git cat-file --batch`", f"{plumbing * 1000:.0f} ms"),
        Row("1", "the same by GitPython", f"{other:.2f} times the floor"),
    ]


def _scanning(repository: Path, engine: Engine, settings: Settings, before: list[Row]) -> list[Row]:
    floor = float(before[1].result.split()[0]) / 1000
    [result] = scan(engine, settings, fleet_store.targets(engine), "benchmark")
    parts = sorted(result.parts.items(), key=lambda item: -item[1])
    share = ", ".join(
        f"{name} {100 * seconds / result.seconds:.0f} %" for name, seconds in parts if seconds > 0.01 * result.seconds
    )
    rows = [
        Row(
            "1",
            "cold scan with parsing and storing",
            f"{result.seconds * 1000:.0f} ms, {result.seconds / floor:.1f} times the floor",
            "5",
        ),
        Row("1", "its parts", share),
    ]
    changed = []
    for number in range(10):
        fleets.push(repository, 90_001 + number)
        [again] = scan(engine, settings, fleet_store.targets(engine), "benchmark")
        changed.append(again.seconds)
    changed.sort()
    last = ", ".join(
        f"{name} {seconds * 1000:.0f}" for name, seconds in sorted(again.parts.items(), key=lambda i: -i[1])[:6]
    )
    rows.append(
        Row(
            "2",
            "rescan, one file changed: median and worst of 10",
            f"{changed[4] * 1000:.0f} ms, {changed[-1] * 1000:.0f} ms",
            "50 ms",
        )
    )
    rows.append(Row("2", "its parts in the last of them, ms", last))
    store = ObjectStore(repository)
    head = store.resolve(None).commit
    old = fleets.git("rev-parse", "HEAD~1", cwd=repository).decode().strip()
    known = read_history(store, old, None)
    listing = store.listing(store.tree_of(head), 10**6, 64)
    paths = [path.encode() for path in listing.files if path.startswith("docs/")]
    dated = date_paths(store, old, [path for path in paths if b"90010" not in path], {}, None)
    rows.append(
        Row(
            "2",
            "history facts: from scratch, from the commit before",
            f"{median(lambda: read_history(store, head, None)) * 1000:.1f} ms, {median(lambda: read_history(store, head, known)) * 1000:.2f} ms",
        )
    )
    rows.append(
        Row(
            "2",
            f"dates of {len(paths)} documents: one walk over everything, from the commit before",
            f"{median(lambda: date_paths(store, head, paths, {}, None)) * 1000:.0f} ms, {median(lambda: date_paths(store, head, paths[:-1], dated, old)) * 1000:.0f} ms",
        )
    )
    return rows

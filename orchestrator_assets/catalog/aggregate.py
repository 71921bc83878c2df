"""Building a cross-repository index: counted, reconciled, rendered, kept.

The counting here is generic; what an index says beyond totals is its kind's business.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from orchestrator_assets.catalog import index_store
from orchestrator_assets.catalog.index_store import BuiltIndex
from orchestrator_assets.diagrams.svg import svg
from orchestrator_assets.kinds import Coverage, DocumentKind, Index, IndexedRecord, IndexInput, kind_of_index
from orchestrator_assets.problems import LocatedProblem, Problem, ProblemCode, Severity, Sort

NOT_RECONCILED = ProblemCode(
    "index.not_reconciled",
    Severity.ERROR,
    "{what}: {left} is not {right}",
    "this is a defect of orchestrator_assets: report it; the last good index stays published",
    Sort.INTEGRITY,
)
COVERAGE_FELL = ProblemCode(
    "index.coverage_fell",
    Severity.ERROR,
    "{repository} was in the last index and is not in this one, though the registry still names it",
    "scan it again; if it is gone for good, move it to deprecated: in the registry",
    Sort.INTEGRITY,
)
READS_BLOCKED = ProblemCode(
    "index.reads_blocked",
    Severity.ERROR,
    "made from {index}, which is held back: {message}",
    "settle that problem; this index follows by itself",
    Sort.INTEGRITY,
)
CODES = (NOT_RECONCILED, COVERAGE_FELL, READS_BLOCKED)


@dataclass(frozen=True, slots=True)
class Build:
    """An index just built. `changed` is whether its rendered files differ from the last build's; `before` is that
    build (None: this is the first). `integrity` problems, those of the index included, keep it from being
    published."""

    index: Index
    files: dict[str, bytes]
    digest: str
    changed: bool
    before: BuiltIndex | None
    as_of: str | None
    integrity: tuple[LocatedProblem, ...]


def build_index(engine: Engine, kind: DocumentKind, keep: bool = True) -> Build:
    """Builds one kind's index from the catalog as it stands at one moment. With `keep`, it becomes the index to be
    published, unless an integrity problem says that it must not: then the last good files stay and the problem is
    kept with them."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        found = index_store.load_input(connection, kind)
        as_of = index_store.newest_source(connection)
        upstream = [
            LocatedProblem(READS_BLOCKED.at(index=name, message=item.problem.message), item.repository)
            for name in kind.reads
            for item in index_store.integrity_problems(connection, kind_of_index(name))
        ]
    last = index_store.load_built(engine, kind.index)
    index = assemble(kind, found)
    ours = [LocatedProblem(item) for item in (*reconcile(index), *coverage_lost(index, last))]
    files = rendered(kind, index)
    digest = digest_of(files)
    integrity = (*ours, *upstream, *integrity_of(index.problems))
    build = Build(index, files, digest, last is None or last.digest != digest, last, as_of, integrity)
    if keep:
        _keep(engine, build, last)
    return build


def assemble(kind: DocumentKind, found: IndexInput) -> Index:
    """The index of an input: totals counted, the kind's own problems and extras added."""
    more, extras = kind.index_of(found)
    problems = sorted([*found.problems, *more], key=lambda item: item.order)
    totals = count(found.coverage, found.records)
    return Index(kind.index, found.coverage, found.records, tuple(problems), totals, extras)


def rendered(kind: DocumentKind, index: Index) -> dict[str, bytes]:
    """The files that an index is published as: what the kind renders, and its pictures."""
    texts = {
        **kind.render(index),
        **{f"{kind.index}-{name}.svg": svg(picture) for name, picture in kind.diagrams(index).items()},
    }
    return {path: text.encode() for path, text in sorted(texts.items())}


def count(coverage: Sequence[Coverage], records: Sequence[IndexedRecord]) -> dict[str, Any]:
    """The totals of an index. Units: repositories, documents (files), records; `by_status` and `by_repo` count
    records; a record without a status counts as "none"."""
    by_status = Counter(str(getattr(item.payload, "status", None) or "none") for item in records)
    by_repo = Counter(item.repository for item in records)
    return {
        "repositories": len(coverage),
        "repositories_failed": sum(item.failed for item in coverage),
        "documents_found": sum(item.found for item in coverage),
        "documents_parsed": sum(item.parsed for item in coverage),
        "documents_refused": sum(item.refused for item in coverage),
        "records": len(records),
        "by_status": dict(sorted(by_status.items())),
        "by_repo": {item.repository: by_repo.get(item.repository, 0) for item in coverage},
    }


def reconcile(index: Index) -> list[Problem]:
    """Whether the totals add up, recounted from the parts in another way than `count` took."""
    totals, places_of = index.totals, {(r.repository, r.path, r.ordinal) for r in index.records}
    handled = totals["documents_parsed"] + totals["documents_refused"]
    sums: list[tuple[str, int, int]] = [
        ("documents found = parsed + refused", totals["documents_found"], handled),
        ("records by status", sum(totals["by_status"].values()), len(index.records)),
        ("records by repository", sum(totals["by_repo"].values()), len(index.records)),
        ("records have distinct places", len(places_of), len(index.records)),
    ]  # fmt: skip
    paths: dict[str, set[str]] = {}
    for record in index.records:
        paths.setdefault(record.repository, set()).add(record.path)
    for item in index.coverage:
        number = len(paths.get(item.repository, ()))
        if number > item.parsed:
            sums.append((f"{item.repository}: documents with records within documents parsed", number, item.parsed))
    return [NOT_RECONCILED.at(what=what, left=left, right=right) for what, left, right in sums if left != right]


def coverage_lost(index: Index, last: BuiltIndex | None) -> list[Problem]:
    """Repositories that the last index spoke of, that the registry still names, and that this one has nothing of."""
    have = {item.repository: item.commit for item in index.coverage}
    lost = [name for name in (last.sources if last else {}) if name in have and have[name] is None]
    return [COVERAGE_FELL.at(repository=name) for name in lost]


def sources(index: Index) -> dict[str, str]:
    """Repository -> commit that the index was built from."""
    return {item.repository: item.commit for item in index.coverage if item.commit}


def as_json(index: Index) -> dict[str, Any]:
    """The index as `orchestrator index KIND --json` prints it."""
    return {
        "index": index.name,
        "commits": sources(index),
        "records": [record.as_json() for record in index.records],
        "problems": [problem.as_json() for problem in index.problems],
        "totals": index.totals,
        "extras": index.extras,
    }


def places(index: Index) -> dict[str, str]:
    """Place of each record -> what identifies its content, to tell what changed between two builds."""
    return {f"{r.repository}:{r.path}#{r.ordinal}": f"{r.blob}:{r.line}" for r in index.records}


def digest_of(files: dict[str, bytes]) -> str:
    """Digest of rendered files: names and contents."""
    summed = hashlib.sha256()
    for path, content in sorted(files.items()):
        summed.update(f"{len(path)}:{path}{len(content)}:".encode() + content)
    return summed.hexdigest()


def integrity_of(problems: Iterable[LocatedProblem]) -> list[LocatedProblem]:
    """The integrity problems among problems."""
    return [item for item in problems if item.problem.sort is Sort.INTEGRITY]


def _keep(engine: Engine, build: Build, last: BuiltIndex | None) -> None:
    name = build.index.name
    if build.integrity and last is not None:
        kept = BuiltIndex(name, last.digest, last.totals, last.sources, last.as_of, last.places, list(build.integrity))
        index_store.save_built(engine, kept, index_store.load_files(engine, name))
        return
    built = BuiltIndex(
        name,
        build.digest,
        build.index.totals,
        sources(build.index),
        build.as_of,
        places(build.index),
        list(build.integrity),
    )
    index_store.save_built(engine, built, build.files)


def difference(build: Build) -> dict[str, Any]:
    """What an index gained, lost and changed against the last one, by number and with the first few places."""
    now, then = places(build.index), build.before.places if build.before else {}
    added, removed = sorted(now.keys() - then.keys()), sorted(then.keys() - now.keys())
    altered = sorted(place for place in now.keys() & then.keys() if now[place] != then[place])
    return {
        "first_build": build.before is None,
        "added": len(added),
        "removed": len(removed),
        "altered": len(altered),
        "examples": [*(f"+ {place}" for place in added[:5]), *(f"- {place}" for place in removed[:5]),
                     *(f"~ {place}" for place in altered[:5])],
    }  # fmt: skip

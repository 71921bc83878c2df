"""All problems as they stand now, and the registry of all codes."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Engine

from orchestrator_assets.catalog import aggregate, fleet_store, index_store, snapshot_store
from orchestrator_assets.fleet import problems as registry_problems
from orchestrator_assets.fleet import scan_problems
from orchestrator_assets.fleet.scan import failed_repositories
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.kinds import kinds
from orchestrator_assets.problems import LocatedProblem, ProblemCode
from orchestrator_assets.settings import Settings


@cache
def all_codes() -> dict[str, ProblemCode]:
    """Every problem code there is, by code."""
    shared = (*registry_problems.REGISTRY_CODES, *scan_problems.CODES, *aggregate.CODES)
    codes = [*shared, *(code for kind in kinds() for code in kind.codes)]
    found = {code.code: code for code in codes}
    assert len(found) == len(codes), "two problem codes share a name"
    return dict(sorted(found.items()))


def current_problems(engine: Engine, settings: Settings, indexes: list[str]) -> list[LocatedProblem]:
    """Every problem there is now, by place: of the registry as it is on disk, of the repositories, and of every
    index built from the catalog. With `indexes`, only those of the named indexes and of the indexes made from them."""
    found: list[LocatedProblem] = []
    if not indexes:
        found += [LocatedProblem(item) for item in sync_fleet(engine, settings).problems]
        found += failed_repositories(fleet_store.targets(engine))
        found += index_store.repository_problems(engine, [snapshot_store.REPOSITORY_SCOPE])
    for kind in kinds():
        if not indexes or kind.index in indexes or not set(kind.reads).isdisjoint(indexes):
            build = aggregate.build_index(engine, kind, keep=False)
            found += [*build.index.problems, *(item for item in build.integrity if item not in build.index.problems)]
    return sorted(found, key=lambda item: item.order)

"""Keeping what we store small and fast: mirrors are packed, and rows go that nothing will ask for again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from orchestrator_assets.catalog import upkeep_store
from orchestrator_assets.catalog.fleet_store import fleet
from orchestrator_assets.fleet import bare
from orchestrator_assets.fleet.git import GitFailed, run
from orchestrator_assets.fleet.mirrors import mirror_name
from orchestrator_assets.forges.client import forget_answers
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import Settings

_TIMEOUT = 3600.0
_LOCK_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class Maintained:
    """What was done: mirrors packed, those in use (left for next time) and those that failed (name -> reason); bytes of
    all mirrors before and after; mirrors of no repository of the fleet (left alone); rows that went, by table; kept
    answers of forges that went."""

    packed: int
    busy: tuple[str, ...]
    failed: dict[str, str]
    bytes_before: int
    bytes_after: int
    unused: tuple[str, ...]
    rows: dict[str, int] = field(default_factory=dict)
    answers: int = 0


def maintain(engine: Engine, settings: Settings) -> Maintained:
    """Packs every mirror and forgets old rows. One mirror's failure does not keep it from the others."""
    folder = settings.mirrors_path
    mirrors = sorted(path for path in folder.glob("*.git") if bare.is_whole(path)) if folder.is_dir() else []
    before = sum(_size(path) for path in mirrors)
    packed, busy, failed = 0, [], {}
    for path in mirrors:
        try:
            with bare.exclusive(path.with_suffix(".lock"), _LOCK_WAIT) as lock:
                _pack(path, lock)
            packed += 1
        except bare.Busy:
            busy.append(path.name)
        except GitFailed as error:
            failed[path.name] = error.reason
    known = {mirror_name(item.url) for item in fleet(engine)}
    versions = {kind.name: kind.version for kind in kinds()}
    return Maintained(
        packed,
        tuple(busy),
        failed,
        before,
        sum(_size(path) for path in mirrors),
        tuple(path.name for path in mirrors if path.name not in known),
        upkeep_store.forget(engine, versions, settings.history_days),
        forget_answers(settings.home_path / "forges", settings.history_days),
    )


def _pack(path: Path, lock: int) -> None:
    bare.clear_dead_locks(path)
    arguments = ("gc", "--quiet", "--no-cruft", "--prune=2.weeks.ago")
    run(arguments, git_dir=path, timeout=_TIMEOUT, keep_open=(lock,))
    run(("commit-graph", "write", "--reachable"), git_dir=path, timeout=_TIMEOUT, keep_open=(lock,))


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

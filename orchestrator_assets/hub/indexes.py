"""Publishing the indexes that the catalog holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from orchestrator_assets.catalog import index_store
from orchestrator_assets.hub.publish import Publication, Published, publish
from orchestrator_assets.hub.repository import HubRepository
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import Settings


@dataclass(frozen=True, slots=True)
class Blocked:
    """An index that was not published, and the integrity problems that forbid it."""

    name: str
    reasons: tuple[str, ...]


def hub_repository(settings: Settings) -> HubRepository:
    """The hub that the settings name."""
    return HubRepository(settings.hub, settings.home_path / "hub-work.git", settings.hub_branch, settings.git_timeout)


def publish_indexes(engine: Engine, settings: Settings) -> list[Published | Blocked]:
    """Publishes every index that was built, one commit for each that changed. HubError if the hub fails."""
    hub = hub_repository(settings)
    done: list[Published | Blocked] = []
    for kind in kinds():
        built = index_store.load_built(engine, kind.index)
        if built is None:
            continue
        if built.integrity:
            reasons = (f"{item.repository or 'fleet'}: {item.problem.message}" for item in built.integrity)
            done.append(Blocked(kind.index, tuple(reasons)))
            continue
        files = index_store.load_files(engine, kind.index)
        done.append(publish(hub, Publication(kind.index, files, built.sources, built.as_of)))
    return done

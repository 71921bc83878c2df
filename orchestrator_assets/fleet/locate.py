"""From a repository of the registry to an open object store: local ones in place, remote ones by their mirror."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.fleet.mirrors import Mirror, Unreachable
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.settings import Settings


def is_local(repository: FleetRepository) -> bool:
    """Whether the repository is a folder that is read in place."""
    return repository.url.startswith("/")


def check_allowed(repository: FleetRepository) -> None:
    """RepositoryUnavailable (refused) if the registry gives it no URL or ref that we use."""
    if repository.refused:
        raise RepositoryUnavailable(Status.REFUSED, repository.refused)


def open_repository(repository: FleetRepository, settings: Settings) -> ObjectStore:
    """The repository's objects, fetched first if it is remote. RepositoryUnavailable says what is wrong."""
    check_allowed(repository)
    if is_local(repository):
        return ObjectStore(Path(repository.url))
    mirror = mirror_of(repository, settings)
    try:
        mirror.fetch()
    except Unreachable as error:
        raise RepositoryUnavailable(Status.UNREACHABLE, str(error), error.retry_after) from None
    return open_mirror(mirror)


def open_mirror(mirror: Mirror) -> ObjectStore:
    """The objects of a mirror as it is; content that it lacks is fetched when it is wanted. RepositoryUnavailable."""

    def fill(blobs: Sequence[str]) -> None:
        try:
            mirror.fill(blobs)
        except Unreachable as error:
            raise RepositoryUnavailable(Status.UNREACHABLE, str(error), error.retry_after) from None

    return ObjectStore(mirror.path, fill)


def mirror_of(repository: FleetRepository, settings: Settings) -> Mirror:
    """The mirror of a remote repository; it may not have been fetched yet."""
    roots = [root.expanduser().resolve() for root in settings.local_roots]
    return Mirror(settings.mirrors_path, repository.url, local_roots=roots, timeout=settings.git_timeout)

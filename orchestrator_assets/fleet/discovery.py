"""Organisations at their forges against the fleet: what is not in the registry, and what the registry names that is
archived, renamed or gone. A listing that fails, or is suddenly empty, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store, listing_store
from orchestrator_assets.catalog.listing_store import Known, State
from orchestrator_assets.forges.client import ForgeFailed
from orchestrator_assets.forges.organisation import BadOrganisation, listing, organisation_of
from orchestrator_assets.settings import Settings
from orchestrator_assets.web.payloads import place


@dataclass(frozen=True, slots=True)
class Discovery:
    """What came of listing the organisations: how many repositories they have, why some could not be listed
    (organisation -> reason), which repositories the registry lacks, and what it names that is no longer as it was
    (name -> what happened)."""

    listed: int
    failed: dict[str, str]
    unregistered: tuple[Known, ...]
    changed: dict[str, str]


def discover(engine: Engine, settings: Settings) -> Discovery:
    """Lists every organisation of the settings and compares it with the fleet in force."""
    failed: dict[str, str] = {}
    for text in settings.organisations:
        try:
            _list(engine, settings, text)
        except (ForgeFailed, BadOrganisation) as error:
            failed[text] = str(error)
    wanted = set(settings.organisations)
    return compare(engine, [item for item in listing_store.known(engine) if item.organisation in wanted], failed)


def compare(engine: Engine, known: Sequence[Known], failed: dict[str, str]) -> Discovery:
    """The fleet against what was listed last."""
    fleet = {place(item.url): item.name for item in fleet_store.fleet(engine)}
    changed = {}
    for item in known:
        name = fleet.get(place(item.url))
        if name is not None and item.state is not State.PRESENT:
            changed[name] = f"{item.state.value} at {item.organisation}"
        elif name is None and item.former_name in fleet.values():
            changed[str(item.former_name)] = f"renamed to {item.name} at {item.organisation}: {item.url}"
    unregistered = [
        item
        for item in known
        if item.state is State.PRESENT and place(item.url) not in fleet and item.former_name not in fleet.values()
    ]
    present = sum(item.state is not State.GONE for item in known)
    return Discovery(present, failed, tuple(unregistered), dict(sorted(changed.items())))


def _list(engine: Engine, settings: Settings, text: str) -> None:
    found = listing(organisation_of(text, settings), settings)
    before = [item for item in listing_store.known(engine, text) if item.state is not State.GONE]
    if before and not found:
        raise ForgeFailed(f"the listing is empty, and held {len(before)} repositories before; it is not believed")
    states = {True: State.ARCHIVED, False: State.PRESENT}
    rows = [Known(text, item.id, item.name, item.url, states[item.archived]) for item in found]
    listing_store.save(engine, text, rows)

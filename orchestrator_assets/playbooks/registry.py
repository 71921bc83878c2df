"""The registered playbooks of the fleet, and choosing among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.search import search
from orchestrator_assets.playbooks.kind import KIND
from orchestrator_assets.playbooks.model import Playbook

OFFERED = 5
_WORD = re.compile(r"[^\W_]{2,40}")
_WORDS = 40


@dataclass(frozen=True, slots=True)
class Registered:
    """A playbook with the place it is registered at."""

    repository: str
    path: str
    line: int
    commit: str
    playbook: Playbook


def registered(engine: Engine, activity: str | None = None) -> list[Registered]:
    """All playbooks of the scanned repositories, or those of one activity, by name."""
    records = build_index(engine, KIND, keep=False).index.records
    found = [
        Registered(record.repository, record.path, record.line, record.commit, record.payload)
        for record in records
        if isinstance(record.payload, Playbook) and activity in (None, record.payload.activity)
    ]
    return sorted(found, key=lambda item: (item.playbook.name, item.repository))


def named(engine: Engine, name: str) -> list[Registered]:
    """The playbooks of a name: none, one, or (an error of the registries) several."""
    return [item for item in registered(engine) if item.playbook.name == name]


def best(engine: Engine, activity: str, text: str, limit: int = OFFERED) -> list[Registered]:
    """The runnable playbooks of an activity that fit a text best by full-text search over all playbooks, best first;
    where words decide nothing, by name."""
    candidates = [item for item in registered(engine, activity) if item.playbook.runnable]
    words = list(dict.fromkeys(_WORD.findall(text.lower())))[:_WORDS]
    ranked: Sequence[str] = ()
    if words:
        hits = search(engine, " or ".join(words), KIND.name, None, 100)
        ranked = [hit.title for hit in hits]
    order = {name: place for place, name in reversed(list(enumerate(ranked)))}
    candidates.sort(key=lambda item: (order.get(item.playbook.name, len(ranked)), item.playbook.name))
    return candidates[:limit]

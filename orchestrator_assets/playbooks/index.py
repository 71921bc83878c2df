"""All playbooks of the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexInput
from orchestrator_assets.playbooks.model import Playbook
from orchestrator_assets.playbooks.problems import TWICE
from orchestrator_assets.problems import LocatedProblem


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Names that two repositories register. Extras: `by_activity` and `runnable`, counted."""
    problems = []
    first: dict[str, str] = {}
    for record in found.records:
        assert isinstance(record.payload, Playbook)
        other = first.setdefault(record.payload.name, record.repository)
        if other != record.repository:
            told = TWICE.at(record.path, record.line, name=record.payload.name, other=other)
            problems.append(LocatedProblem(told, record.repository, record.commit))
    playbooks = [record.payload for record in found.records if isinstance(record.payload, Playbook)]
    activities = Counter(item.activity or "none" for item in playbooks)
    return problems, {
        "by_activity": dict(sorted(activities.items())),
        "runnable": sum(item.runnable for item in playbooks),
    }


def render(index: Index) -> dict[str, str]:
    """`PLAYBOOKS.md` and `playbooks.json`."""
    template = jinja_environment(__package__ or "").get_template("PLAYBOOKS.md.jinja")
    return {"PLAYBOOKS.md": template.render(index=index), "playbooks.json": published_json(index)}

"""regenerate_summary: one page on one repository, from its README, its records and its facts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from orchestrator_assets.activities import reading
from orchestrator_assets.activities.contract import (
    Activity,
    Concluded,
    Gate,
    Given,
    Phrased,
    Prepared,
    Scene,
    Target,
    prompt_beside,
)
from orchestrator_assets.activities.decisions import decision_list, decision_rows
from orchestrator_assets.activities.rendering import render
from orchestrator_assets.catalog import snapshot_store

_FACTS = ("licence", "tests", "ci")


class SummaryGiven(Given):
    """`accept_loss` takes a draft that has less than the last good version."""

    accept_loss: bool = False


class Part(Phrased):
    """A part of the repository."""

    name: str = Field(min_length=1)
    about: str = Field(min_length=1)
    citations: list[str] = []


class Summary(Phrased):
    """What the model writes."""

    purpose: str = Field(min_length=1)
    parts: list[Part]
    open_questions: list[str]
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """Facts of the last scan, decisions, and the texts that fit."""
    assert scene.repository is not None
    rows = decision_rows(scene.engine, scene.target)
    scanned = snapshot_store.load_facts(scene.engine, [scene.repository.key]).get(scene.repository.key, {})
    told = {name: _plain(scanned[name]) for name in _FACTS if name in scanned}
    told["languages"] = ", ".join(sorted(scanned.get("languages") or {}))
    facts = {
        "repository": scene.target,
        "facts": told,
        "decisions": len(rows),
    }
    passages = reading.usual(scene, f"{scene.target} purpose architecture component service decision")
    passages += [*decision_list(rows), *reading.files(scene, 150)]
    return Prepared(facts, passages, Summary, reading.decisions(scene), (rows, told))


def _plain(value: Any) -> Any:
    """A fact without strangers' words: of paths only whether there are any."""
    return bool(value) if isinstance(value, list | dict) else value


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """The page, if the model answered."""
    if answer is None:
        return Concluded(None, {})
    rows, told = prepared.notes
    cited = [*answer["citations"], *(place for part in answer["parts"] for place in part["citations"])]
    sources = sorted(set(cited))
    page = render(
        "summary.md.jinja",
        target=scene.target,
        answer=answer,
        decisions=[row.as_json() for row in rows],
        facts=told,
        sources=sources,
    )
    gates = {"rests_on_evidence": Gate(bool(sources), f"{len(sources)} places cited")}
    return Concluded({**answer, "document": page}, gates, document=page)


ACTIVITY = Activity(
    name="regenerate_summary",
    description="One page on a repository: what it is for, its parts, its decisions and open questions.",
    target=Target.REPOSITORY,
    given=SummaryGiven,
    gates={
        "rests_on_evidence": "At least one place that exists is cited.",
        "nothing_lost": "No section and no item of the last good version is gone.",
        "no_secrets": "The page holds no secret.",
    },
    keywords=("summary", "summarise", "summarize", "overview", "describe"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
    makes_document=True,
)

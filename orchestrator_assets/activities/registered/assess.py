"""assess: how mature a repository is. The level is computed from its files; the model explains and ranks the gaps."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from orchestrator_assets.activities import maturity, reading
from orchestrator_assets.activities.context import Passage
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
from orchestrator_assets.activities.maturity import Maturity
from orchestrator_assets.documents.text import visible


class Gap(Phrased):
    """A criterion that is not met, and why it matters here."""

    criterion: str
    why: str
    first_step: str
    citations: list[str] = []


class Assessment(Phrased):
    """What the model adds to the level."""

    summary: str = Field(min_length=1)
    strengths: list[str]
    gaps: list[Gap]
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """The level by the rubric, and what there is to explain it with."""
    found = maturity.assess(scene.ground)
    facts = {
        "repository": scene.target,
        "commit": scene.ground.commit,
        "level": found.level,
        "criteria": [{"level": i.level, "criterion": i.name, "asks_for": i.asks, "met": i.met} for i in found.findings],
        "gaps_to_rank": [item.name for item in found.missing],
    }
    met = "\n".join(f"{item.name}: {', '.join(map(visible, item.paths))}" for item in found.findings if item.met)
    evidence = Passage(f"rubric:{scene.target}", "paths that meet a criterion", met, budgeted=False)
    passages = [evidence, *reading.usual(scene, "architecture test deployment security release operation decision")]
    return Prepared(facts, passages, Assessment, reading.decisions(scene), found)


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """The level stands whatever the model says; gaps that are none are left out and told."""
    found: Maturity = prepared.notes
    missing = [item.name for item in found.missing]
    output: dict[str, Any] = {
        "level": found.level,
        "criteria": [
            {**fact, "paths": list(item.paths)}
            for fact, item in zip(prepared.facts["criteria"], found.findings, strict=True)
        ],
        "missing": missing,
    }
    gates = {"level_from_evidence": Gate(True, _evidence(found))}
    if answer is not None:
        told = [gap for gap in answer["gaps"] if gap["criterion"] in missing]
        invented = sorted({gap["criterion"] for gap in answer["gaps"]} - set(missing))
        output |= {"summary": answer["summary"], "strengths": answer["strengths"], "gaps": told}
        output["citations"] = answer["citations"]
        output["gaps_not_told"] = [name for name in missing if name not in {gap["criterion"] for gap in told}]
        shown = f"not missing by the rubric: {', '.join(invented)}" if invented else "every gap named is one"
        gates["gaps_are_gaps"] = Gate(not invented, shown[:500])
    return Concluded(output, gates)


def _evidence(found: Maturity) -> str:
    met = [f"{item.name}: {item.paths[0]}" for item in found.findings if item.met]
    lacks = ", ".join(item.name for item in found.missing) or "nothing"
    return f"{found.level}; met by {'; '.join(met) or 'the commit alone'}; lacks {lacks}"


ACTIVITY = Activity(
    name="assess",
    description="How mature a repository is, L1 to L7, by the rubric from its files; the model ranks the gaps.",
    target=Target.REPOSITORY,
    given=Given,
    gates={
        "level_from_evidence": "The level follows from files that stand at the commit.",
        "gaps_are_gaps": "Every gap that the model names is a criterion that is not met.",
    },
    keywords=("assess", "maturity", "level", "mature", "rate", "gaps", "readiness"),
    after=("discover",),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
)

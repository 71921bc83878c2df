"""regenerate_decision_digest: what the fleet decided in a quarter. The list is code's, the overview a model's."""

from __future__ import annotations

from typing import Any

from pydantic import Field

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
from orchestrator_assets.activities.decisions import decision_list, decision_rows, newest_quarter, of_quarter
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.rendering import render
from orchestrator_assets.catalog import search


class DigestGiven(Given):
    """`quarter` like 2026-Q1; empty: the newest in which something was decided."""

    quarter: str = ""
    accept_loss: bool = False


class Theme(Phrased):
    """What several decisions have in common."""

    name: str = Field(min_length=1)
    about: str = Field(min_length=1)
    citations: list[str]


class Digest(Phrased):
    """What the model writes."""

    overview: str = Field(min_length=1)
    themes: list[Theme]


def prepare(scene: Scene) -> Prepared:
    """The decisions of the quarter, with their texts. ActivityFailed if there are none."""
    rows = decision_rows(scene.engine)
    quarter = scene.given.quarter or newest_quarter(rows)
    chosen = of_quarter(rows, quarter) if quarter else []
    if not chosen:
        raise ActivityFailed(f"no decision of the fleet is dated in {quarter or 'any quarter'}")
    texts = {hit.full_place: text for hit, text in search.bodies(scene.engine, "decision")}
    passages = [Passage(row.place, "decision", f"{row.title}\n{texts.get(row.place, '')}") for row in chosen]
    ids = {f"{row.repository}/{row.id}".lower(): row.place for row in chosen if row.id}
    facts = {"quarter": quarter, "decisions": len(chosen)}
    return Prepared(facts, [*decision_list(chosen), *passages], Digest, ids, (quarter, chosen))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """The page, if the model answered."""
    quarter, chosen = prepared.notes
    output: dict[str, Any] = {"quarter": quarter, "decisions": [row.as_json() for row in chosen]}
    if answer is None:
        return Concluded(output, {})
    bare = [theme["name"] for theme in answer["themes"] if not theme["citations"]]
    page = render("decision_digest.md.jinja", quarter=quarter, answer=answer, decisions=output["decisions"])
    gates = {"themes_are_cited": Gate(not bare, f"without a decision: {', '.join(bare)}"[:500] if bare else "all are")}
    return Concluded({**output, **answer, "document": page}, gates, document=page, part=quarter)


ACTIVITY = Activity(
    name="regenerate_decision_digest",
    description="What the fleet decided in a quarter: every decision, and a model's overview of them.",
    target=Target.FLEET,
    given=DigestGiven,
    gates={
        "themes_are_cited": "Every theme names decisions that exist.",
        "nothing_lost": "No section and no item of the last good version is gone.",
        "no_secrets": "The page holds no secret.",
    },
    keywords=("digest", "quarter", "decided"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
    makes_document=True,
    part_field="quarter",
)

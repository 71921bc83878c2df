"""regenerate_contradictions: decisions that may contradict one another, as candidates for people to review."""

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
from orchestrator_assets.activities.decisions import decision_list, decision_rows
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.rendering import render
from orchestrator_assets.catalog import search

_SETTLED = ("rejected", "deprecated", "superseded")
_LOOKED_AT = 60


class ContradictionsGiven(Given):
    """`about` narrows the decisions to those that hold one of these words."""

    about: str = ""
    accept_loss: bool = False


class Side(Phrased):
    """One of the two."""

    says: str = Field(min_length=1)
    citation: str


class Candidate(Phrased):
    """Two decisions, and why they do not go together."""

    first: Side
    second: Side
    why: str = Field(min_length=1)


class Contradictions(Phrased):
    """What the model finds."""

    candidates: list[Candidate]


def prepare(scene: Scene) -> Prepared:
    """Decisions in force with their texts, newest first. ActivityFailed if there are not two."""
    rows = [row for row in decision_rows(scene.engine) if row.status not in _SETTLED]
    texts = {hit.full_place: text for hit, text in search.bodies(scene.engine, "decision")}
    if scene.given.about:
        wanted = {hit.full_place for hit, _ in search.texts(scene.engine, scene.given.about, "decision", None, 1000)}
        rows = [row for row in rows if row.place in wanted]
    rows = sorted(rows, key=lambda row: (row.date or "", row.repository, row.place), reverse=True)[:_LOOKED_AT]
    if len(rows) < 2:
        raise ActivityFailed(f"{len(rows)} decisions in force; it takes two to contradict one another")
    passages = [Passage(row.place, "decision", f"{row.title}\n{texts.get(row.place, '')}") for row in rows]
    ids = {f"{row.repository}/{row.id}".lower(): row.place for row in rows if row.id}
    facts = {"about": scene.given.about, "decisions": len(rows)}
    return Prepared(facts, [*decision_list(rows), *passages], Contradictions, ids, len(rows))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """Candidates whose two decisions exist and are two."""
    if answer is None:
        return Concluded(None, {})
    kept, seen = [], set()
    for item in answer["candidates"]:
        first, second = item["first"]["citation"], item["second"]["citation"]
        pair = frozenset((first, second))
        if first and second and first != second and pair not in seen:
            seen.add(pair)
            kept.append({**item, "state": "candidate"})
    left_out = len(answer["candidates"]) - len(kept)
    page = render("contradictions.md.jinja", looked_at=prepared.notes, candidates=kept)
    shown = f"{len(kept)} kept, {left_out} named no two decisions that exist"
    gates = {"both_sides_exist": Gate(not left_out, shown)}
    return Concluded(
        {"candidates": kept, "left_out": left_out, "document": page}, gates, document=page, part=scene.given.about
    )


ACTIVITY = Activity(
    name="regenerate_contradictions",
    description="Decisions of the fleet that may contradict one another, as candidates for people to review.",
    target=Target.FLEET,
    given=ContradictionsGiven,
    gates={
        "both_sides_exist": "Every candidate names two different decisions that exist.",
        "nothing_lost": "No section and no item of the last good version is gone.",
        "no_secrets": "The page holds no secret.",
    },
    keywords=("contradict", "contradictions", "conflict", "inconsistent"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
    makes_document=True,
    part_field="about",
)

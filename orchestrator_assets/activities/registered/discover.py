"""discover: what a service is for and what stands in its way, before anything is built."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from orchestrator_assets.activities import naming, reading
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
from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.activities.naming import Duplicate, Existence
from orchestrator_assets.activities.ports import ActivityFailed


class DiscoverGiven(Given):
    """`idea` is what somebody wants, in their words."""

    idea: str = ""


class Risk(Phrased):
    """What may go wrong."""

    risk: str = Field(min_length=1)
    answer: str = ""
    citations: list[str] = []


class Discovery(Phrased):
    """What the model reads out of the data."""

    problem: str = Field(min_length=1)
    current_state: str = Field(min_length=1)
    desired_state: str = Field(min_length=1)
    stakeholders: list[str]
    constraints: list[str]
    requirements: list[str]
    risks: list[Risk]
    next_steps: list[str] = Field(min_length=1)
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """The name judged, the service catalogue asked, what is written about it."""
    known = scene.repository is not None
    reasons = [] if known else naming.wrong_with(scene.target)
    found = _duplicate(scene)
    idea = scene.given.idea
    if not known and not idea:
        raise ActivityFailed(
            f'{scene.target} is no repository of the fleet: say what it is to be, --input {{"idea": "..."}}'
        )
    facts = {
        "service": scene.target,
        "repository_exists": known,
        "commit": scene.tree.commit if scene.tree else None,
        "name_is_wrong_because": reasons,
        "service_catalogue": found.existence.value,
    }
    words = f"{scene.target.replace('-', ' ')} {idea}"
    passages = [*reading.usual(scene, words), *reading.files(scene, 120)]
    if idea:
        passages.insert(0, Passage("input:idea", "what somebody wants", idea))
    return Prepared(facts, passages, Discovery, reading.decisions(scene), (known, reasons, found))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """The gates on the name and the catalogue stand without a model."""
    known, reasons, found = prepared.notes
    blocked = found.existence is Existence.BLOCKED and not known
    gates = {
        "name_is_usable": Gate(
            not reasons, "; ".join(reasons) or ("a repository of the fleet" if known else "by the rule")
        ),
        "no_duplicate": Gate(not blocked, f"{found.existence.value}: {found.evidence}"),
    }
    output: dict[str, Any] = {
        "service": scene.target,
        "repository_exists": known,
        "service_catalogue": found.existence.value,
    }
    if answer is None:
        return Concluded(output, gates)
    cited = [*answer["citations"], *(place for risk in answer["risks"] for place in risk["citations"])]
    shown = f"{len(cited)} places cited" if known else "a new service has nothing to cite"
    gates["rests_on_evidence"] = Gate(bool(cited) or not known, shown)
    return Concluded({**output, **answer}, gates)


def _duplicate(scene: Scene) -> Duplicate:
    """What the service catalogue of the settings says, REPOSITORY:PATH."""
    setting = scene.settings.service_catalogue
    if setting is None:
        return naming.duplicate(scene.target, None, "ORCHESTRATOR_SERVICE_CATALOGUE names none")
    name, _, path = setting.partition(":")
    holder = next((item for item in scene.fleet if item.name == name), None)
    if holder is None or not path:
        raise ActivityFailed(
            f"ORCHESTRATOR_SERVICE_CATALOGUE={setting}: want REPOSITORY:PATH of a repository of the fleet"
        )
    tree = Tree.open(holder, scene.settings)
    text = tree.text(path)
    if text is None:
        raise ActivityFailed(f"ORCHESTRATOR_SERVICE_CATALOGUE: {tree.place(path)} does not exist, or is too large")
    try:
        return naming.duplicate(scene.target, naming.read_catalogue(text), tree.place(path))
    except ValueError as error:
        raise ActivityFailed(f"the service catalogue {tree.place(path)} cannot be read: {error}") from None


ACTIVITY = Activity(
    name="discover",
    description="What a service is for and what stands in its way; its name and the catalogue are checked.",
    target=Target.SERVICE,
    given=DiscoverGiven,
    gates={
        "name_is_usable": "The service's name follows the rule.",
        "no_duplicate": "The service catalogue holds no healthy service of that name.",
        "rests_on_evidence": "At least one place that exists is cited.",
    },
    keywords=("discover", "explore", "problem", "idea", "understand", "requirements", "why"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
)

"""deploy: chooses a registered playbook and asks for it; code authorises, people approve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import jsonschema_rs
from pydantic import BaseModel, Field, create_model

from orchestrator_assets.activities import reading
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
from orchestrator_assets.activities.ports import ActivityFailed, NotAvailable, PlaybookOffer
from orchestrator_assets.catalog import activity_store


class DeployGiven(Given):
    """`goal` is what to deploy and where, in words."""

    goal: str = ""


class Choice(Phrased):
    """What the model chooses; the name is one of those offered."""

    playbook: str
    arguments: dict[str, str | int | float | bool]
    reason: str = Field(min_length=1)
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """The playbooks that fit best. NotAvailable without playbooks."""
    tree = scene.ground
    if scene.ports.playbooks is None:
        raise NotAvailable("deploy is not available: no playbooks are registered here")
    offers = list(scene.ports.playbooks.offers("deploy", f"{scene.target} {scene.given.goal}"))
    if not offers:
        raise ActivityFailed("no playbook of the registry is for deploy")
    facts = {
        "repository": scene.target,
        "commit": tree.commit,
        "playbooks": [
            {"name": item.name, "about": item.description, "arguments": dict(item.inputs)} for item in offers
        ],
    }
    passages = reading.usual(scene, f"deploy {scene.given.goal}")
    if scene.given.goal:
        passages.insert(0, Passage("input:goal", "what to deploy", scene.given.goal))
    return Prepared(facts, passages, _choice_of(offers), reading.decisions(scene), offers)


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """Asks for the playbook if the tests passed at this commit and the arguments fit."""
    if answer is None:
        return Concluded(None, {})
    offers: Sequence[PlaybookOffer] = prepared.notes
    chosen = next((item for item in offers if item.name == answer["playbook"]), None)
    wrong = _wrong_arguments(chosen, answer["arguments"]) if chosen else "there is no such playbook"
    gates = {
        "playbook_offered": Gate(chosen is not None, answer["playbook"]),
        "arguments_fit": Gate(not wrong, wrong or "by the playbook's schema"),
        "tests_passed": _tests_passed(scene),
    }
    output = {**answer, "state": None}
    if chosen is None or not all(gate.passed for gate in gates.values()):
        gates["authorised"] = Gate(False, "held back by the other gates")
        return Concluded(output, gates)
    assert scene.ports.playbooks is not None
    done = scene.ports.playbooks.request(chosen.name, answer["arguments"], scene.target, scene.correlation_id)
    gates["authorised"] = Gate(done.state in ("waiting", "ran"), f"{done.state}: {done.detail}")
    return Concluded({**output, "state": done.state}, gates, chosen.name)


def _choice_of(offers: Sequence[PlaybookOffer]) -> type[BaseModel]:
    """The answer's shape: the playbook is one of these names."""
    names = tuple(item.name for item in offers)
    name: Any = Literal[names]
    return create_model("Choice", __base__=Choice, playbook=(name, ...))


def _wrong_arguments(offer: PlaybookOffer, arguments: dict[str, Any]) -> str:
    errors = jsonschema_rs.validator_for(dict(offer.inputs)).iter_errors(arguments)
    return "; ".join(str(error.message) for error in errors)[:500]


def _tests_passed(scene: Scene) -> Gate:
    """By the books: the newest run of the tests at this commit."""
    commit = scene.ground.commit
    runs = activity_store.runs(scene.engine, "test", scene.target)
    run = next((item for item in runs if item.commit == commit), None)
    if run is None:
        return Gate(False, f"no test run at {commit[:12]}; run the activity test")
    passed = bool(run.gates.get("tests_passed", {}).get("passed"))
    return Gate(passed, f"{run.correlation_id}: {run.gates.get('tests_passed', {}).get('evidence')}")


ACTIVITY = Activity(
    name="deploy",
    description="Chooses a registered playbook and its arguments; code authorises it, and people approve it.",
    target=Target.REPOSITORY,
    given=DeployGiven,
    gates={
        "playbook_offered": "The playbook is one of those offered.",
        "arguments_fit": "The arguments fit the playbook's schema.",
        "tests_passed": "The tests passed at this commit, by the books.",
        "authorised": "Policy allows the playbook; it waits for approval or ran.",
    },
    keywords=("deploy", "release", "roll out", "ship", "publish"),
    after=("build", "test"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
)

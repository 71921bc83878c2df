"""Running one activity: evidence, question, answer, gates, books. The result is believed or says why not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from orchestrator_assets.activities import context as contexts
from orchestrator_assets.activities.citations import Citations
from orchestrator_assets.activities.cleaning import each_text, prose, seen, without_secrets
from orchestrator_assets.activities.contract import FLEET, Activity, Earlier, Gate, Prepared, Scene, Target
from orchestrator_assets.activities.documents import keep_document
from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.activities.learning import past
from orchestrator_assets.activities.ports import ActivityFailed, Ports
from orchestrator_assets.catalog import activity_store, fleet_store
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.models.ask import Connect, Question, ask
from orchestrator_assets.models.reply import Outcome, Reply, Usage
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets.settings import Settings

_HOW = {"apply", "accept_loss"}
"""Input that says what to do with the answer: the question is the same. What documents are given is in their facts."""
FAILED = "failed"
"""The outcome in the books of a run that ended before anything was asked; it is not one of a reply."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one activity. `evidence` is the digest of what it was made from; `cut` what the budget left out."""

    activity: str
    target: str
    commit: str | None
    outcome: Outcome
    detail: str | None
    output: dict[str, Any] | None
    gates: dict[str, Gate]
    citations: dict[str, int]
    dropped: tuple[str, ...]
    cut: list[dict[str, Any]]
    usage: Usage
    correlation_id: str
    evidence: str
    prompt_version: str
    document: str | None = None

    @property
    def succeeded(self) -> bool:
        """By evidence: answered, and every gate passed."""
        return self.outcome.good and all(gate.passed for gate in self.gates.values())

    def as_json(self) -> dict[str, Any]:
        """The result as the command line prints it."""
        return {
            "activity": self.activity,
            "repo": self.target,
            "commit": self.commit,
            "outcome": self.outcome.value,
            "detail": self.detail,
            "output": self.output,
            "gates": {name: gate._asdict() for name, gate in self.gates.items()},
            "citations": self.citations,
            "requests": self.usage.requests,
            "attempts": self.usage.attempts,
            "prompt_tokens": self.usage.prompt_tokens,
            "completion_tokens": self.usage.completion_tokens,
            "cost": float(self.usage.cost) if self.usage.cost is not None else None,
            "seconds": round(self.usage.seconds, 3),
            "correlation_id": self.correlation_id,
            "cached": self.outcome is Outcome.CACHED,
        }


@dataclass(frozen=True, slots=True)
class Runner:
    """What running activities needs: the catalog, the settings, the model's, what else is available."""

    engine: Engine
    settings: Settings
    models: ModelSettings
    ports: Ports = field(default_factory=Ports)
    connect: Connect | None = None

    def run(
        self,
        activity: Activity,
        target: str | None,
        given: dict[str, Any],
        run_id: str,
        step: str | None = None,
        earlier: Sequence[Earlier] = (),
    ) -> Result:
        """Runs an activity on a target (None: the fleet). ActivityFailed, or RepositoryUnavailable: it could not begin;
        the books know."""
        self._asked(activity, target, given)  # a slip of the pen is told, and is no run that failed
        started = time.monotonic()
        correlation_id = f"{run_id}/{step or activity.name}"
        name = target or FLEET
        number = activity_store.start(self.engine, run_id, correlation_id, activity.name, name, activity.version, given)
        try:
            scene = self.scene(activity, target, given, correlation_id, earlier)
            result = self._play(activity, scene, run_id, started)
        except BaseException as error:
            detail = f"{type(error).__name__}: {without_secrets(str(error))}"[:1000]
            self._failed(number, detail, time.monotonic() - started)
            raise
        activity_store.end(self.engine, number, _ended(result, time.monotonic() - started))
        return result

    def scene(
        self,
        activity: Activity,
        target: str | None,
        given: dict[str, Any],
        correlation_id: str = "",
        earlier: Sequence[Earlier] = (),
        fetch: bool = True,
    ) -> Scene:
        """Where the activity plays. ActivityFailed, RepositoryUnavailable."""
        fleet, repository, checked = self._asked(activity, target, given)
        tree = Tree.open(repository, self.settings, fetch) if repository is not None else None
        return Scene(
            self.engine,
            self.settings,
            target or FLEET,
            checked,
            repository,
            tree,
            fleet,
            earlier,
            self.ports,
            correlation_id,
        )

    def _asked(
        self, activity: Activity, target: str | None, given: dict[str, Any]
    ) -> tuple[list[FleetRepository], FleetRepository | None, BaseModel]:
        """The fleet, the repository that is meant, and the input. ActivityFailed if what was asked for cannot be."""
        fleet = fleet_store.fleet(self.engine)
        if activity.target is Target.FLEET and target not in (None, FLEET):
            raise ActivityFailed(f"{activity.name} is about the whole fleet; leave the repository out")
        if activity.target is not Target.FLEET and target is None:
            raise ActivityFailed(f"{activity.name} needs a repository: --repo NAME")
        repository = next((item for item in fleet if item.name == target), None)
        if activity.target is Target.REPOSITORY and repository is None:
            raise ActivityFailed(f"the registry names no repository {target}; run `orchestrator repos list`")
        try:
            checked = activity.given.model_validate(given)
        except ValidationError as error:
            raise ActivityFailed(f"the input of {activity.name} is not right: {_said(error)}") from None
        return fleet, repository, checked

    def evidence(self, activity: Activity, target: str | None, given: dict[str, Any]) -> str:
        """Digest of what a run would be made from now; the same digest needs no run. Asks no model and no remote."""
        scene = self.scene(activity, target, given, fetch=False)
        return _digest(activity, scene, activity.prepare(scene))

    def _play(self, activity: Activity, scene: Scene, run_id: str, started: float) -> Result:
        prepared = activity.prepare(scene)
        evidence = _digest(activity, scene, prepared)
        facts, window = past(self.engine, activity.name, scene.target, evidence)
        context = contexts.build(
            {**prepared.facts, "past_runs": facts}, [*window, *prepared.passages], self.models.context_tokens
        )
        question = Question(
            run_id=run_id,
            step=scene.correlation_id.removeprefix(f"{run_id}/"),
            purpose=activity.name,
            repository=scene.target,
            instructions=activity.prompt,
            text=context.text,
            output=prepared.asked,
            prompt_version=activity.version,
            context=context.digests,
        )
        reply = ask(self.engine, self.models, question, self.connect)
        citations = Citations(scene.tree, context.places, prepared.decisions)
        answer = _answer(activity, reply, citations)
        concluded = activity.conclude(scene, prepared, answer)
        concluded = keep_document(self.engine, activity, scene, concluded, evidence, run_id)
        return Result(
            activity=activity.name,
            target=scene.target,
            commit=scene.tree.commit if scene.tree else None,
            outcome=reply.outcome,
            detail=reply.detail,
            output=concluded.output,
            gates=concluded.gates,
            citations=citations.as_json(),
            dropped=tuple(citations.dropped),
            cut=context.cut_as_json(),
            usage=reply.usage,
            correlation_id=scene.correlation_id,
            evidence=evidence,
            prompt_version=activity.version,
            document=concluded.document,
        )

    def _failed(self, number: int, detail: str, seconds: float) -> None:
        ended = activity_store.Ended(None, FAILED, detail, None, {}, {}, [], None, None, False, seconds)
        activity_store.end(self.engine, number, ended)


def _answer(activity: Activity, reply: Reply[Any], citations: Citations) -> dict[str, Any] | None:
    """The model's answer as JSON: prose cleaned, citations resolved; fields that are content of files stay as written,
    but for what nobody sees."""
    if reply.output is None:
        return None
    data: dict[str, Any] = citations.resolved(reply.output.model_dump(mode="json"))
    return {
        key: each_text(value, (lambda text: seen(text)[0]) if key in activity.raw_fields else prose)
        for key, value in data.items()
    }


def _digest(activity: Activity, scene: Scene, prepared: Prepared) -> str:
    asked = {} if activity.makes_document else scene.given.model_dump(mode="json", exclude=_HOW)
    given = [scene.target, asked, [asdict(item) for item in scene.earlier]]
    return contexts.evidence_digest(activity.version, prepared.facts, prepared.passages, given)


def _ended(result: Result, seconds: float) -> activity_store.Ended:
    output = result.output or {}
    playbook = output.get("playbook")
    return activity_store.Ended(
        result.commit,
        result.outcome.value,
        result.detail,
        result.output,
        {name: gate._asdict() for name, gate in result.gates.items()},
        {**result.citations, "unknown": list(result.dropped)},
        result.cut,
        result.evidence,
        playbook if isinstance(playbook, str) else None,
        result.succeeded,
        seconds,
    )


def _said(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'input'}: {item['msg']}" for item in error.errors())

"""Sequences: which activities a request asks for, in which order, and running them: what is independent at once, what
follows with the results of what it follows, what follows a failure not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from orchestrator_assets.activities.cleaning import prose
from orchestrator_assets.activities.context import Passage, build
from orchestrator_assets.activities.contract import FLEET, Activity, Earlier, Phrased, Target, prompt_beside
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.run import Result, Runner
from orchestrator_assets.catalog import activity_store, fleet_store
from orchestrator_assets.fleet.objects import RepositoryUnavailable
from orchestrator_assets.models.ask import Question, ask
from orchestrator_assets.models.reply import Outcome, Usage

_STEPS = 12
_WORDS = ("task", "idea", "goal")
_TELLING = 5
_WORD = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One activity on one target, and why. `given` is its input."""

    activity: str
    target: str
    reason: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order. `fallback` is whether keywords chose them because no model did; `outcome` and `detail` are the
    model's (None: nobody asked it)."""

    steps: tuple[Step, ...]
    fallback: bool
    outcome: Outcome | None
    detail: str | None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a step: its result, or why there is none (`skipped`: what it follows failed)."""

    step: Step
    result: Result | None
    error: str | None = None
    skipped: bool = False

    @property
    def state(self) -> str:
        """The outcome, or failed or skipped."""
        if self.result is not None:
            return self.result.outcome.value
        return "skipped" if self.skipped else "failed"

    @property
    def good(self) -> bool:
        """Whether what follows may build on it: answered."""
        return self.result is not None and self.result.outcome.good


def explicit(names: Sequence[str], target: str | None, given: Mapping[str, Any]) -> Plan:
    """A plan that a person wrote. ActivityFailed for an unknown activity."""
    known = activities()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ActivityFailed(f"there is no activity {', '.join(unknown)}; these are: {', '.join(known)}")
    return Plan(
        tuple(Step(name, _target(known[name], target), "asked for", given) for name in names), False, None, None
    )


def choose(runner: Runner, text: str, target: str | None, run_id: str) -> Plan:
    """A plan for a request: a model chooses among the registered activities and the fleet's repositories; where it does
    not answer, keywords do, and the plan says so. ActivityFailed if nothing fits."""
    repositories = [item.name for item in fleet_store.fleet(runner.engine)]
    candidates = [target] if target else _named_in(text, repositories) or repositories[:200]
    prompt = prompt_beside(__file__)
    question = Question(
        run_id=run_id,
        step="sequence",
        purpose="sequence",
        repository=target,
        instructions=prompt,
        text=_shown(runner, text, candidates),
        output=_shape(candidates),
        prompt_version=hashlib.sha256(prompt.encode()).hexdigest()[:12],
    )
    reply = ask(runner.engine, runner.models, question, runner.connect)
    steps: tuple[Step, ...]
    if reply.output is not None:
        chosen = reply.output.model_dump()["steps"]
        found = sorted(((_known(item["activity"]), item) for item in chosen), key=lambda pair: _depth(pair[0]))
        steps = _distinct(_step(known, item["repo"], prose(item["reason"]), text) for known, item in found)
        return Plan(steps, False, reply.outcome, reply.detail, reply.usage)
    steps = _by_keywords(text, target or _only(_named_in(text, repositories)))
    if not steps:
        raise ActivityFailed(f"no activity fits {text!r} by its keywords, and no model chose ({reply.detail})")
    return Plan(steps, True, reply.outcome, reply.detail, reply.usage)


def run_plan(runner: Runner, plan: Plan, run_id: str, workers: int = 2) -> list[Ran]:
    """Runs a plan's steps, at most `workers` at once. A step waits for the steps before it that its activity comes
    after and that are about the same target; it sees their results, and is skipped if one of them was not answered.
    Others go on. Results are in the plan's order."""
    waiting: list[Future[Ran]] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="activity") as pool:
        for number, step in enumerate(plan.steps):
            before = [waiting[other] for other in _followed(plan.steps, number)]
            waiting.append(pool.submit(_run, runner, step, f"{number + 1}-{step.activity}", run_id, before))
        return [future.result() for future in waiting]


def _run(runner: Runner, step: Step, name: str, run_id: str, before: Sequence[Future[Ran]]) -> Ran:
    # Steps are submitted in order, so whatever is waited for is already running or done: no deadlock.
    done = [future.result() for future in before]
    failed = [item.step.activity for item in done if not item.good]
    if failed:
        return Ran(step, None, f"{', '.join(failed)} before it gave no result", skipped=True)
    earlier = [
        Earlier(item.result.activity, item.result.target, item.result.output)
        for item in done
        if item.result is not None and item.result.output is not None
    ]
    activity = _known(step.activity)
    target = None if activity.target is Target.FLEET else step.target
    try:
        return Ran(step, runner.run(activity, target, dict(step.given), run_id, name, earlier))
    except (ActivityFailed, RepositoryUnavailable) as error:
        return Ran(step, None, str(error))
    except Exception as error:  # one step's defect leaves the independent ones running; it is told, not swallowed
        return Ran(step, None, f"{type(error).__name__}: {error}")


def _followed(steps: Sequence[Step], number: int) -> list[int]:
    step = steps[number]
    after = _known(step.activity).after
    return [other for other in range(number) if steps[other].activity in after and steps[other].target == step.target]


def _shape(candidates: Sequence[str]) -> type[BaseModel]:
    names: Any = Literal[tuple(activities())]
    repositories: Any = Literal[(*candidates, FLEET)]
    step = create_model(
        "SequenceStep",
        __base__=Phrased,
        activity=(names, ...),
        repo=(repositories, ...),
        reason=(str, Field(min_length=1, max_length=500)),
    )
    return create_model(
        "Sequence",
        __base__=Phrased,
        steps=(list[step], Field(min_length=1, max_length=_STEPS)),
    )


def _shown(runner: Runner, text: str, candidates: Sequence[str]) -> str:
    figures = activity_store.figures(runner.engine)
    told = {}
    for item in activities().values():
        went = [figure for figure in figures if figure.activity == item.name]
        runs = sum(figure.runs for figure in went)
        told[item.name] = {
            "does": item.description,
            "about": item.target.value,
            "after": list(item.after),
            # Few runs tell nothing, and a figure that moves with every run would make every question a new one.
            "success_rate": round(sum(f.succeeded for f in went) / runs, 1) if runs >= _TELLING else None,
        }
    facts = {"activities": told, "repositories": list(candidates)}
    return build(facts, [Passage("request", "the request", text, budgeted=False)], runner.models.context_tokens).text


def _by_keywords(text: str, target: str | None) -> tuple[Step, ...]:
    words = f" {' '.join(_WORD.findall(text.lower()))} "
    found = []
    for item in activities().values():
        hits = [word for word in (item.name, *item.keywords) if f" {word} " in words]
        if hits and (target is not None or item.target is Target.FLEET):
            found.append((item, _step(item, target, f"keyword: {', '.join(hits)}", text)))
    return tuple(step for item, step in sorted(found, key=lambda pair: _depth(pair[0])))


def _depth(item: Activity, seen: frozenset[str] = frozenset()) -> int:
    """How many activities come before this one."""
    before = [activities()[name] for name in item.after if name in activities() and name not in seen]
    return 1 + max((_depth(other, seen | {item.name}) for other in before), default=0)


def _named_in(text: str, repositories: Sequence[str]) -> list[str]:
    """The repositories that a text names, longest names first so that none hides in another."""
    found, rest = [], text.lower()
    for name in sorted(repositories, key=len, reverse=True):
        pattern = re.compile(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])")
        if pattern.search(rest):
            found.append(name)
            rest = pattern.sub(" ", rest)
    return found


def _only(names: Sequence[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _step(item: Activity, target: str | None, reason: str, text: str) -> Step:
    """A step for a request: the text itself is what the activity is asked for in words, if it wants that."""
    given = {name: text for name in _WORDS if name in item.given.model_fields}
    return Step(item.name, _target(item, target), reason, given)


def _distinct(steps: Any) -> tuple[Step, ...]:
    return tuple({(step.activity, step.target): step for step in steps}.values())


def _target(item: Activity, target: str | None) -> str:
    if item.target is Target.FLEET:
        return FLEET
    if target in (None, FLEET):
        raise ActivityFailed(f"{item.name} needs a repository: --repo NAME, or name one in the text")
    return target or FLEET


def _known(name: str) -> Activity:
    return activities()[name]

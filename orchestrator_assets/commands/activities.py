"""`orchestrator activities` and `orchestrator run`."""

from __future__ import annotations

import json
import uuid
from typing import Any

import click

from orchestrator_assets.activities.contract import Activity
from orchestrator_assets.activities.freshness import staleness
from orchestrator_assets.activities.loading import load_state
from orchestrator_assets.activities.publishing import publish_activities
from orchestrator_assets.activities.registry import activities as registered
from orchestrator_assets.activities.registry import activity as named
from orchestrator_assets.activities.run import Result, Runner
from orchestrator_assets.activities.sequence import Plan, Ran, choose, explicit, run_plan
from orchestrator_assets.approvals.available import ports
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.catalog.activity_store import Document, Figures
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.settings import settings


@click.group()
def activities() -> None:
    """Steps that a model phrases and code judges: list, show and run them."""


@activities.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """Every activity, and how it went so far."""
    figures = activity_store.figures(open_database())
    rows = [(item.name, item.target.value, item.description, *_went(figures, item.name)) for item in _all()]
    if as_json:
        columns = ("activity", "target", "description", "runs", "succeeded", "success_rate")
        print_json({"activities": [dict(zip(columns, row, strict=True)) for row in rows]})
        return
    print_table("Activities", ("activity", "target", "what it does", "runs", "succeeded", "rate"), rows)
    say(model_settings().missing or f"model: {model_settings().model}")


@activities.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(name: str, as_json: bool) -> None:
    """One activity: its input, its gates, its prompt, how it went by target."""
    item = named(name)
    figures = activity_store.figures(open_database(), item.name)
    if as_json:
        print_json(_shown(item, figures))
        return
    say(f"{item.name} ({item.target.value}): {item.description}")
    say(f"prompt version {item.version}, after: {', '.join(item.after) or 'nothing'}")
    print_table("Gates", ("gate", "meaning"), item.gates.items())
    print_table("Input", ("field", "schema"), _fields(item))
    print_table(
        "So far",
        ("target", "playbook", "runs", "succeeded", "rate", "mean seconds"),
        [(f.target, f.playbook, f.runs, f.succeeded, f.rate, _rounded(f.mean_seconds)) for f in figures],
    )
    say(item.prompt)


@activities.command()
@click.argument("name")
@click.option("--repo", metavar="NAME", help="The repository (or the service) it is about.")
@click.option("--input", "given", metavar="JSON", default="{}", help="A JSON object; `show` names its fields.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(name: str, repo: str | None, given: str, as_json: bool) -> None:
    """Run one activity. Exits 0 only if it was answered (outcome ok or cached)."""
    item = named(name)
    result = runner().run(item, repo, read_input(given), new_run_id())
    if as_json:
        print_json(result.as_json())
    else:
        print_result(result)
    raise SystemExit(0 if result.outcome.good else 1)


def runner() -> Runner:
    """What the command line runs activities with: the registry as it is on disk, the settings of now."""
    engine = open_database()
    sync_fleet(engine, settings())
    return Runner(engine, settings(), model_settings(), ports(engine, settings()))


def new_run_id() -> str:
    """The id of a run that Dagster does not know."""
    return f"cli-{uuid.uuid4().hex[:16]}"


def read_input(text: str) -> dict[str, Any]:
    """A JSON object from the command line."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--input is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise click.UsageError('--input must be a JSON object, like {"idea": "..."}')
    return data


def print_result(result: Result) -> None:
    """A result for people."""
    say(f"{result.activity} on {result.target}: {result.outcome.value}")
    if result.detail:
        say(result.detail)
    rows = [(name, "passed" if gate.passed else "failed", gate.evidence) for name, gate in result.gates.items()]
    print_table("Gates", ("gate", "", "evidence"), rows)
    if result.output is not None:
        say(json.dumps(result.output, indent=1, ensure_ascii=False))
    usage = result.usage
    say(
        f"{usage.requests} requests, {usage.attempts} attempts, {_rounded(usage.seconds)} s, "
        f"tokens {usage.prompt_tokens} + {usage.completion_tokens}, cost {usage.cost}; "
        f"citations {result.citations['kept']} kept, {result.citations['dropped']} dropped; "
        f"{len(result.cut)} passages cut; {visible(result.correlation_id)}"
    )


def _all() -> list[Activity]:
    return list(registered().values())


def _went(figures: list[Figures], name: str) -> tuple[int, int, float | None]:
    runs = sum(item.runs for item in figures if item.activity == name)
    succeeded = sum(item.succeeded for item in figures if item.activity == name)
    return runs, succeeded, round(succeeded / runs, 4) if runs else None


def _shown(item: Activity, figures: list[Figures]) -> dict[str, Any]:
    return {
        "activity": item.name,
        "description": item.description,
        "target": item.target.value,
        "after": list(item.after),
        "keywords": list(item.keywords),
        "gates": dict(item.gates),
        "input": item.given.model_json_schema(),
        "prompt_version": item.version,
        "prompt": item.prompt,
        "figures": [
            {
                "target": f.target,
                "playbook": f.playbook,
                "runs": f.runs,
                "succeeded": f.succeeded,
                "success_rate": f.rate,
                "mean_seconds": _rounded(f.mean_seconds),
            }
            for f in figures
        ],
    }


def _fields(item: Activity) -> list[tuple[str, str]]:
    schema = item.given.model_json_schema()
    return [(name, json.dumps(field)) for name, field in schema.get("properties", {}).items()]


def _rounded(seconds: float | None) -> float | None:
    return round(seconds, 3) if seconds is not None else None


@click.command("run")
@click.argument("text")
@click.option("--repo", metavar="NAME", help="The repository (or the service); without it the text names one.")
@click.option(
    "--activity", "names", multiple=True, metavar="NAME", help="Run exactly these, in this order; repeatable."
)
@click.option("--input", "given", metavar="JSON", default="{}", help="Input of the activities named with --activity.")
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run_text(text: str, repo: str | None, names: tuple[str, ...], given: str, only_plan: bool, as_json: bool) -> None:
    """Choose activities for TEXT and run them: a model chooses, keywords where it cannot (and that is said).

    Independent activities run at the same time, each sees the results of those it comes after, and one that fails
    leaves the independent ones running. Exits 0 only if every step was answered.
    """
    running, run_id = runner(), new_run_id()
    plan = explicit(names, repo, read_input(given)) if names else choose(running, text, repo, run_id)
    ran = [] if only_plan else run_plan(running, plan, run_id)
    if as_json:
        print_json(_sequence(text, run_id, plan, ran))
    else:
        _print_sequence(plan, ran)
    raise SystemExit(0 if all(item.good for item in ran) else 1)


def _sequence(text: str, run_id: str, plan: Plan, ran: list[Ran]) -> dict[str, Any]:
    return {
        "text": text,
        "run_id": run_id,
        "fallback": plan.fallback,
        "chosen_by": "keywords" if plan.fallback else "model" if plan.outcome else "caller",
        "outcome": plan.outcome.value if plan.outcome else None,
        "detail": plan.detail,
        "steps": [{"activity": s.activity, "repo": s.target, "reason": s.reason} for s in plan.steps],
        "results": [
            {
                "activity": item.step.activity,
                "repo": item.step.target,
                "state": item.state,
                "error": item.error,
                "result": item.result.as_json() if item.result else None,
            }
            for item in ran
        ],
    }


def _print_sequence(plan: Plan, ran: list[Ran]) -> None:
    if plan.fallback:
        say(f"chosen by keywords, no model chose: {plan.detail}")
    print_table("Steps", ("activity", "target", "because"), [(s.activity, s.target, s.reason) for s in plan.steps])
    for item in ran:
        if item.result is not None:
            print_result(item.result)
        else:
            say(f"{item.step.activity} on {item.step.target}: {item.state}: {item.error}")


@activities.command()
@click.option("--repo", required=True, metavar="NAME", help="The repository that holds the files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(repo: str, as_json: bool) -> None:
    """Take over the state of another orchestrator: specifications, manifests and histories in a repository.

    What it recorded as a success is judged by what it kept. Loading again replaces what the same files told before.
    Exits 1 if a file could not be read.
    """
    running = runner()
    scene = running.scene(named("assess"), repo, {})
    found = load_state(scene.ground)
    for place, rows in found.runs.items():
        activity_store.replace_loaded(running.engine, place.replace(f"@{scene.ground.commit}", ""), rows)
    for service, (place, content) in found.specifications.items():
        activity_store.save_specification(running.engine, service, content, place)
    rows = [row for rows in found.runs.values() for row in rows]
    if as_json:
        kept = ("activity", "target", "outcome", "detail", "succeeded", "correlation_id")
        told = [{**{key: row[key] for key in kept}, "started_at": row["started_at"].isoformat()} for row in rows]
        print_json({"runs": told, "specifications": sorted(found.specifications), "refused": found.refused})
    else:
        shown = [(r["activity"], r["target"], r["started_at"].isoformat(), r["outcome"], r["detail"]) for r in rows]
        print_table("Loaded runs", ("activity", "target", "began", "outcome", "detail"), shown)
        for place, why in found.refused.items():
            say(f"{place}: {why}")
        good = sum(row["succeeded"] for row in rows)
        say(f"{len(rows)} runs, {good} succeeded; {len(found.specifications)} specifications")
    raise SystemExit(1 if found.refused else 0)


@activities.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def documents(as_json: bool) -> None:
    """The generated documents, and which are stale."""
    running = runner()
    rows = [(item.name, item.activity, item.target, *staleness(running, item)) for item in _documents(running)]
    if as_json:
        columns = ("document", "activity", "target", "stale", "why")
        print_json({"documents": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        print_table("Documents", ("document", "activity", "target", "stale", "why"), rows)


@activities.command()
def publish() -> None:
    """Commit documents and state to the hub."""
    done = publish_activities(open_database(), settings())
    say(f"{'committed' if done.changed else 'unchanged at'} {done.commit}")


def _documents(running: Runner) -> list[Document]:
    return activity_store.documents(running.engine)

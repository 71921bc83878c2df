"""`orchestrator playbooks`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.checks import current_problems
from orchestrator_assets.commands.catalog import print_problems
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.playbooks.registry import Registered, named, registered
from orchestrator_assets.playbooks.run import PlaybookRan, PlaybookRefused, run_playbook, why_not
from orchestrator_assets.problems import count_by_severity
from orchestrator_assets.settings import settings


@click.group()
def playbooks() -> None:
    """Registered actions of repositories, run in a sandbox."""


@playbooks.command("list")
@click.option("--activity", help="Only those of this activity.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_playbooks(activity: str | None, as_json: bool) -> None:
    """List the playbooks that the scanned repositories register."""
    found = registered(open_database(), activity)
    if as_json:
        print_json({"playbooks": [_row(item) for item in found]})
        return
    rows = [
        (p.playbook.name, p.playbook.activity or "", p.repository, "yes" if p.playbook.runnable else why_not(p))
        for p in found
    ]
    if rows:
        print_table("Playbooks", ("name", "activity", "repository", "can be run"), rows)
    else:
        say("no playbooks; a repository registers them in a file playbooks-registry.yaml")


@playbooks.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(as_json: bool) -> None:
    """Hold the registries against their files. Exits 1 if there is an error."""
    problems = current_problems(open_database(), settings(), ["playbooks"])
    counts = count_by_severity(problems)
    if as_json:
        print_json({"problems": [item.as_json() for item in problems], "totals": counts})
    else:
        print_problems(problems)
        say(", ".join(f"{number} {severity}" for severity, number in counts.items()))
    raise SystemExit(1 if counts["error"] else 0)


@playbooks.command()
@click.argument("name")
@click.option("--repo", required=True, metavar="REPO", help="The repository it is run on (a copy of it).")
@click.option("--input", "given", default="{}", metavar="JSON", help="Its arguments, as a JSON object.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def run(name: str, repo: str, given: str, as_json: bool) -> None:
    """Run a playbook in the sandbox, on a copy of a repository. Exits 0 only if it did what it promises."""
    try:
        arguments = json.loads(given)
    except ValueError as error:
        raise click.UsageError(f"--input is no JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise click.UsageError("--input must be a JSON object")
    engine = open_database()
    try:
        done = run_playbook(engine, settings(), _the_one(named(engine, name), name), repo, arguments)
    except PlaybookRefused as refused:
        raise click.ClickException(f"{name} is not run: {refused}") from None
    if as_json:
        print_json(asdict(done))
    else:
        _show(done)
    raise SystemExit(0 if done.outcome == "ok" else 1)


def _the_one(found: list[Registered], name: str) -> Registered:
    if not found:
        raise click.ClickException(f"no playbook is called {name}; run `orchestrator playbooks list`")
    if len(found) > 1:
        places = ", ".join(f"{item.repository}:{item.path}:{item.line}" for item in found)
        raise click.ClickException(f"several playbooks are called {name}: {places}; rename all but one")
    return found[0]


def _row(item: Registered) -> dict[str, Any]:
    told = item.playbook.model_dump(mode="json")
    place = {"repo": item.repository, "path_of_registry": item.path, "line": item.line, "commit": item.commit}
    return {
        **place,
        **told,
        "runnable": item.playbook.runnable,
        "why_not": None if item.playbook.runnable else why_not(item),
    }


def _show(done: PlaybookRan) -> None:
    if done.output:
        click.echo(done.output.rstrip("\n"))
    if done.outputs is not None:
        say(f"outputs: {json.dumps(done.outputs)}")
    say(f"{done.name} on {done.repository}: {done.outcome}" + (f" ({done.detail})" if done.detail else ""))

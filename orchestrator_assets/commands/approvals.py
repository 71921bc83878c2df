"""`orchestrator approvals`."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import Any

import click

from orchestrator_assets.approvals.playbook_requests import carry_out_approved
from orchestrator_assets.catalog import approval_store
from orchestrator_assets.catalog.approval_store import Approval, State
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.settings import settings


@click.group()
def approvals() -> None:
    """What models asked for and people decide."""


@approvals.command("list")
@click.option("--state", type=click.Choice([item.value for item in State]), help="Only those of this state.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_approvals(state: str | None, as_json: bool) -> None:
    """List requests, newest first."""
    found = approval_store.listed(open_database(), State(state) if state else None)
    if as_json:
        print_json({"approvals": [_row(item) for item in found]})
    elif found:
        rows = [
            (item.id, item.state.value, item.sort.value, item.name, item.target, f"{item.requested_at:%Y-%m-%d %H:%M}")
            for item in found
        ]
        print_table("Approvals", ("id", "state", "what", "name", "target", "asked"), rows, right=("id",))
    else:
        say("nothing was asked for")


@approvals.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(number: int, as_json: bool) -> None:
    """Show exactly what is asked for, and what became of it."""
    item = _load(number)
    if as_json:
        print_json(_row(item))
        return
    say(f"{item.id}: {item.sort.value} {item.name} for {item.target}: {item.state.value}")
    if "text" in item.content:
        click.echo(item.content["text"])
    else:
        click.echo(json.dumps(item.content, indent=1))
    if item.decided_by:
        say(f"decided by {item.decided_by}: {item.note or 'without a note'}")
    if item.result:
        click.echo(json.dumps(item.result, indent=1))


@approvals.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--note", help="Why.")
def approve(number: int, note: str | None) -> None:
    """Approve a request. The sensor carries it out, or `orchestrator approvals carry-out` does."""
    _decide(number, State.APPROVED, note)


@approvals.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--note", help="Why.")
def reject(number: int, note: str | None) -> None:
    """Reject a request."""
    _decide(number, State.REJECTED, note)


@approvals.command("carry-out")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def carry_out(as_json: bool) -> None:
    """Run what is approved, once each. Exits 1 if one of them failed."""
    done = carry_out_approved(open_database(), settings())
    if as_json:
        print_json({"approvals": [_row(item) for item in done]})
    for item in () if as_json else done:
        detail = (item.result or {}).get("detail") or ""
        say(f"{item.id}: {item.name} on {item.target}: {item.state.value} {detail}".strip())
    raise SystemExit(any(item.state is not State.DONE for item in done))


def _decide(number: int, state: State, note: str | None) -> None:
    item = _load(number)
    if not approval_store.decide(open_database(), number, state, getpass.getuser(), note):
        raise click.ClickException(f"{number} does not wait: it is {item.state.value}")
    say(f"{number} is {state.value}")


def _load(number: int) -> Approval:
    item = approval_store.load(open_database(), number)
    if item is None:
        raise click.ClickException(f"there is no request {number}; run `orchestrator approvals list`")
    return item


def _row(item: Approval) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(asdict(item), default=str))
    return told

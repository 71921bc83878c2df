"""`orchestrator publish` and `orchestrator hub`."""

from __future__ import annotations

import click

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say, warn
from orchestrator_assets.hub import publish as publishing
from orchestrator_assets.hub.indexes import Blocked, hub_repository, publish_indexes
from orchestrator_assets.kinds import kinds
from orchestrator_assets.settings import settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(as_json: bool) -> None:
    """Build every index from the catalog, and commit those that changed to the hub. Exits 1 if an integrity problem
    holds one back."""
    engine = open_database()
    if not any(target.scanned_commit for target in fleet_store.targets(engine)):
        raise click.ClickException("nothing was scanned yet, so there is nothing to publish; run `orchestrator scan`")
    for kind in kinds():
        build_index(engine, kind)
    done = publish_indexes(engine, settings())
    blocked = [item for item in done if isinstance(item, Blocked)]
    rows = [
        (item.name, "held back", "") if isinstance(item, Blocked)
        else (item.name, "committed" if item.changed else "unchanged", item.commit)
        for item in done
    ]  # fmt: skip
    if as_json:
        told = [dict(zip(("index", "state", "commit"), row, strict=True)) for row in rows]
        print_json({"hub": settings().hub_shown, "publications": told})
    else:
        print_table("Published", ("index", "state", "commit"), rows)
        say(f"hub: {settings().hub_shown} ({settings().hub_branch})")
    for item in blocked:
        warn(f"{item.name} is held back: {'; '.join(item.reasons)}")
    raise SystemExit(1 if blocked else 0)


@click.group()
def hub() -> None:
    """Look at the hub's commits, or take one back."""


@hub.command("log")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def hub_log(limit: int, as_json: bool) -> None:
    """List the newest commits at the hub."""
    commits = publishing.log(hub_repository(settings()), limit)
    if as_json:
        print_json(
            [{"commit": c.id, "date": c.date, "author": c.author, "subject": c.subject, "key": c.key} for c in commits]
        )
    elif commits:
        print_table(
            "Hub", ("commit", "date", "subject", "by"), [(c.id[:12], c.date, c.subject, c.author) for c in commits]
        )
    else:
        say("nothing was published yet; run `orchestrator publish`")


@hub.command("revert")
@click.argument("commit")
def hub_revert(commit: str) -> None:
    """Take COMMIT back: its files become what they were before it. Refused if they were changed since. The next
    publication commits the index again if its records still say so."""
    made = publishing.revert(hub_repository(settings()), commit)
    say(f"reverted as {made.commit}: {', '.join(made.paths)}")

"""`orchestrator maintain`."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, say, warn
from orchestrator_assets.fleet.maintenance import maintain as maintain_all
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.settings import settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def maintain(as_json: bool) -> None:
    """Pack the mirrors and forget rows and runs that nothing will ask for again. Exits 1 if a mirror failed.

    The schedule `maintenance` does it every Sunday.
    """
    from orchestrator_assets.fleet.assets import forget_old_runs

    prepare_instance(settings())
    engine = open_database()
    done = maintain_all(engine, settings())
    runs = forget_old_runs(engine, settings().run_days)
    if as_json:
        print_json({**asdict(done), "runs": runs})
    else:
        for name, reason in done.failed.items():
            warn(f"{name}: {reason}")
        rows = ", ".join(f"{number} {table}" for table, number in done.rows.items())
        say(f"{done.packed} mirrors packed, {done.bytes_before - done.bytes_after} bytes less")
        say(f"rows gone: {rows}, {runs} runs of Dagster, {done.answers} answers of forges")
        for name in done.unused:
            say(f"{name} is of no repository of the fleet; remove it if you like")
    raise SystemExit(1 if done.failed else 0)

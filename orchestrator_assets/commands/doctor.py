"""`orchestrator doctor`."""

from __future__ import annotations

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.models.doctor import check
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.operations.machine import Level, examine
from orchestrator_assets.settings import settings


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check what the orchestrator depends on, and say how to mend what is wrong. Exits 1 if something is an error."""
    if context.invoked_subcommand is not None:
        return
    found = list(examine(settings()))
    failed = any(item.level is Level.ERROR for item in found)
    if as_json:
        rows = [{"what": i.what, "level": i.level.value, "found": i.found, "cure": i.cure} for i in found]
        print_json({"works": not failed, "findings": rows})
    else:
        print_table("Doctor", ("what", "", "found", "cure"), [(i.what, i.level.value, i.found, i.cure) for i in found])
    raise SystemExit(1 if failed else 0)


@doctor.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def llm(as_json: bool) -> None:
    """Ask the configured endpoint a small question in each output mode, and say what works.

    Exits 0 only if the configured output mode works. Costs a few hundred tokens.
    """
    chosen = model_settings()
    found = list(check(open_database(), chosen))
    good = any(item.works and "(configured)" in item.what for item in found)
    working = [item.what.split()[2] for item in found if item.works]
    if as_json:
        rows = [
            {
                "what": item.what,
                "works": item.works,
                "outcome": item.outcome.value,
                "detail": item.detail,
                "seconds": round(item.seconds, 3),
            }
            for item in found
        ]
        print_json({"url": chosen.url, "model": chosen.model, "works": good, "checks": rows})
    else:
        shown = [(i.what, "works" if i.works else i.outcome.value, i.detail, round(i.seconds, 3)) for i in found]
        print_table(f"{chosen.model or 'no model'} at {chosen.url or '-'}", ("what", "", "detail", "seconds"), shown)
        if not good and working:
            say(f"set ORCHESTRATOR_LLM_OUTPUT_MODE={working[0]}: that one works")
    raise SystemExit(0 if good else 1)

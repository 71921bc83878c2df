"""`orchestrator doctor`."""

from __future__ import annotations

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.models.doctor import check
from orchestrator_assets.models.settings import model_settings


@click.group()
def doctor() -> None:
    """Check what the orchestrator depends on."""


@doctor.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def llm(as_json: bool) -> None:
    """Ask the configured endpoint a small question in each output mode, and say what works.

    Exits 0 only if the configured output mode works. Costs a few hundred tokens.
    """
    settings = model_settings()
    found = list(check(open_database(), settings))
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
        print_json({"url": settings.url, "model": settings.model, "works": good, "checks": rows})
    else:
        shown = [(i.what, "works" if i.works else i.outcome.value, i.detail, round(i.seconds, 3)) for i in found]
        print_table(
            f"{settings.model or 'no model'} at {settings.url or '-'}", ("what", "", "detail", "seconds"), shown
        )
        if not good and working:
            say(f"set ORCHESTRATOR_LLM_OUTPUT_MODE={working[0]}: that one works")
    raise SystemExit(0 if good else 1)

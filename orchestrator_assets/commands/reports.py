"""`orchestrator report`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from orchestrator_assets.catalog import delivery_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.catalog.delivery_store import Delivery, State
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.reports import delivery
from orchestrator_assets.reports.files import write_files
from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.page import Page
from orchestrator_assets.reports.period import Length, PeriodError, period_at
from orchestrator_assets.reports.render import HTML
from orchestrator_assets.reports.files import write_files
from orchestrator_assets.reports.page import Page, page_of
from orchestrator_assets.reports.render import HTML, rendered
from orchestrator_assets.reports.reporting import TREND, earlier, printed, with_previous
from orchestrator_assets.settings import settings


@click.group(invoke_without_command=True)
@click.option(
    "--period", "length", type=click.Choice([item.value for item in Length]), default="week", show_default=True
)
@click.option("--at", metavar="DATE", help="The period that holds this day or moment  [the last one that is over]")
@click.option("--again", is_flag=True, help="Collect the facts anew, though they are stored.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def report(context: click.Context, length: str, at: str | None, again: bool, as_json: bool) -> None:
    """Print the status report of a day, week or month.

    A period runs from its first midnight to the one after it, in the time zone ORCHESTRATOR_REPORT_TIMEZONE. The facts
    of a period that is over are collected once and stored; they stay the same when branches are gone.
    """
    if context.invoked_subcommand is not None:
        return
    engine, chosen, now = open_database(), settings(), datetime.now(UTC)
    try:
        period = period_at(Length(length), at, chosen.report_timezone, now)
    except PeriodError as error:
        raise click.UsageError(str(error)) from None
    sync_fleet(engine, chosen)
    found, _ = with_previous(engine, chosen, period, now, again)
    if as_json:
        print_json(printed(found))
        return
    page = page_of(found, before, period, earlier(engine, period, TREND))
    files = write_files(chosen, period, rendered(found, page))
    show(page)
    say(f"the page: {files / HTML}")


def show(page: Page) -> None:
    """The page on a terminal: the headline, what to beware of, the figures and the tables."""
    say(page.title)
    say(page.headline)
    for warning in page.warnings:
        say(f"! {warning}")
    rows = [(figure.name, figure.value, figure.shown_change) for figure in page.figures]
    print_table("Figures", ("figure", "number", "change"), rows, right=("number", "change"))
    if page.by_repository:
        print_table("Commits", ("repository", "commits"), page.by_repository, right=("commits",))
    for section in page.sections:
        print_table(section.title, section.columns, section.rows)
        if section.more:
            say(f"... and {section.more} more; --json prints all")

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
from orchestrator_assets.reports.reporting import printed, with_previous
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
    page = page_from(engine, found, period)
    files = write_files(chosen, period, files_of(found, page, period))
    show(page)
    say(f"the page: {files / HTML}")


@report.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def deliver(as_json: bool) -> None:
    """Deliver the newest finished reports to every target of the settings, each once, and whatever is still due.

    Exits 1 if a delivery failed, was given up, or is unconfirmed."""
    engine, chosen, now = open_database(), settings(), datetime.now(UTC)
    sync_fleet(engine, chosen)
    for period in delivery.newest(chosen, now):
        with_previous(engine, chosen, period, now)
        delivery.put_in(engine, chosen, period)
    done = delivery.deliver_due(engine, chosen)
    _show_deliveries(done, as_json)
    raise SystemExit(any(item.state is not State.DELIVERED for item in done))


@report.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def deliveries(as_json: bool) -> None:
    """List what was delivered where, newest first."""
    _show_deliveries(delivery_store.listed(open_database()), as_json)


@report.command()
@click.argument("key", metavar="REPORT")
@click.argument("target", type=click.Choice(list(delivery.TARGETS)))
def resend(key: str, target: str) -> None:
    """Deliver a report to a target once more, e.g. one that is unconfirmed and did not arrive."""
    if not delivery_store.put_again(open_database(), key, target):
        raise click.ClickException(
            f"{key!r} was never put in for {target}; `orchestrator report deliveries` lists them"
        )
    say("put in again; it is delivered with the next run, or by `orchestrator report deliver`")


def _show_deliveries(found: Sequence[Delivery], as_json: bool) -> None:
    if as_json:
        rows = [{**asdict(item), "state": item.state.value} for item in found]
        print_json({"deliveries": json.loads(json.dumps(rows, default=str))})
        return
    columns = ("report", "target", "state", "tries", "what went wrong")
    rows_shown = [(i.report, i.target, i.state.value, i.attempts, i.error or "") for i in found]
    if rows_shown:
        print_table("Deliveries", columns, rows_shown, right=("tries",))
    else:
        say("nothing to deliver")


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

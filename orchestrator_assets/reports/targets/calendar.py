"""Delivery to a calendar: an `.ics` file with the open next steps, and a day on which to review what is proposed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestrator_assets.documents.files import write_file
from orchestrator_assets.reports.model import Item, Report
from orchestrator_assets.reports.period import Period
from orchestrator_assets.reports.targets.contract import Committing, NotDelivered, Parcel
from orchestrator_assets.reports.targets.mail import CALENDAR
from orchestrator_assets.settings import Settings

if TYPE_CHECKING:
    from icalendar import Event, Todo

_MOST = 500


def send(parcel: Parcel, settings: Settings, committing: Committing) -> None:
    """Replaces the calendar's file. NotDelivered if it cannot be written."""
    assert settings.report_calendar is not None
    try:
        write_file(settings.report_calendar.expanduser(), parcel.files[CALENDAR])
    except OSError as error:
        raise NotDelivered(f"{settings.report_calendar}: {error.strerror or error}") from None


def calendar_of(report: Report, period: Period) -> bytes:
    """The calendar of a report: a to-do for each open next step, and on the first day after the period an event for
    each decision that is still proposed. The same report gives the same bytes; an item keeps its id from report to
    report, so calendars update it."""
    from icalendar import Calendar, Event, Todo  # here: loading the code location must not wait for it

    calendar = Calendar()
    calendar.add("prodid", "-//orchestrator_assets//status reports//EN")
    calendar.add("version", "2.0")
    stamp = datetime.fromisoformat(report.to).astimezone(UTC)
    for item in report.facts.session_notes.next_steps[:_MOST]:
        todo = Todo()
        _describe(todo, "step", item, f"{item.title} ({item.repo})", stamp)
        calendar.add_component(todo)
    for item in report.facts.decisions.proposed[:_MOST]:
        event = Event()
        _describe(event, "review", item, f"Review the proposal: {item.title} ({item.repo})", stamp)
        event.add("dtstart", period.after)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _describe(component: Event | Todo, sort: str, item: Item, summary: str, stamp: datetime) -> None:
    identity = hashlib.sha256("\0".join((sort, item.repo, item.path, item.title)).encode()).hexdigest()[:32]
    component.add("uid", f"{identity}@orchestrator-assets")
    component.add("dtstamp", stamp)
    component.add("summary", summary)
    component.add("description", f"{item.repo}@{item.commit}:{item.path}")

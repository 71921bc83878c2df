"""From a stored report to its page and files."""

from __future__ import annotations

from sqlalchemy import Engine

from orchestrator_assets.catalog import report_store
from orchestrator_assets.reports import reporting
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.page import Page, page_of
from orchestrator_assets.reports.period import Period
from orchestrator_assets.reports.render import rendered
from orchestrator_assets.reports.targets.calendar import calendar_of
from orchestrator_assets.reports.targets.mail import CALENDAR


def page_from(engine: Engine, report: Report, period: Period) -> Page:
    """A report's page, compared with the stored report of the period before."""
    stored = report_store.load(engine, reporting.key_of(period.previous))
    before = reporting.read(stored) if stored else None
    return page_of(report, before, period)


def files_of(report: Report, page: Page, period: Period) -> dict[str, bytes]:
    """Every file of a report: the page in its forms, and the calendar."""
    return {**rendered(report, page), CALENDAR: calendar_of(report, period)}

"""Having the report of a period: collected once when the period is over, and the same ever after."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Engine

from orchestrator_assets.catalog import report_store
from orchestrator_assets.catalog.report_store import StoredReport
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.reports.collect import collect
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.period import Length, Period
from orchestrator_assets.reports.words import with_words
from orchestrator_assets.settings import Settings


def report_of(engine: Engine, settings: Settings, period: Period, now: datetime, again: bool = False) -> Report:
    """The report of a period: the stored one if the period was over when it was collected, else collected now. With
    `again`, a stored one is collected anew and replaced."""
    stored = report_store.load(engine, key_of(period))
    if stored is not None and stored.finished and not again:
        return read(stored)
    before = report_store.load(engine, key_of(period.previous))
    found = collect(engine, settings, period, now, read(before) if before and before.finished else None)
    return read(report_store.save(engine, StoredReport(key_of(period), text_of(found), found.finished), again))


def with_previous(
    engine: Engine, settings: Settings, period: Period, now: datetime, again: bool = False
) -> tuple[Report, Report]:
    """The report of a period with its account in words, and that of the period before, to compare with."""
    before = report_of(engine, settings, period.previous, now)
    found = report_of(engine, settings, period, now, again)
    return with_words(engine, model_settings(), key_of(period), found, again), before


def all_stored(engine: Engine, length: Length, zone: str) -> list[Report]:
    """The stored reports of finished periods of one length and time zone, oldest first."""
    kept = report_store.stored(engine, f"{length.value}-")
    return [read(item) for item in kept if item.key.endswith(f" {zone}")]


def digest_of(report: Report) -> str:
    """What tells one report's content from another's."""
    return hashlib.sha256(text_of(report).encode()).hexdigest()


def key_of(period: Period) -> str:
    """Under which a period's report is stored."""
    return f"{period.key} {period.zone}"


def read(stored: StoredReport) -> Report:
    """A stored report."""
    return Report.model_validate_json(stored.content)


def text_of(report: Report) -> str:
    """A report as it is stored: JSON in a fixed order, one item a line."""
    return json.dumps(report.model_dump(mode="json"), indent=1, ensure_ascii=False)


def printed(report: Report) -> dict[str, object]:
    """A report as `orchestrator report --json` prints it."""
    told = report.model_dump(mode="json")
    first = {"period": told.pop("period"), "from": told.pop("from_")}
    return first | told

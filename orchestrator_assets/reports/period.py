"""The stretches of time that reports are of: days, weeks and months of one time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Length(StrEnum):
    """How long a period is. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class PeriodError(ValueError):
    """A text that names no moment; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the midnight that begins `first` (inclusive) to the one that begins `after` (exclusive), as clocks in `zone`
    show it. Midnights are local: with daylight saving a day may have 23 or 25 hours."""

    length: Length
    first: date
    zone: str

    @property
    def after(self) -> date:
        """The first day that is no part of it."""
        if self.length is Length.MONTH:
            return (self.first.replace(day=1) + timedelta(days=32)).replace(day=1)
        return self.first + timedelta(days=7 if self.length is Length.WEEK else 1)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.after, self.zone)

    @property
    def previous(self) -> Period:
        """The period before."""
        return containing(self.length, _midnight(self.first - timedelta(days=1), self.zone), self.zone)

    @property
    def next(self) -> Period:
        """The period after."""
        return Period(self.length, self.after, self.zone)

    @property
    def key(self) -> str:
        """What names it among all periods, e.g. `week-2025-11-17`."""
        return f"{self.length.value}-{self.first.isoformat()}"

    @property
    def title(self) -> str:
        """What a person calls it."""
        if self.length is Length.DAY:
            return f"{self.first:%A}, {self.first.isoformat()}"
        if self.length is Length.MONTH:
            return f"{self.first:%B %Y}"
        year, week, _ = self.first.isocalendar()
        return f"week {week} of {year}, {self.first.isoformat()} to {(self.after - timedelta(days=1)).isoformat()}"

    def over(self, now: datetime) -> bool:
        """Whether it has ended."""
        return now >= self.end


def containing(length: Length, moment: datetime, zone: str) -> Period:
    """The period that a moment lies in."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    if length is Length.WEEK:
        day -= timedelta(days=day.weekday())
    elif length is Length.MONTH:
        day = day.replace(day=1)
    return Period(length, day, zone)


def period_at(length: Length, text: str | None, zone: str, now: datetime) -> Period:
    """The period that holds a day or a moment (ISO 8601; without a zone, that of the reports is meant); without a text,
    the last one that has ended. PeriodError."""
    if text is None:
        return containing(length, now, zone).previous
    try:
        if _DAY.fullmatch(text):
            return containing(length, _midnight(date.fromisoformat(text), zone), zone)
        moment = datetime.fromisoformat(text)
        return containing(length, moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)), zone)
    except (ValueError, OverflowError):
        raise PeriodError(f"{text!r} is no date; write 2026-01-31 or 2026-01-31T12:00:00Z") from None


def _midnight(day: date, zone: str) -> datetime:
    """A day's first moment. Where clocks jump over midnight, the first that exists."""
    local = datetime.combine(day, time(), ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone))

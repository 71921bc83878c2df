"""Days, weeks and months, and where they begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.reports.period import Length, Period, PeriodError, containing, period_at

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"])


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    week = period_at(Length.WEEK, "2025-11-20", "UTC", NOW)
    assert (week.start.isoformat(), week.end.isoformat()) == ("2025-11-17T00:00:00+00:00", "2025-11-24T00:00:00+00:00")
    month = period_at(Length.MONTH, "2025-12-31", "UTC", NOW)
    assert (month.first, month.after, month.previous.first) == (date(2025, 12, 1), date(2026, 1, 1), date(2025, 11, 1))
    assert week.title == "week 47 of 2025, 2025-11-17 to 2025-11-23"


def test_without_a_date_it_is_the_last_one_that_is_over() -> None:
    assert period_at(Length.WEEK, None, "UTC", NOW).first == date(2026, 1, 5)
    assert period_at(Length.DAY, None, "UTC", NOW).first == date(2026, 1, 13)
    assert period_at(Length.MONTH, None, "UTC", NOW).first == date(2025, 12, 1)


def test_midnights_are_local_so_days_of_changing_clocks_are_longer_or_shorter() -> None:
    spring = period_at(Length.DAY, "2026-03-29", "Europe/Berlin", NOW)
    assert spring.end.astimezone(UTC) - spring.start.astimezone(UTC) == timedelta(hours=23)
    assert (spring.start.isoformat(), spring.end.isoformat()) == (
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    )
    autumn = period_at(Length.DAY, "2026-10-25", "Europe/Berlin", NOW)
    assert autumn.end.astimezone(UTC) - autumn.start.astimezone(UTC) == timedelta(hours=25)


def test_a_midnight_that_clocks_jump_over_is_the_first_moment_there_is() -> None:
    day = period_at(Length.DAY, "2024-09-08", "America/Santiago", NOW)
    assert day.start.isoformat() == "2024-09-08T01:00:00-03:00"


def test_a_moment_lies_in_the_day_of_the_reports_zone() -> None:
    assert period_at(Length.DAY, "2025-11-20T23:30:00Z", "Europe/Berlin", NOW).first == date(2025, 11, 21)
    assert period_at(Length.DAY, "2025-11-20T23:30:00", "Europe/Berlin", NOW).first == date(2025, 11, 20)


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-1-1", "", "9999-99-99"])
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(PeriodError, match="write 2026-01-31"):
        period_at(Length.WEEK, text, "UTC", NOW)


@given(
    st.sampled_from(list(Length)),
    st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    ZONES,
)
def test_periods_follow_one_another_without_gap_or_overlap(length: Length, moment: datetime, zone: str) -> None:
    period = containing(length, moment, zone)
    assert period.start <= moment < period.end
    assert period.previous.end == period.start and period.next.start == period.end
    assert period.next.previous == period
    assert Period(length, date.fromisoformat(period.key.partition("-")[2]), zone) == period

"""Dates as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.documents.dates import read_date, slashed_order

READ = {
    "2024-03-04": "2024-03-04",
    "2024-3-4": "2024-03-04",
    "2024/03/04": "2024-03-04",
    "2024.03.04": "2024-03-04",
    "2024\u201103\u201104": "2024-03-04",
    "2024-03-04T10:00:00+02:00": "2024-03-04",
    "2024-03-04 (updated 2024-05-06)": "2024-03-04",
    "14/03/2022": "2022-03-14",
    "03/14/2022": "2022-03-14",
    "03/03/2022": "2022-03-03",
    "14-03-2022": "2022-03-14",
    "12-25-2024": "2024-12-25",
    "14.03.2022": "2022-03-14",
    "4.3.2022": "2022-03-04",
    "March 14, 2022": "2022-03-14",
    "Mar 14 2022": "2022-03-14",
    "Monday, March 14th, 2022": "2022-03-14",
    "14 Mar 2022": "2022-03-14",
    "14-Mar-2022": "2022-03-14",
    "14th of March, 2022": "2022-03-14",
    "2022 March 14": "2022-03-14",
    "2022-Mar-14": "2022-03-14",
    "2022-03": "2022-03",
    "2022/03": "2022-03",
    "03/2022": "2022-03",
    "September 2025": "2025-09",
    "circa Sept. 2025": "2025-09",
}


@pytest.mark.parametrize("raw", READ)
def test_reads(raw: str) -> None:
    reading = read_date(raw)
    assert (reading.value, reading.reason) == (READ[raw], None)


@pytest.mark.parametrize(
    "raw",
    ["", "TBD", "YYYY-MM-DD", "2022", "Q3 2022", "2022-02-31", "31/02/2022", "13/13/2022", "0000-00-00", "2022-13"],
)
def test_says_why_there_is_no_date(raw: str) -> None:
    reading = read_date(raw)
    assert reading.value is None
    assert reading.reason
    assert reading.choices is None


def test_a_date_that_can_be_read_twice_has_both_readings_and_no_value() -> None:
    reading = read_date("03/04/2022")
    assert reading.value is None
    assert reading.choices == ("2022-04-03", "2022-03-04")


@pytest.mark.parametrize(
    ("raw", "order"),
    [("25/04/2022", "day"), ("04/25/2022", "month"), ("Mon 25-04-2022", "day"), ("03/04/2022", None),
     ("25.04.2022", None), ("2022-04-25", None), ("", None)],
)  # fmt: skip
def test_only_a_number_over_twelve_proves_an_order(raw: str, order: str | None) -> None:
    assert slashed_order(raw) == order


@given(st.text(max_size=80) | st.from_regex(r"\d{1,4}[-/. ]\d{1,4}[-/. ]\d{1,4}", fullmatch=True))
def test_never_raises_and_always_says_something(raw: str) -> None:
    reading = read_date(raw)
    assert (reading.value is None) == (reading.reason is not None)
    assert slashed_order(raw) in (None, "day", "month")

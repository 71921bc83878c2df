"""Dates as people write them, read without guessing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?" \
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"  # fmt: skip
_ISO = re.compile(r"(?<![\d-])(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/.-])(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})(?![\d/])")
_DAY_FIRST = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH}[\s,-]+(?P<y>\d{{4}})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}[\s-]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"\b{_MONTH},?[\s-]+(?P<y>\d{{4}})\b", re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"\b(?P<y>\d{{4}})[\s,-]+{_MONTH}[\s-]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b", re.IGNORECASE)
_ISO_MONTH = re.compile(r"(?<![\d/-])(?P<y>\d{4})[-/](?P<m>\d{2})(?![\d/-])")
_MONTH_YEAR = re.compile(r"(?<![\d/-])(?P<m>\d{1,2})/(?P<y>\d{4})(?![\d/-])")
_HYPHENS = str.maketrans("\u2010\u2011\u2212", "---")


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a text says of a date. `value` is ISO, to the day or (`2025-09`) to the month; None if it says none or
    could say two: then `choices` are (day first, month first). `reason` says why there is no value."""

    value: str | None
    reason: str | None = None
    choices: tuple[str, str] | None = None


def read_date(raw: str) -> DateReading:
    """The first date in a text. Dotted dates are day first; slashed ones are read only if they can be read one way."""
    text = raw[:300].translate(_HYPHENS)
    found = _ISO.search(text)
    slashed = _SLASHED.search(text)
    if found and not (slashed and slashed.start() < found.start()):
        return _day(found["y"], found["m"], found["d"])
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST):
        if named := pattern.search(text):
            return _day(named["y"], str(_month(named["month"])), named["d"])
    if slashed:
        return _slashed(slashed)
    if month := _ISO_MONTH.search(text) or _MONTH_YEAR.search(text):
        number = int(month["m"])
        return DateReading(f"{month['y']}-{number:02d}") if 1 <= number <= 12 else DateReading(None, "no such month")
    if month := _MONTH_ONLY.search(text):
        return DateReading(f"{month['y']}-{_month(month['month']):02d}")
    return DateReading(None, "says no date" if text.strip() else "is empty")


def slashed_order(raw: str) -> str | None:
    """The order that a numeric date proves by a number over twelve: "day" or "month" first; None if it proves none.
    Dotted dates prove nothing: they are day first everywhere."""
    text = raw[:300].translate(_HYPHENS)
    found, iso = _SLASHED.search(text), _ISO.search(text)
    if found is None or found["sep"] == "." or (iso and iso.start() <= found.start()):
        return None
    first, second = int(found["a"]), int(found["b"])
    if first > 12 >= second:
        return "day"
    return "month" if second > 12 >= first else None


def find_date(text: str) -> str | None:
    """A complete date somewhere in a text, ISO; None if there is none or it could be read two ways."""
    value = read_date(text).value
    return value if value and len(value) == 10 else None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _slashed(found: re.Match[str]) -> DateReading:
    year = found["y"] if len(found["y"]) == 4 else f"20{found['y']}"
    day_first, month_first = _day(year, found["b"], found["a"]), _day(year, found["a"], found["b"])
    if found["sep"] == "." or day_first.value == month_first.value or month_first.value is None:
        return day_first
    if day_first.value is None:
        return month_first
    return DateReading(None, "could be day/month or month/day", (day_first.value, month_first.value))


def _day(year: str, month: str, day: str) -> DateReading:
    try:
        return DateReading(date(int(year), int(month), int(day)).isoformat())
    except ValueError:
        return DateReading(None, f"{int(year):04d}-{int(month):02d}-{int(day):02d} is no day of the calendar")

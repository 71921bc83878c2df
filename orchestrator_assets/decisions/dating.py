"""Settling the order of slashed dates: 03/04/2025 by its neighbours and by git."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from orchestrator_assets.decisions.relations import Member
from orchestrator_assets.documents.dates import read_date

_SLACK = timedelta(days=2)
"""A document may be dated a little after the commit that brings it in: time zones, a meeting the next day."""

_NEAR = (timedelta(days=7), timedelta(days=45))
"""How long before its first commit a document may have been dated; the one reading within the shorter time counts."""


def settle_date(member: Member, all_members: Sequence[Member]) -> tuple[str | None, bool]:
    """The decision's date and whether its order was inferred. An ambiguous date takes the order that the other slashed
    dates of its series prove; else the one reading that its first commit allows. None if nothing settles it."""
    parsed = member.parsed
    if parsed.date is not None or parsed.date_choices is None:
        return parsed.date, False
    day_first, month_first = parsed.date_choices
    orders = {order for other in all_members if other.series == member.series and (order := _order(other))}
    if len(orders) == 1:
        return (day_first if orders == {"day"} else month_first), True
    if orders:
        return None, False
    return _by_commit(member, day_first, month_first)


def _order(member: Member) -> str | None:
    """The order that a slashed date proves by a number over twelve."""
    raw = member.parsed.date_raw
    if raw is None or member.parsed.date is None or "/" not in raw:
        return None
    first = raw.split("/")[0].strip()[-2:].strip()
    if not first.isdigit() or read_date(raw).value is None:
        return None
    day = int(member.parsed.date[8:10]) if len(member.parsed.date) == 10 else 0
    month = int(member.parsed.date[5:7])
    if day == month:
        return None
    return "day" if int(first) == day else "month" if int(first) == month else None


def _by_commit(member: Member, day_first: str, month_first: str) -> tuple[str | None, bool]:
    commit = member.document.first_commit
    if commit is None:
        return None, False
    came = date.fromisoformat(commit.date[:10])
    for window in _NEAR:
        near = [
            choice for choice in (day_first, month_first)
            if came - window <= date.fromisoformat(choice) <= came + _SLACK
        ]  # fmt: skip
        if near:
            return (near[0], True) if len(near) == 1 else (None, False)
    return None, False

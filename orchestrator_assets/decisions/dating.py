"""Settling the order of slashed dates: 03/04/2025 by its neighbours and by git."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from orchestrator_assets.decisions.relations import Member
from orchestrator_assets.documents.dates import slashed_order

_SLACK = timedelta(days=2)
"""A document may be dated a little after the commit that brings it in: time zones, a meeting the next day."""

_NEAR = (timedelta(days=7), timedelta(days=45))
"""How long before its first commit a document may have been dated; the one reading within the shorter time counts."""


def proven_orders(members: Sequence[Member]) -> dict[str, set[str]]:
    """By series, the orders ("day", "month" first) that its dates prove."""
    orders: dict[str, set[str]] = defaultdict(set)
    for member in members:
        order = slashed_order(member.parsed.date_raw or "")
        if order:
            orders[member.series].add(order)
    return orders


def settle_date(member: Member, proven: Mapping[str, set[str]]) -> tuple[str | None, bool]:
    """The decision's date and whether its order was inferred. An ambiguous date takes the order that the other slashed
    dates of its series prove; else the one reading that its first commit allows. None if nothing settles it."""
    parsed = member.parsed
    if parsed.date is not None or parsed.date_choices is None:
        return parsed.date, False
    day_first, month_first = parsed.date_choices
    orders = proven.get(member.series, set())
    if len(orders) == 1:
        return (day_first if orders == {"day"} else month_first), True
    if orders:
        return None, False
    return _by_commit(member, day_first, month_first)


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

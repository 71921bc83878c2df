"""The fleet's decisions as activities see them: rows of facts, and their texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine

from orchestrator_assets.activities.context import Passage
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.catalog import search

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_DATE = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision; `place` is where it is cited."""

    repository: str
    id: str | None
    title: str
    status: str | None
    date: str | None
    place: str

    def as_json(self) -> dict[str, Any]:
        """The row as a fact."""
        return asdict(self)

    @property
    def quarter(self) -> str | None:
        """The quarter of its date, like 2026-Q1; None if it has no date."""
        match = _DATE.match(self.date or "")
        return f"{match[1]}-Q{(int(match[2]) + 2) // 3}" if match else None


def decision_rows(engine: Engine, repository: str | None = None) -> list[DecisionRow]:
    """All decisions that are not archived, by repository and path."""
    return [
        DecisionRow(
            hit.repository,
            payload.get("id"),
            str(payload.get("title") or hit.title),
            payload.get("status"),
            payload.get("date"),
            hit.full_place,
        )
        for hit, payload in search.records(engine, "decision", repository)
        if not payload.get("archived")
    ]


def decision_list(rows: Sequence[DecisionRow]) -> list[Passage]:
    """The decisions as one passage: their titles are strangers' text."""
    lines = [f"{row.repository}/{row.id or ''} {row.title} ({row.status}, {row.date}) {row.place}" for row in rows]
    return [Passage("decisions:list", "list of the decisions", "\n".join(lines))] if lines else []


def of_quarter(rows: list[DecisionRow], quarter: str) -> list[DecisionRow]:
    """The decisions of a quarter, by date. ActivityFailed if it is written differently."""
    if not _QUARTER.fullmatch(quarter):
        raise ActivityFailed(f"{quarter!r} is no quarter; write 2026-Q1")
    found = [row for row in rows if row.quarter == quarter]
    return sorted(found, key=lambda row: (row.date or "", row.repository, row.place))


def newest_quarter(rows: list[DecisionRow]) -> str | None:
    """The newest quarter in which something was decided."""
    return max((row.quarter for row in rows if row.quarter), default=None)

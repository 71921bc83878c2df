"""The decision index: what it says beyond totals, and its two files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestrator_assets.decisions.model import Decision
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """No problems beyond the repositories' own; extras: `timeline` (dated decisions, newest first) and `chains`
    (supersession, newer before older)."""
    return (), {"timeline": _timeline(found.records), "chains": _chains(found.records)}


def render(index: Index) -> dict[str, str]:
    """`ADR_INDEX.md` and `adr_index.json`."""
    template = jinja_environment(__package__ or "").get_template("ADR_INDEX.md.jinja")
    return {"ADR_INDEX.md": template.render(index=index), "adr_index.json": published_json(index)}


def _decision(record: IndexedRecord) -> Decision:
    assert isinstance(record.payload, Decision)
    return record.payload


def _timeline(records: Iterable[IndexedRecord]) -> list[dict[str, Any]]:
    dated = [(record, _decision(record)) for record in records if _decision(record).date]
    dated.sort(key=lambda item: (item[0].repository, item[0].path))
    dated.sort(key=lambda item: item[1].date or "", reverse=True)
    return [
        {"date": payload.date, "repo": record.repository, "path": record.path, "id": payload.id, "title": payload.title,
         "status": payload.status}
        for record, payload in dated
    ]  # fmt: skip


def _chains(records: Iterable[IndexedRecord]) -> list[dict[str, Any]]:
    pairs: set[tuple[str, str, str]] = set()
    for record in records:
        payload = _decision(record)
        name = payload.id or record.path
        pairs.update((record.repository, name, other) for other in payload.supersedes)
        pairs.update((record.repository, other, name) for other in payload.superseded_by)
    return [{"repo": repo, "newer": newer, "older": older} for repo, newer, older in sorted(pairs)]

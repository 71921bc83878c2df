"""The session-note index: newest first across the fleet, and the work that is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.session_notes.model import NoteStatus, SessionNote, Source


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """No problems beyond the repositories' own; extras: `newest` (all but index rows, newest first), `open_work`
    (notes in progress with the open items of their newest section), `last_activity` (per issue), `dangling` (index
    rows that lead nowhere) and `unlisted` (notes that no index lists)."""
    work = [record for record in found.records if _note(record).source is not Source.INDEX_ROW]
    extras = {
        "newest": _newest(work),
        "open_work": _open_work(work),
        "last_activity": _last_activity(work),
        "dangling": [
            {"repo": record.repository, "path": record.path, "line": record.line, "target": _note(record).target}
            for record in found.records
            if _note(record).source is Source.INDEX_ROW and _note(record).target_exists is False
        ],
        "unlisted": [
            {"repo": item.repository, "path": item.problem.path}
            for item in found.problems
            if item.problem.code == "session_note.unlisted"
        ],
    }
    return (), extras


def render(index: Index) -> dict[str, str]:
    """`SESSION_NOTES.md` and `session_notes.json`."""
    template = jinja_environment(__package__ or "").get_template("SESSION_NOTES.md.jinja")
    return {"SESSION_NOTES.md": template.render(index=index), "session_notes.json": published_json(index)}


def _note(record: IndexedRecord) -> SessionNote:
    assert isinstance(record.payload, SessionNote)
    return record.payload


def _row(record: IndexedRecord) -> dict[str, Any]:
    note = _note(record)
    return {
        "date": note.date, "repo": record.repository, "source": note.source.value, "issue": note.issue,
        "title": note.title, "status": note.status.value if note.status else None, "path": record.path,
        "line": record.line,
    }  # fmt: skip


def _newest(work: Sequence[IndexedRecord]) -> list[dict[str, Any]]:
    ordered = sorted(work, key=lambda record: (record.repository, record.path, record.ordinal))
    ordered.sort(key=lambda record: _note(record).date or "", reverse=True)
    return [_row(record) for record in ordered]


def _open_work(work: Sequence[IndexedRecord]) -> list[dict[str, Any]]:
    newest: dict[tuple[str, str], IndexedRecord] = {}
    for record in work:
        if _note(record).status is NoteStatus.IN_PROGRESS:
            key = (record.repository, record.path)
            have = newest.get(key)
            if have is None or (_note(record).date or "", record.ordinal) >= (_note(have).date or "", have.ordinal):
                newest[key] = record
    return [{**_row(record), "next_steps": _note(record).next_steps} for _, record in sorted(newest.items())]


def _last_activity(work: Sequence[IndexedRecord]) -> list[dict[str, Any]]:
    last: dict[tuple[str, int], IndexedRecord] = {}
    for record in work:
        note = _note(record)
        if note.issue is not None and note.date is not None:
            key = (record.repository, note.issue)
            if key not in last or note.date >= (_note(last[key]).date or ""):
                last[key] = record
    return [_row(record) for _, record in sorted(last.items())]

"""What changed between two states of the fleet's records: what came, what went, what was decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from orchestrator_assets.decisions.model import Decision, DecisionStatus
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import IndexedRecord
from orchestrator_assets.reports.model import DecisionFacts, Item, KindFacts, NoteFacts
from orchestrator_assets.session_notes.model import NoteStatus, SessionNote, Source

ACCEPTED = frozenset({DecisionStatus.ACCEPTED, DecisionStatus.DECIDED})
PROPOSED = frozenset({DecisionStatus.PROPOSED, DecisionStatus.DRAFT})
_TITLE = 200

Records = Sequence[IndexedRecord]


def kind_facts(before: Records, after: Records) -> KindFacts:
    """Records that came and went. One that stands at another path with the same name and title has moved: it neither
    came nor went."""
    came, went = difference(before, after)
    return KindFacts(total=len(after), added=[item(record) for record in came], lost=[item(record) for record in went])


def decision_facts(before: Records, after: Records) -> DecisionFacts:
    """Decisions opened, accepted and superseded, and those that are still proposed."""
    came, _ = difference(before, after)
    known = _by_identity(before)

    def reached(wanted: Iterable[DecisionStatus]) -> list[Item]:
        statuses = set(wanted)
        found = []
        for record in after:
            then = known.get(_identity(record)) or known.get(_name(record))
            if _status(record) in statuses and (then is None or _status(then) not in statuses):
                found.append(item(record))
        return found

    return DecisionFacts(
        opened=[item(record) for record in came],
        accepted=reached(ACCEPTED),
        superseded=reached([DecisionStatus.SUPERSEDED]),
        proposed=[item(record) for record in after if _status(record) in PROPOSED],
    )


def note_facts(before: Records, after: Records) -> NoteFacts:
    """Notes opened and closed (each file once), and the next steps that are open at the end."""
    then, now = _notes(before), _notes(after)
    opened = [records[0] for place, records in now.items() if place not in then]
    closed = [
        records[0]
        for place, records in now.items()
        if _complete(records) and not (place in then and _complete(then[place]))
    ]
    steps = [
        item(record, step)
        for records in now.values()
        for record in records
        if not _complete(records)
        for step in _note(record).next_steps
    ]
    return NoteFacts(
        opened=[item(record) for record in opened], closed=[item(record) for record in closed], next_steps=steps
    )


def item(record: IndexedRecord, title: str | None = None) -> Item:
    """A record as reports name it."""
    shown = title if title is not None else title_of(record.payload) or record.path
    return Item(
        repo=record.repository,
        path=record.path,
        line=record.line,
        commit=record.commit,
        title=" ".join(visible(shown).split())[:_TITLE],
    )


def title_of(payload: Any) -> str | None:
    """What a person calls a record: its title, name or id."""
    for name in ("title", "name", "id"):
        value = getattr(payload, name, None)
        if isinstance(value, str) and value:
            return value
    return None


def difference(before: Records, after: Records) -> tuple[list[IndexedRecord], list[IndexedRecord]]:
    """Records that are only in `after`, and only in `before`: first told by place, then by name."""
    came = _without(after, before, _identity)
    went = _without(before, after, _identity)
    return _without(came, went, _name), _without(went, came, _name)


def _without(
    these: Records, others: Records, key: Callable[[IndexedRecord], tuple[object, ...]]
) -> list[IndexedRecord]:
    there = Counter(key(record) for record in others)
    left = []
    for record in these:
        if there[key(record)] > 0:
            there[key(record)] -= 1
        else:
            left.append(record)
    return left


def _identity(record: IndexedRecord) -> tuple[object, ...]:
    """Where a record stands. Several of one file are told apart by their ids, not by their order."""
    return "place", record.repository, record.path, getattr(record.payload, "id", None)


def _name(record: IndexedRecord) -> tuple[object, ...]:
    return "name", record.repository, getattr(record.payload, "id", None), title_of(record.payload)


def _by_identity(records: Records) -> Mapping[tuple[object, ...], IndexedRecord]:
    found: dict[tuple[object, ...], IndexedRecord] = {_name(record): record for record in records}
    return found | {_identity(record): record for record in records}


def _status(record: IndexedRecord) -> DecisionStatus | None:
    assert isinstance(record.payload, Decision)
    return record.payload.status


def _note(record: IndexedRecord) -> SessionNote:
    assert isinstance(record.payload, SessionNote)
    return record.payload


def _notes(records: Records) -> dict[tuple[str, str], list[IndexedRecord]]:
    found: dict[tuple[str, str], list[IndexedRecord]] = defaultdict(list)
    for record in records:
        if _note(record).source is Source.NOTE:
            found[record.repository, record.path].append(record)
    return found


def _complete(records: Records) -> bool:
    return all(_note(record).status is NoteStatus.COMPLETE for record in records)

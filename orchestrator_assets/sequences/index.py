"""The catalog of plugin sequences: what it counts beyond totals, and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator_assets.diagrams.mermaid import mermaid
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.sequences.model import Sequence as SequenceRecord
from orchestrator_assets.sequences.model import Tier
from orchestrator_assets.sequences.pictures import diagrams
from orchestrator_assets.sequences.problems import CLAIM


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """No problems beyond the repositories' own. Extras: `declared`, `undeclared` and `copies` (counts that add up to
    the records), `by_package`, `by_plugin`, `by_handler`, `by_event`, `by_kind`, `claims`, and `others`: sequence
    documents that are no plugin's."""
    payloads = [_payload(record) for record in found.records]
    sources = [item for item in payloads if item.tier is not Tier.COPY]
    declared = [item for item in sources if item.tier is Tier.DECLARED]
    undeclared = [item for item in sources if item.tier is Tier.UNDECLARED]
    copies = [item for item in payloads if item.tier is Tier.COPY]
    extras = {
        "declared": totals(declared),
        "undeclared": totals(undeclared),
        "copies": _counted(item.copy_state.value if item.copy_state else None for item in copies),
        "by_package": _by_package(found.records),
        "by_plugin": _counted(item.plugin_id for item in sources),
        "by_handler": _summed(item.handler_beats for item in declared),
        "by_event": _counted(event for item in declared for event in item.events),
        "by_kind": _summed(item.kinds for item in declared),
        "claims": [
            {"repo": item.repository, "path": item.problem.path, "claim": item.problem.message}
            for item in found.problems
            if item.problem.code == CLAIM.code
        ],
        "others": sum(item.parsed for item in found.coverage) - len(found.records),
    }
    return (), extras


def totals(records: Sequence[SequenceRecord]) -> dict[str, int | None]:
    """Counts of some sequences: sequences, movements, beats (None if one of them does not say), distinct handlers and
    events."""
    beats = [item.beats for item in records]
    return {
        "sequences": len(records),
        "movements": sum(item.movements for item in records),
        "beats": None if None in beats else sum(number for number in beats if number is not None),
        "handlers": len({handler for item in records for handler in item.handlers}),
        "events": len({event for item in records for event in item.events}),
    }


def render(index: Index) -> dict[str, str]:
    """`PLUGIN_SEQUENCE_CATALOG.md` and `plugin_sequence_catalog.json`."""
    template = jinja_environment(__package__ or "").get_template("PLUGIN_SEQUENCE_CATALOG.md.jinja")
    pictures = {name: mermaid(picture) for name, picture in diagrams(index).items()}
    return {
        "PLUGIN_SEQUENCE_CATALOG.md": template.render(index=index, pictures=pictures),
        "plugin_sequence_catalog.json": published_json(index),
    }


def _payload(record: IndexedRecord) -> SequenceRecord:
    assert isinstance(record.payload, SequenceRecord)
    return record.payload


def _by_package(records: Iterable[IndexedRecord]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str], list[SequenceRecord]] = {}
    for record in records:
        item = _payload(record)
        if item.tier is not Tier.COPY:
            groups.setdefault((record.repository, item.tier.value, item.package or ""), []).append(item)
    return [
        {
            "repo": repository,
            "package": package or None,
            "tier": tier,
            **totals(items),
            "listed": sum(item.listed is True for item in items),
            "unlisted": sum(item.listed is False for item in items),
        }
        for (repository, tier, package), items in sorted(groups.items())
    ]


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    return _ordered(Counter(value if value is not None else "none" for value in values))


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for item in counts:
        total.update(item)
    return _ordered(total)


def _ordered(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))

"""The capability map: rows by type and registry, and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from orchestrator_assets.capabilities.model import Row
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Extras: `by_type`, and `traceability` (capability, the patterns it implements, the repositories that deliver it,
    of these the ones that the fleet has)."""
    rows = [(record, row_of(record)) for record in found.records]
    return (), {
        "by_type": dict(sorted(Counter(row.type for _, row in rows).items())),
        "traceability": [
            {
                "repo": record.repository,
                "path": record.path,
                "capability": row.id,
                "name": row.name,
                "status": row.status,
                "patterns": list(row.implements_patterns),
                "delivered_by": list(row.delivered_by),
                "in_fleet": [name for name in row.delivered_by if name in found.fleet],
            }
            for record, row in rows
            if row.type == "capability"
        ],
    }


def row_of(record: IndexedRecord) -> Row:
    """A record's payload."""
    assert isinstance(record.payload, Row)
    return record.payload


def render(index: Index) -> dict[str, str]:
    """`CAPABILITY_MAP.md` and `capability_map.json`."""
    template = jinja_environment(__package__ or "").get_template("CAPABILITY_MAP.md.jinja")
    return {"CAPABILITY_MAP.md": template.render(index=index), "capability_map.json": published_json(index)}

"""The pattern registry: made from the documents, reconciled with what people keep by hand, and its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from orchestrator_assets.capabilities.model import Row
from orchestrator_assets.diagrams.mermaid import mermaid
from orchestrator_assets.documents.published import GENERATED_BY, jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.patterns import problems as codes
from orchestrator_assets.patterns.lineage import SUFFIX, Lineage, cycles, edges_of, order, pattern_of
from orchestrator_assets.patterns.pictures import diagrams
from orchestrator_assets.patterns.resolve import hint
from orchestrator_assets.problems import LocatedProblem, Problem

_COMPARED = ("provenance", "status")


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Problems of the lineage and of the hand-kept registries. Extras: `patterns`, `by_provenance`, `lineage` (edges
    and their counts by resolution), `order` (parents first), `traceability` (capability, pattern, repositories)."""
    rows = found.others.get("capabilities", ())
    registered = [(record, row) for record in rows if (row := _row(record)).type == "pattern"]
    capabilities = [(record, row) for record in rows if (row := _row(record)).type == "capability"]
    retired = {row.id for _, row in registered if row.status == "retired"}
    edges = edges_of(found.records, retired)
    ids = {pattern_of(record).id: record for record in found.records}
    problems = [
        *_edge_problems(edges, ids),
        *_registry_problems(found.records, registered),
        *_capability_problems(capabilities, {*ids, *(row.id for _, row in registered)}),
    ]
    payloads = [pattern_of(record) for record in found.records]
    return problems, {
        "patterns": len(payloads),
        "by_provenance": _counted(item.provenance for item in payloads),
        "lineage": {
            "edges": [
                {
                    "repo": edge.record.repository, "from": edge.source, "to": edge.target,
                    "resolution": edge.resolution, "found": edge.found, "in": edge.repository,
                    "relation": edge.relation,
                }
                for edge in edges
            ],
            "counts": _counted(edge.resolution for edge in edges),
            "free_text": sum(item.derives_from_form == "free text" for item in payloads),
        },
        "order": order(list(ids), edges),
        "traceability": [
            {
                "capability": row.id, "repo": record.repository, "pattern": name,
                "document": _place(ids.get(name)), "delivered_by": list(row.delivered_by),
            }
            for record, row in capabilities
            for name in row.implements_patterns
        ],
    }  # fmt: skip


def render(index: Index) -> dict[str, str]:
    """`PATTERN_REGISTRY.md`, `pattern_registry.yaml` and `pattern_registry.json`."""
    template = jinja_environment(__package__ or "").get_template("PATTERN_REGISTRY.md.jinja")
    pictures = {name: mermaid(picture) for name, picture in diagrams(index).items()}
    return {
        "PATTERN_REGISTRY.md": template.render(index=index, pictures=pictures),
        "pattern_registry.yaml": registry_yaml(index.records),
        "pattern_registry.json": published_json(index),
    }


def registry_yaml(records: Sequence[IndexedRecord]) -> str:
    """The registry in the shape that people keep by hand, made from the documents alone."""
    patterns = []
    for record in sorted(records, key=lambda record: (pattern_of(record).id, record.repository)):
        item = pattern_of(record)
        row: dict[str, Any] = {"id": item.id, "name": item.title, "status": item.status, "provenance": item.provenance}
        row |= {"version": item.version, "derives_from": list(item.derives_from)}
        row["documentation"] = {"primary": record.path}
        row["source"] = {"repo": record.repository, "commit": record.commit}
        patterns.append(row)
    text: str = yaml.safe_dump({"patterns": patterns}, sort_keys=False, allow_unicode=False, width=120)
    return f"# {GENERATED_BY}: do not edit\n{text}"


def _row(record: IndexedRecord) -> Row:
    assert isinstance(record.payload, Row)
    return record.payload


def _edge_problems(edges: Sequence[Lineage], ids: Mapping[str, IndexedRecord]) -> Iterable[LocatedProblem]:
    for edge in edges:
        if edge.resolution == "unresolved":
            yield _at(
                edge.record, codes.DANGLING.at(*_where(edge.record), target=edge.target, hint=hint(edge.target, ids))
            )
        elif edge.resolution == "retired":
            yield _at(edge.record, codes.RETIRED_EDGE.at(*_where(edge.record), target=edge.target))
        elif edge.resolution == "suffix":
            found = edge.target + SUFFIX
            yield _at(edge.record, codes.SUFFIX_EDGE.at(*_where(edge.record), target=edge.target, found=found))
    for members in cycles(edges):
        record = ids[members[0]]
        yield _at(record, codes.CYCLE.at(*_where(record), members=", ".join(members)))


def _registry_problems(
    records: Sequence[IndexedRecord], registered: Sequence[tuple[IndexedRecord, Row]]
) -> Iterable[LocatedProblem]:
    """Documents against rows, both ways. A document is an orphan only where a registry speaks of its repository: one
    that stands in it, or that names one of its patterns."""
    by_id = {row.id: (record, row) for record, row in reversed(list(registered))}
    documented = {pattern_of(record).id for record in records}
    spoken_of = {where.repository for where, _ in registered}
    spoken_of |= {record.repository for record in records if pattern_of(record).id in by_id}
    for record in records:
        item = pattern_of(record)
        if item.id not in by_id:
            if record.repository in spoken_of and item.status != "retired":
                yield _at(record, codes.ORPHAN.at(*_where(record)))
            continue
        where, row = by_id[item.id]
        for name in _COMPARED:
            document, said = getattr(item, name), getattr(row, name)
            if document and said and document != said:
                registry = f"{where.repository}:{where.path}:{where.line}"
                yield _at(
                    record,
                    codes.DIFFERS.at(*_where(record), field=name, document=document, registry=registry, row=said),
                )
    for record, row in registered:
        if row.id not in documented and row.status not in ("planned", "retired"):
            yield _at(record, codes.WITHOUT_DOCUMENT.at(*_where(record), id=row.id))


def _capability_problems(
    capabilities: Sequence[tuple[IndexedRecord, Row]], known: set[str]
) -> Iterable[LocatedProblem]:
    for record, row in capabilities:
        for name in row.implements_patterns:
            if name not in known:
                said = hint(name, known)
                yield _at(record, codes.UNKNOWN_IMPLEMENTED.at(*_where(record), id=row.id, pattern=name, hint=said))


def _at(record: IndexedRecord, problem: Problem) -> LocatedProblem:
    return LocatedProblem(problem, record.repository, record.commit)


def _where(record: IndexedRecord) -> tuple[str, int]:
    return record.path, record.line


def _place(record: IndexedRecord | None) -> str | None:
    return f"{record.repository}:{record.path}" if record else None


def _counted(values: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(value or "none" for value in values).items()))

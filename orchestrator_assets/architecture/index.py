"""The architecture index: totals by page and repository, and its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestrator_assets.architecture.compare import audit_of, compare, differences, item_of, pages_of
from orchestrator_assets.architecture.model import Command, Links, PageRole, Proposed
from orchestrator_assets.architecture.pictures import MOST, diagrams
from orchestrator_assets.diagrams.mermaid import mermaid
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexInput
from orchestrator_assets.problems import LocatedProblem


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Problems: what `compare` finds. Extras: `repositories` (audit depth, pages, links, refused YAML), `links`,
    `services`, `commands` (which repositories have each), `proposed`, `fleet` (what the pictures are drawn from)."""
    return compare(found), {
        "repositories": _repositories(found),
        "links": _link_totals(found),
        "services": _services(found),
        "commands": _commands(found),
        "proposed": _proposed(found),
        "fleet": {
            name: {key: entry.get(key) for key in ("layer", "context_type", "depends_on", "provides", "consumes",
                                                   "integration_patterns")}
            for name, entry in sorted(found.fleet.items())
        },
    }  # fmt: skip


def render(index: Index) -> dict[str, str]:
    """`ARCHITECTURE_SYNC.md` and `architecture_sync.json`."""
    template = jinja_environment(__package__ or "").get_template("ARCHITECTURE_SYNC.md.jinja")
    pictures = {name: mermaid(picture) for name, picture in diagrams(index).items()}
    return {
        "ARCHITECTURE_SYNC.md": template.render(index=index, pictures=pictures, most=MOST),
        "architecture_sync.json": published_json(index),
    }


def _repositories(found: IndexInput) -> list[dict[str, Any]]:
    pages = {record.repository: page for record, page in pages_of(found.records, PageRole.ARCHITECTURE)}
    rows = []
    for item in found.coverage:
        entry = found.fleet.get(item.repository, {})
        page = pages.get(item.repository)
        rows.append(
            {
                "repo": item.repository,
                "audit": audit_of(entry),
                "architecture": page is not None,
                "role": page.fields.get("role") if page else None,
                "classification": page is not None and page.classification is not None,
                "capabilities": page is not None and page.capabilities is not None,
                "differences": [name for name, _, _ in differences(page, entry)] if page else [],
                "refused": item.refused,
            }
        )
    return rows


def _link_totals(found: IndexInput) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for record in found.records:
        item = item_of(record)
        if isinstance(item, Links):
            row = totals.setdefault(record.repository, {"pages": 0, "checked": 0, "broken": 0})
            row["pages"] += 1
            row["checked"] += item.checked
            row["broken"] += len(item.broken)
    return dict(sorted(totals.items()))


def _services(found: IndexInput) -> list[dict[str, Any]]:
    roles = (PageRole.INFRASTRUCTURE, PageRole.GLOBAL_INFRASTRUCTURE)
    return [
        {"repo": record.repository, "path": record.path, "line": service.line, "service": service.name,
         "port": service.port, "of": service.repository or record.repository}
        for record, page in pages_of(found.records, *roles)
        for service in page.services
    ]  # fmt: skip


def _commands(found: IndexInput) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for record in found.records:
        item = item_of(record)
        if isinstance(item, Command):
            groups.setdefault((item.family, item.name), []).append(
                {"repo": record.repository, "path": record.path, "blob": record.blob}
            )
    return [
        {"family": family, "name": name, "versions": len({copy["blob"] for copy in copies}), "copies": copies}
        for (family, name), copies in sorted(groups.items())
    ]


def _proposed(found: IndexInput) -> list[dict[str, Any]]:
    return [
        {"repo": record.repository, "path": record.path, **item.model_dump(mode="json", exclude={"type", "status"})}
        for record in found.records
        if isinstance(item := item_of(record), Proposed)
    ]

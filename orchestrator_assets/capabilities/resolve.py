"""From a repository's registries to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator_assets.capabilities import problems as codes
from orchestrator_assets.capabilities.model import Row
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution, Settings
from orchestrator_assets.problems import Problem

_SKIPPED = ("node_modules/", "vendor/", ".venv/")


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Every YAML file: whether it is a registry, its content decides."""
    return [
        path
        for path in paths
        if path.endswith((".yaml", ".yml")) and not any(f"/{folder}" in f"/{path}" for folder in _SKIPPED)
    ]


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """One record a row."""
    records: list[Record] = []
    problems: list[Problem] = []
    for document in documents:
        seen: set[tuple[str, str]] = set()
        for ordinal, written in enumerate((document.parsed.payload or {})["rows"]):
            line = written["line"]
            row = Row.model_validate({name: value for name, value in written.items() if name != "line"})
            if (row.type, row.id) in seen:
                problems.append(codes.DUPLICATE_ID.at(document.path, line, type=row.type, id=row.id))
            seen.add((row.type, row.id))
            words = (row.id, *row.derives_from, *row.implements_patterns, *row.delivered_by)
            records.append(Record(document.path, line, row, ordinal, row.title, " ".join(words)))
    return Resolution(tuple(records), tuple(problems))


def content(tree: RepositoryTree, documents: Sequence[Document]) -> Mapping[str, int]:
    """How many rows each registry file has."""
    return {document.path: len((document.parsed.payload or {})["rows"]) for document in documents}

"""Decisions from texts, without git or a database."""

from __future__ import annotations

from pathlib import PurePosixPath

from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets.decisions.model import Decision
from orchestrator_assets.kinds import Commit, Document, RepositoryTree, Resolution


def resolve(
    files: dict[str, str | bytes], first_commit: str = "2025-06-01T00:00:00+00:00", **settings: object
) -> Resolution:
    """What a repository with these files comes to."""
    paths = sorted(files)
    folders = frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents if str(parent) != ".")
    tree = RepositoryTree("r", "c" * 40, frozenset(paths), folders, settings)
    config = {name: _bytes(files[name]) for name in KIND.config_files if name in files}
    documents = []
    for path in KIND.select(paths, settings, config):
        parsed = KIND.parse(_bytes(files[path]), PurePosixPath(path).suffix.lower())
        commit = Commit("f" * 40, first_commit)
        documents.append(Document(path, "b" * 40, parsed, commit, commit))
    return KIND.resolve(tree, [document for document in documents if document.parsed.payload is not None])


def decisions(files: dict[str, str | bytes], **more: object) -> dict[str, Decision]:
    """The records by path."""
    found = resolve(files, **more)  # type: ignore[arg-type]
    return {record.path: record.payload for record in found.records}  # type: ignore[misc]


def codes(files: dict[str, str | bytes], **more: object) -> list[str]:
    """The codes of the problems, without the prefix, sorted."""
    return sorted(problem.code.removeprefix("decision.") for problem in resolve(files, **more).problems)  # type: ignore[arg-type]


def one(text: str | bytes, path: str = "docs/adr/0007-use-x.md") -> Decision:
    """The record of one document."""
    return decisions({path: text})[path]


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()

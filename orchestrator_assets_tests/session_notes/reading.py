"""Session notes from texts, without git or a database."""

from __future__ import annotations

from pathlib import PurePosixPath

from orchestrator_assets.kinds import (
    Commit,
    Coverage,
    Document,
    Index,
    IndexedRecord,
    IndexInput,
    Parsed,
    RepositoryTree,
    Resolution,
)
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.session_notes.kind import KIND
from orchestrator_assets.session_notes.model import SessionNote

PAGE = "docs/SESSION_NOTES.md"
NOTES = "docs/session-notes/"


def resolve(files: dict[str, str | bytes], **settings: object) -> Resolution:
    """What a repository with these files comes to."""
    paths = sorted(files)
    folders = frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents if str(parent) != ".")
    documents = []
    for path in KIND.select(paths, settings, {}):
        text = files[path]
        data = text if isinstance(text, bytes) else text.encode()
        parsed = KIND.parse(data, PurePosixPath(path).suffix.lower())
        commit = Commit("f" * 40, "2026-01-01T00:00:00+00:00")
        counted = KIND.is_document(path, parsed, settings)
        documents.append(Document(path, "b" * 40, Parsed(parsed.payload, parsed.problems, counted), commit, commit))
    read = [document for document in documents if document.parsed.payload is not None]
    return KIND.resolve(RepositoryTree("r", "c" * 40, frozenset(paths), folders, settings), read)


def notes(files: dict[str, str | bytes], **settings: object) -> list[SessionNote]:
    """The payloads, in order."""
    return [record.payload for record in resolve(files, **settings).records]  # type: ignore[misc]


def codes(files: dict[str, str | bytes], **settings: object) -> list[str]:
    """The codes of the problems of resolving, without the prefix, sorted."""
    return sorted(item.code.removeprefix("session_note.") for item in resolve(files, **settings).problems)


def rows(page: str, *others: str) -> list[SessionNote]:
    """The rows of an index page in a repository that also has these files."""
    files: dict[str, str | bytes] = {PAGE: page, **dict.fromkeys(others, "# Session: X\n\nText.\n")}
    return [note for note in notes(files) if note.source == "index_row"]


def index(fleet: dict[str, dict[str, str | bytes]]) -> Index:
    """The index of several repositories."""
    records: list[IndexedRecord] = []
    problems: list[LocatedProblem] = []
    coverage = []
    for name, files in sorted(fleet.items()):
        found = resolve(files)
        records += [
            IndexedRecord(name, item.path, item.ordinal, "a" * 40, "b" * 40, item.line, item.payload)
            for item in found.records
        ]
        problems += [LocatedProblem(problem, name, "a" * 40) for problem in found.problems]
        coverage.append(Coverage(name, "ok", False, "a" * 40, len(files), len(files), 0))
    more, extras = KIND.index_of(IndexInput(tuple(coverage), tuple(records), tuple(problems)))
    totals = {
        "repositories": len(fleet), "repositories_failed": 0, "documents_found": 1, "documents_parsed": 1,
        "documents_refused": 0, "records": len(records), "by_status": {}, "by_repo": dict.fromkeys(sorted(fleet), 1),
    }  # fmt: skip
    return Index("session-notes", tuple(coverage), tuple(records), (*problems, *more), totals, extras)

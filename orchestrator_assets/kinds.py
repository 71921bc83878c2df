"""The contract of a document kind, and the one place where kinds are registered.

A kind is something that is read out of repositories: decisions, session notes, sequences ... It is three pure steps
(`parse`, `resolve`, `index`) and a rendering; fleet/ and catalog/ run them without knowing any kind by name:

    parse    one blob's bytes and file suffix     -> what the blob says by itself     once per blob and parser version
    resolve  one repository's tree and documents  -> records, problems of the tree    once per changed repository
    index    all repositories' records            -> the cross-repository index       when a record changed

To add a kind: write its room with a `KIND = DocumentKind(...)` in its `__init__`-level module `kind.py`, and name that
module in `REGISTERED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from orchestrator_assets.diagrams.model import Diagram
from orchestrator_assets.problems import LocatedProblem, Problem, ProblemCode

REGISTERED: tuple[str, ...] = (
    "orchestrator_assets.decisions.kind",
    "orchestrator_assets.session_notes.kind",
    "orchestrator_assets.sequences.kind",
    "orchestrator_assets.domains.kind",
    "orchestrator_assets.capabilities.kind",
    "orchestrator_assets.patterns.kind",
    "orchestrator_assets.architecture.kind",
    "orchestrator_assets.claims.kind",
    "orchestrator_assets.projects.kind",
    "orchestrator_assets.playbooks.kind",
)

Settings = Mapping[str, Any]
"""What a repository sets for one kind, e.g. `{"places": ["doc/choices"]}`: its `.orchestrator.yaml`, over the entry
of the fleet registry."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as a record's provenance: `id` is the full hex object id, `date` the committer date, ISO 8601 with
    its zone."""

    id: str
    date: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one blob says by itself. `payload` is JSON-ready, and None if the blob was refused (then `problems` says
    why). `counted` is False for a blob that was looked at but is no document of the kind (an index page, a decision
    without a session log): it is neither found nor refused, but its payload is there for `resolve`."""

    payload: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """One selected file of a repository at a commit: its blob, what parsing made of it, and the first and last
    commit that touched its path (None where history does not reach: shallow clones). Problems in `parsed` carry no
    path yet; the scan adds it."""

    path: str
    blob: str
    parsed: Parsed
    first_commit: Commit | None
    last_commit: Commit | None


@dataclass(frozen=True, slots=True)
class RepositoryTree:
    """One repository at one commit, as `resolve` sees it. `paths` are all files of the tree (escaped text, `/`
    between parts); `directories` all folders. `settings` are those of the kind being resolved."""

    repository: str
    commit: str
    paths: frozenset[str]
    directories: frozenset[str]
    settings: Settings = field(default_factory=dict)

    def exists(self, path: str) -> bool:
        """Whether a file or folder stands at this path ("" is the root)."""
        return path in self.paths or path in self.directories or path == ""


@dataclass(frozen=True, slots=True)
class Record:
    """One typed thing out of one document. `ordinal` numbers the records of one path from 0; `line` is 1-based;
    `title` and `text` are what full-text search finds it by."""

    path: str
    line: int
    payload: BaseModel
    ordinal: int = 0
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The records of one repository, and the problems that only its whole tree shows (each with its path)."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class IndexedRecord:
    """A record as the catalog gives it back: `payload` is validated by the kind's model; `commit` is the last commit
    that touched its path."""

    repository: str
    path: str
    ordinal: int
    commit: str
    blob: str
    line: int
    payload: BaseModel

    def as_json(self) -> dict[str, Any]:
        """Provenance and payload in one flat object, as the CLI and the published JSON print it."""
        return {
            "repo": self.repository,
            "path": self.path,
            "commit": self.commit,
            "blob": self.blob,
            "line": self.line,
            **self.payload.model_dump(mode="json"),
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one repository an index speaks of. `status` is the newest scan's (`ok` or why it failed); when it
    failed, `commit` and the counts are those of the last good scan (commit None: there never was one)."""

    repository: str
    status: str
    failed: bool
    commit: str | None
    found: int
    parsed: int
    refused: int


@dataclass(frozen=True, slots=True)
class IndexInput:
    """Everything an index is made from, in a fixed order: coverage by repository, records by repository, path and
    ordinal, problems by place. `fleet` holds each repository's entry of the fleet registry as it was written, by
    name; `others` the records of the indexes that the kind `reads`, by index name."""

    coverage: tuple[Coverage, ...]
    records: tuple[IndexedRecord, ...]
    problems: tuple[LocatedProblem, ...]
    fleet: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    others: Mapping[str, tuple[IndexedRecord, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Index:
    """A cross-repository index. `totals` are counted from `records` and `coverage` by `catalog.aggregate`; `extras`
    holds what the kind adds (timeline, chains ...), JSON-ready."""

    name: str
    coverage: tuple[Coverage, ...]
    records: tuple[IndexedRecord, ...]
    problems: tuple[LocatedProblem, ...]
    totals: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document: its names, its pure steps and its problem codes.

    name      singular, as stored in the catalog ("decision")
    index     the index's name, as the CLI takes it ("decisions")
    asset     the name of the Dagster asset that builds the index ("adr_index")
    version   of `parse`: raise it when parsing changes, and every blob is parsed anew once
    model     pydantic model of a record's payload
    codes     the problem codes the room raises
    settings  the keys that a repository may set for it (".orchestrator.yaml"); others are told as a mistake
    config_files  paths whose content `select` wants to see (".adr-dir"), read before selection
    reads     names of other indexes whose records `index_of` wants to see
    diagrams  (index) -> {name: picture}; each is published as `INDEX-NAME.svg` and shown with the asset
    content   (tree, documents in path order) -> {item: amount}: what must not silently vanish. When a commit takes an
              item away or makes its amount 0, the scan raises `lost`, and the index keeps its last good version until
              someone accepts the loss
    lost      the integrity code of that; its template takes {item}, {before} and {commit}
    select    (paths of the tree in order, settings, {config path: bytes}) -> the paths to read; never raises
    parse     (bytes, suffix with dot, lower case) -> Parsed; never raises
    resolve   (tree, documents in path order) -> Resolution; never raises
    index_of  (input) -> (extra problems, extras)
    render    (index) -> {file name: text}; the same index gives the same text
    is_document  (path, parsed, settings) -> whether the file counts as a document of the kind; index pages and the like
              do not: they are handed to `resolve`, but are neither found nor refused
    """

    name: str
    index: str
    asset: str
    version: int
    model: type[BaseModel]
    codes: tuple[ProblemCode, ...]
    select: Callable[[Sequence[str], Settings, Mapping[str, bytes]], list[str]]
    parse: Callable[[bytes, str], Parsed]
    resolve: Callable[[RepositoryTree, Sequence[Document]], Resolution]
    index_of: Callable[[IndexInput], tuple[Iterable[LocatedProblem], dict[str, Any]]]
    render: Callable[[Index], dict[str, str]]
    is_document: Callable[[str, Parsed, Settings], bool] = lambda path, parsed, settings: True
    settings: tuple[str, ...] = ()
    config_files: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    diagrams: Callable[[Index], Mapping[str, Diagram]] = lambda index: {}
    content: Callable[[RepositoryTree, Sequence[Document]], Mapping[str, int]] | None = None
    lost: ProblemCode | None = None


@cache
def kinds() -> tuple[DocumentKind, ...]:
    """Every registered kind, in the order of registration."""
    return tuple(import_module(name).KIND for name in REGISTERED)


def kind_of_index(index: str) -> DocumentKind:
    """The kind whose index has this name. KeyError names the known ones."""
    for kind in kinds():
        if kind.index == index:
            return kind
    raise KeyError(f"no index {index!r}; known: {', '.join(kind.index for kind in kinds())}")

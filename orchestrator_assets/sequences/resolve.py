"""From a repository's JSON files to its sequences: sources, copies, what lists them, and what they lack."""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import problems as codes
from orchestrator_assets.sequences.claims import claims_of
from orchestrator_assets.sequences.listing import Listings, listings_of
from orchestrator_assets.sequences.model import CopyState, Movement, Tier
from orchestrator_assets.sequences.model import Sequence as SequenceRecord
from orchestrator_assets.sequences.musical import Outline
from orchestrator_assets.sequences.packages import Packages, packages_of
from orchestrator_assets.sequences.parse import (
    CatalogueFile,
    ListingFile,
    PackageFile,
    SchemaFile,
    SequenceFile,
    SequencePayload,
    UnreadableFile,
)
from orchestrator_assets.sequences.places import names_page
from orchestrator_assets.sequences.schema import Schema, SchemaUnusable

_PAYLOAD: TypeAdapter[SequencePayload] = TypeAdapter(SequencePayload)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A repository's JSON files by what they are."""

    sequences: dict[str, SequenceFile]
    listings: dict[str, ListingFile]
    packages: dict[str, PackageFile]
    catalogues: dict[str, CatalogueFile]
    schemas: dict[str, SchemaFile]
    unreadable: dict[str, UnreadableFile]


@dataclass(frozen=True, slots=True)
class Placed:
    """A sequence file with its place among the others; `of` is the source's path for a copy."""

    path: str
    file: SequenceFile
    tier: Tier
    package: str | None
    of: str | None = None


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """The repository's plugin sequences. A sequence without a plugin id outside every declared folder is another
    kind's business (a domain's own): it is counted as a document and gives no record here."""
    files = sort(documents)
    packages = packages_of(files.packages, tree.settings)
    placed = place(files.sequences, packages)
    listings = listings_of(files.listings, files.sequences, tree)
    schema, problems = _schema(files.schemas)
    sources = {item.path: item for item in placed}
    records = []
    for item in placed:
        record, found = _record(tree, item, sources, listings, schema)
        records.append(Record(item.path, 1, record, title=record.title, text=_text(record)))
        problems += found
    problems += _duplicates(placed)
    problems += listings.problems([item.path for item in placed if item.tier is not Tier.COPY])
    problems += _strangers(tree, files, packages)
    problems += claims_of(files.catalogues, tree, packages, placed_paths(placed, Tier.DECLARED))
    return Resolution(tuple(records), tuple(problems))


def content(tree: RepositoryTree, documents: Sequence[Document]) -> Mapping[str, int]:
    """How many beats each sequence writes out: every one of the repository, plugin sequence or not, by id, copies not
    counted again. 0 as soon as a movement gives its beats only as a number."""
    amounts: dict[str, int] = {}
    for path, file in sort(documents).sequences.items():
        outline = file.outline
        written = max(sum(len(movement.beats) for movement in outline.movements), 1) if outline.detailed else 0
        name = outline.id or path
        amounts[name] = max(amounts.get(name, 0), written)
    return amounts


def sort(documents: Sequence[Document]) -> Sorted:
    """The documents by what they are. Index, package and tsconfig files are no sequences, whatever they hold."""
    found = Sorted({}, {}, {}, {}, {}, {})
    for document in documents:
        payload = _PAYLOAD.validate_python(document.parsed.payload)
        match payload:
            case SequenceFile() if not names_page(document.path):
                found.sequences[document.path] = payload
            case ListingFile():
                found.listings[document.path] = payload
            case PackageFile() if posixpath.basename(document.path) == "package.json":
                found.packages[document.path] = payload
            case CatalogueFile():
                found.catalogues[document.path] = payload
            case SchemaFile():
                found.schemas[document.path] = payload
            case UnreadableFile():
                found.unreadable[document.path] = payload
            case _:
                pass
    return found


def place(sequences: Mapping[str, SequenceFile], packages: Packages) -> list[Placed]:
    """Which files are sources and which are copies, by path."""
    placed: dict[str, Placed] = {}
    by_id: dict[str, str] = {}
    for path, file in sorted(sequences.items()):
        if root := packages.root_of(path):
            placed[path] = Placed(path, file, Tier.DECLARED, root.package or packages.name_of(path))
            if file.outline.id:
                by_id.setdefault(file.outline.id, path)
    rest = [path for path in sorted(sequences) if path not in placed]
    for path in sorted(rest, key=lambda path: (-packages.depth_of(path), path)):
        file = sequences[path]
        source = by_id.get(file.outline.id or "")
        if source is not None:
            placed[path] = Placed(path, file, Tier.COPY, packages.name_of(path), source)
        elif file.outline.plugin_id:
            placed[path] = Placed(path, file, Tier.UNDECLARED, packages.name_of(path))
            if file.outline.id:
                by_id[file.outline.id] = path
    return [placed[path] for path in sorted(placed)]


def placed_paths(placed: Sequence[Placed], tier: Tier) -> list[str]:
    """The paths of one tier."""
    return [item.path for item in placed if item.tier is tier]


def copy_state(copy: SequenceFile, source: SequenceFile) -> CopyState:
    """A copy against its source."""
    if copy.digest == source.digest:
        return CopyState.IDENTICAL
    same = copy.outline.detailed and source.outline.detailed and _score(copy.outline) == _score(source.outline)
    return CopyState.SAME_BEATS if same else CopyState.DIVERGED


def _score(outline: Outline) -> list[tuple[str | None, ...]]:
    return [(beat.event, beat.handler, beat.kind) for beat in outline.all_beats()]


def _record(
    tree: RepositoryTree, item: Placed, sources: Mapping[str, Placed], listings: Listings, schema: Schema | None
) -> tuple[SequenceRecord, list[Problem]]:
    outline = item.file.outline
    beats = list(outline.all_beats())
    state = copy_state(item.file, sources[item.of].file) if item.of else None
    problems = [codes.DIVERGED.at(item.path, source=item.of)] if state is CopyState.DIVERGED else []
    tests = [beat.test for beat in beats if beat.test]
    missing = [test for test in tests if not _resolves(tree, item.path, test)]
    reason = schema.verdict(item.file.document) if schema else None
    if item.tier is not Tier.COPY:
        if missing:
            problems.append(
                codes.TEST_MISSING.at(item.path, missing=len(missing), named=len(tests), first=missing[0][:200])
            )
        if schema and reason:
            problems.append(codes.SCHEMA.at(item.path, 1, schema=schema.path, reason=reason))
    record = SequenceRecord(
        id=outline.id,
        name=outline.name,
        package=item.package,
        plugin_id=outline.plugin_id,
        tier=item.tier,
        copy_state=state,
        of=item.of,
        movements=len(outline.movements),
        beats=outline.beats,
        stated_beats=outline.stated_beats,
        detailed=outline.detailed,
        handlers=tuple(dict.fromkeys(beat.handler for beat in beats if beat.handler)),
        events=tuple(dict.fromkeys(beat.event for beat in beats if beat.event)),
        kinds=_counted(beat.kind for beat in beats),
        handler_beats=_counted(beat.handler for beat in beats),
        listed=None if item.tier is Tier.COPY else listings.lists(item.path),
        valid=None if schema is None else reason is None,
        tests_named=len(tests),
        tests_missing=len(missing),
        movement_list=tuple(
            Movement(
                id=movement.id,
                name=movement.name,
                beats=movement.count,
                detailed=movement.form in ("list", "steps"),
                events=tuple(dict.fromkeys(beat.event for beat in movement.beats if beat.event)),
            )
            for movement in outline.movements
        ),
    )
    return record, problems


def _counted(values: Iterator[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(value for value in values if value).items()))


def _resolves(tree: RepositoryTree, path: str, written: str) -> bool:
    """Whether a link from a sequence leads to a file: from the root, from its folder, or from a folder above it."""
    wanted = posixpath.normpath(written.partition("#")[0].replace("\\", "/"))
    folder = posixpath.dirname(path)
    while True:
        if posixpath.normpath(posixpath.join(folder, wanted)) in tree.paths:
            return True
        if not folder:
            return False
        folder = posixpath.dirname(folder)


def _duplicates(placed: Sequence[Placed]) -> list[Problem]:
    by_id: dict[str, list[str]] = defaultdict(list)
    for item in placed:
        if item.tier is Tier.DECLARED and item.file.outline.id:
            by_id[item.file.outline.id].append(item.path)
    return [
        codes.DUPLICATE_ID.at(path, 1, id=name, other=next(other for other in paths if other != path))
        for name, paths in sorted(by_id.items())
        if len(paths) > 1
        for path in paths
    ]


def _schema(schemas: Mapping[str, SchemaFile]) -> tuple[Schema | None, list[Problem]]:
    """The repository's schema of sequences: the one with the shortest path that can be used."""
    problems: list[Problem] = []
    for path in sorted(schemas, key=lambda path: (path.count("/"), path)):
        try:
            return Schema(path, schemas[path].document), problems
        except SchemaUnusable as error:
            problems.append(codes.BAD_SCHEMA.at(path, reason=str(error)))
    return None, problems


def _strangers(tree: RepositoryTree, files: Sorted, packages: Packages) -> list[Problem]:
    """Files in declared folders that are no sequences."""
    known = {*files.sequences, *files.listings, *files.schemas, *files.catalogues, *files.unreadable}
    found = [codes.UNREADABLE.at(path) for path in files.unreadable if packages.root_of(path) and not names_page(path)]
    for path in sorted(tree.paths):
        if path.endswith(".json") and path not in known and not names_page(path) and packages.root_of(path):
            found.append(codes.NO_SEQUENCE.at(path))
    return found


def _text(record: SequenceRecord) -> str:
    parts = (record.id, record.package, record.plugin_id, *record.handlers, *record.events)
    return " ".join(part for part in parts if part)

"""From a repository's registries to its domains: what each names, what is there, and what the registry states."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from orchestrator_assets.domains import problems as codes
from orchestrator_assets.domains.model import Domain, DomainState
from orchestrator_assets.domains.parse import DomainPayload, RegistryFile, Row, SequenceOutline
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem

_PAYLOAD: TypeAdapter[DomainPayload] = TypeAdapter(DomainPayload)
_PLACEHOLDER = re.compile(r"(?<![a-z])placeholder(?![a-z])")
_STATUSES = {
    "active", "planned", "draft", "in_progress", "experimental", "implemented", "deprecated", "inactive", "retired",
    "placeholder",
}  # fmt: skip


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """The rows of the repository's registries. Of several files with the same name the one nearest to the root is the
    registry, and the others are copies."""
    registries, outlines = _sort(documents)
    sources = _sources(registries)
    records: list[Record] = []
    problems: list[Problem] = []
    for path, registry in registries.items():
        if sources[path] != path:
            problems.append(codes.COPY.at(path, source=sources[path]))
            continue
        problems += _judge(path, registry)
        for ordinal, row in enumerate(registry.rows):
            domain, found = _domain(tree, path, registry.form, row, outlines)
            problems += found
            text = " ".join(part for part in (domain.id, domain.category, domain.plugin_id) if part)
            records.append(Record(path, 1, domain, ordinal, domain.name or domain.id, text))
    return Resolution(tuple(records), tuple(problems))


def content(tree: RepositoryTree, documents: Sequence[Document]) -> Mapping[str, int]:
    """How many domains the repository registers, per form of registry. Where there are sequences, a registry of domains
    is looked for: none means 0."""
    registries, outlines = _sort(documents)
    amounts: dict[str, int] = {"the registry of domains": 0} if outlines else {}
    for registry in registries.values():
        name = "the registry of domains" if registry.form == "domains" else "the registry of authorities"
        amounts[name] = max(amounts.get(name, 0), len(registry.rows))
    return amounts


def _sort(documents: Sequence[Document]) -> tuple[dict[str, RegistryFile], dict[str, SequenceOutline]]:
    registries: dict[str, RegistryFile] = {}
    outlines: dict[str, SequenceOutline] = {}
    for document in documents:
        payload = _PAYLOAD.validate_python(document.parsed.payload)
        if isinstance(payload, RegistryFile):
            registries[document.path] = payload
        else:
            outlines[document.path] = payload
    return registries, outlines


def _sources(registries: Mapping[str, RegistryFile]) -> dict[str, str]:
    """Registry path -> the path of the registry that it is, itself or the one it copies."""
    by_name: dict[str, str] = {}
    for path in sorted(registries, key=lambda path: (path.count("/"), path)):
        by_name.setdefault(posixpath.basename(path), path)
    return {path: by_name[posixpath.basename(path)] for path in registries}


def _domain(
    tree: RepositoryTree, path: str, form: str, row: Row, outlines: Mapping[str, SequenceOutline]
) -> tuple[Domain, list[Problem]]:
    written = row.sequence_file
    target = _target(path, written, tree) if written else None
    outline = outlines.get(target) if target else None
    there = target is not None and (form == "authority" or (outline is not None and outline.movements > 0))
    state = _state(row, there)
    drift = None
    if outline is not None and state is DomainState.IMPLEMENTED:
        drift = (row.movements, row.beats) != (outline.movements, outline.beats)
    domain = Domain(
        id=row.id,
        name=row.name,
        form="authority" if form == "authority" else "domains",
        category=row.category,
        status=row.status,
        state=state,
        sequence_file=written,
        resolved_file=target,
        resolves_as_written=written in tree.paths if written else None,
        sequence_id=outline.id if outline else None,
        envelope=outline.envelope if outline else None,
        beats_forms=tuple(outline.forms) if outline else (),
        movements=outline.movements if outline else None,
        beats=outline.beats if outline else None,
        registry_movements=row.movements,
        registry_beats=row.beats,
        drift=drift if form == "domains" else None,
        plugin_id=row.plugin_id,
        related=tuple(dict.fromkeys(row.related)),
    )
    return domain, _row_problems(path, domain, row)


def _state(row: Row, there: bool) -> DomainState:
    words = f"{row.id} {row.name or ''} {row.status or ''}".lower()
    if row.sequence_file:
        return DomainState.IMPLEMENTED if there else DomainState.BROKEN
    return DomainState.PLACEHOLDER if _PLACEHOLDER.search(words) else DomainState.PLANNED


def _target(registry: str, written: str, tree: RepositoryTree) -> str | None:
    """The file that a row names: from the repository's root, else from the registry's folder; never outside."""
    path = posixpath.normpath(written.replace("\\", "/"))
    for candidate in (path, posixpath.normpath(posixpath.join(posixpath.dirname(registry), path))):
        if candidate in tree.paths:
            return candidate
    return None


def _row_problems(path: str, domain: Domain, row: Row) -> list[Problem]:
    found = []
    written = domain.sequence_file or ""
    if "\\" in written:
        normal = posixpath.normpath(written.replace("\\", "/"))
        found.append(codes.SEPARATORS.at(path, None, id=domain.id, file=written, meant=normal))
    if domain.state is DomainState.BROKEN:
        reason = "is not there" if domain.resolved_file is None else "has no movements"
        found.append(codes.BROKEN_FILE.at(path, None, id=domain.id, file=written, reason=reason))
    if domain.state is DomainState.PLACEHOLDER:
        found.append(codes.PLACEHOLDER.at(path, None, id=domain.id))
    if domain.drift:
        stated, counted = _amounts(row.movements, row.beats), _amounts(domain.movements, domain.beats)
        found.append(codes.DRIFT.at(path, None, id=domain.id, stated=stated, counted=counted))
    for other in sorted(other for other, times in Counter(row.related).items() if times > 1):
        found.append(codes.DUPLICATE_RELATED.at(path, None, id=domain.id, other=other))
    if domain.status is not None and domain.status.lower().replace("-", "_") not in _STATUSES:
        found.append(codes.UNKNOWN_STATUS.at(path, None, id=domain.id, status=domain.status))
    return found


def _amounts(movements: int | None, beats: int | None) -> str:
    return f"{'no' if movements is None else movements} movements and {'no' if beats is None else beats} beats"


def _judge(path: str, registry: RegistryFile) -> list[Problem]:
    """What is wrong with a registry as a whole."""
    found: list[Problem] = []
    first: dict[str, int] = {}
    for row in registry.rows:
        if row.id in first:
            found.append(codes.DUPLICATE_ID.at(path, None, id=row.id, first=first[row.id], row=row.number))
        first.setdefault(row.id, row.number)
    for row in registry.rows:
        for other in dict.fromkeys(row.related):
            if other not in first:
                found.append(codes.UNKNOWN_RELATED.at(path, None, id=row.id, other=other))
        if registry.categories and row.category is not None and row.category not in registry.categories:
            found.append(codes.UNKNOWN_CATEGORY.at(path, None, id=row.id, category=row.category))
    if registry.stated not in (None, len(registry.rows)):
        found.append(codes.STATED_TOTAL.at(path, stated=registry.stated, counted=len(registry.rows)))
    return found

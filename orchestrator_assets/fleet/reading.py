"""One repository at one commit, read for all kinds of documents: candidates picked, sized, read, parsed, resolved.

Pure reading: the database is only asked through `ParseCache` what is known of a blob already.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Protocol

from orchestrator_assets.documents.text import is_generated, visible
from orchestrator_assets.fleet import scan_problems as codes
from orchestrator_assets.fleet.objects import MODE_LINK, Listing, ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.fleet.path_history import Dated, date_paths
from orchestrator_assets.fleet.repository_settings import SETTINGS_FILE, effective_settings, unknown_keys
from orchestrator_assets.kinds import Document, DocumentKind, Parsed, RepositoryTree, Resolution
from orchestrator_assets.kinds import kinds as all_kinds
from orchestrator_assets.problems import Problem

_CONFIG_LIMIT = 64 * 1024
GENERATED = Parsed(None, (), counted=False)
"""Stands for a page this project generated itself: never read back in."""


class ParseCache(Protocol):
    """Parse results by (blob, suffix), for the whole fleet."""

    def load(self, kind: DocumentKind, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Parsed]: ...

    def save(self, kind: DocumentKind, parsed: Mapping[tuple[str, str], Parsed]) -> None: ...


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent per named part of a scan."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Adds the time of the block to a part."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class KindReading:
    """What one repository holds of one kind. `content` is None for a kind that does not guard any."""

    kind: DocumentKind
    documents: tuple[Document, ...]
    resolution: Resolution
    problems: tuple[Problem, ...]
    content: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RepositoryReader:
    """Everything that reading one repository's tree needs. `dated` are the dates known at commit `dated_at`; with
    `dating` off no document is dated: when only the content matters."""

    store: ObjectStore
    name: str
    commit: str
    listing: Listing
    entry_settings: Mapping[str, Any]
    blob_limit: int
    cache: ParseCache
    dated: Mapping[bytes, Dated]
    dated_at: str | None
    watch: Stopwatch
    dating: bool = True

    def read(self, kinds: Sequence[DocumentKind]) -> tuple[list[KindReading], list[Problem]]:
        """Every kind's documents, records and problems, and the problems of the repository as a whole."""
        problems = [codes.REFUSED_ENTRY.at(None, entry=visible(name)) for name in self.listing.refused[:20]]
        own = self._config(SETTINGS_FILE)
        settings, found = effective_settings(self.entry_settings, own)
        problems += found
        problems += unknown_keys(self.entry_settings, own, {kind.index: kind.settings for kind in all_kinds()})
        if own is None and SETTINGS_FILE in self.listing.files:
            problems.append(
                codes.SETTINGS_INVALID.at(SETTINGS_FILE, None, reason=f"no file, or larger than {_CONFIG_LIMIT} bytes")
            )
        if self.store.shallow:
            problems.append(codes.SHALLOW.at())
        paths = list(self.listing.files)
        chosen: dict[str, list[str]] = {}
        with self.watch.part("select"):
            for kind in kinds:
                config = {name: data for name in kind.config_files if (data := self._config(name)) is not None}
                chosen[kind.name] = kind.select(paths, settings.get(kind.index, {}), config)
        with self.watch.part("date"):
            wanted = {self.listing.raw(path) for selected in chosen.values() for path in selected}
            undated = Dated(None, None)
            dates = (
                date_paths(self.store, self.commit, wanted, self.dated, self.dated_at)
                if self.dating
                else dict.fromkeys(wanted, undated)
            )
        path_set = frozenset(paths)
        readings = []
        for kind in kinds:
            tree = RepositoryTree(
                self.name, self.commit, path_set, self.listing.directories, settings.get(kind.index, {})
            )
            readings.append(self._read_kind(kind, tree, chosen[kind.name], dates))
        return readings, problems

    def _config(self, path: str) -> bytes | None:
        entry = self.listing.files.get(path)
        if entry is None or not entry.readable or (self.store.size(entry.blob) or 0) > _CONFIG_LIMIT:
            return None
        return self.store.read(entry.blob)

    def _read_kind(
        self, kind: DocumentKind, tree: RepositoryTree, paths: Sequence[str], dates: Mapping[bytes, Dated]
    ) -> KindReading:
        problems: list[Problem] = []
        parsed = self._parse(kind, paths, problems)
        documents = []
        for path in paths:
            result = parsed.get(path)
            if result is None or result == GENERATED:
                continue
            if not kind.is_document(path, result, tree.settings):
                result = Parsed(result.payload, (), counted=False)
            problems.extend(replace(problem, path=path) for problem in result.problems)
            dated = dates[self.listing.raw(path)]
            documents.append(Document(path, self.listing.files[path].blob, result, dated.first, dated.last))
        documents.sort(key=lambda document: document.path)
        resolution, content = Resolution((), ()), None
        readable = [item for item in documents if item.parsed.payload is not None]
        with self.watch.part(f"resolve {kind.index}"):
            try:
                resolution = kind.resolve(tree, readable)
                content = kind.content(tree, readable) if kind.content else None
            except Exception as error:  # a defect of ours: it must not take the other kinds down
                problems.append(
                    codes.RESOLVER_FAILED.at(None, kind=kind.index, error=f"{type(error).__name__}: {error}")
                )
        return KindReading(kind, tuple(documents), resolution, (*problems, *resolution.problems), content)

    def _parse(self, kind: DocumentKind, paths: Sequence[str], problems: list[Problem]) -> dict[str, Parsed]:
        """Parse results by path, from the cache or by parsing now. Files that are not read are refused by a problem."""
        keys: dict[str, tuple[str, str]] = {}
        refused: dict[str, Parsed] = {}
        with self.watch.part("size"):
            for path in paths:
                entry = self.listing.files[path]
                if not entry.readable:
                    what = "symbolic link" if entry.mode == MODE_LINK else "submodule"
                    problems.append(codes.NOT_A_FILE.at(path, what=what))
                else:
                    keys[path] = (entry.blob, PurePosixPath(path).suffix.lower())
        with self.watch.part("load parsed"):
            known = self.cache.load(kind, sorted(set(keys.values())))
        self.store.want(key[0] for key in keys.values() if key not in known)
        fresh: dict[tuple[str, str], Parsed] = {}
        for path, key in keys.items():
            if key in known:
                continue
            with self.watch.part("size"):
                size = self.store.size(key[0])
            if size is None:
                raise RepositoryUnavailable(Status.CORRUPT, f"blob {key[0]} of {path} is missing")
            if size > self.blob_limit:
                too_large = codes.TOO_LARGE.at(None, size=size, limit=self.blob_limit)
                refused[path] = Parsed(None, (too_large,))
                continue
            with self.watch.part("read"):
                data = self.store.read(key[0])
            with self.watch.part(f"parse {kind.index}"):
                fresh[key] = known[key] = _parse_one(kind, data, key[1])
        with self.watch.part("save parsed"):
            self.cache.save(kind, {key: item for key, item in fresh.items() if not _is_defect(item)})
        return {**{path: known[key] for path, key in keys.items() if path not in refused}, **refused}


def _parse_one(kind: DocumentKind, data: bytes, suffix: str) -> Parsed:
    if is_generated(data):
        return GENERATED
    try:
        return kind.parse(data, suffix)
    except Exception as error:  # a defect of ours: the file is refused with an integrity problem, the others go on
        return Parsed(None, (codes.PARSER_FAILED.at(kind=kind.index, error=f"{type(error).__name__}: {error}"),))


def _is_defect(parsed: Parsed) -> bool:
    return any(problem.code == codes.PARSER_FAILED.code for problem in parsed.problems)

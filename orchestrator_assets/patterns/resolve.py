"""From a repository's pattern folders to its patterns, and its index pages against the files."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable, Mapping, Sequence

from orchestrator_assets.documents.links import local_target
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.patterns import problems as codes
from orchestrator_assets.patterns.model import Pattern
from orchestrator_assets.patterns.parse import (
    PageRow,
    PatternFile,
    day_of,
    derives_of,
    is_guide_row,
    is_retired_row,
    provenance_of,
)
from orchestrator_assets.patterns.places import id_of, is_guide, is_page, is_template
from orchestrator_assets.problems import Problem

_STATUSES = {"planned", "draft", "in_progress", "active", "retired"}
_ALIKE = 0.65


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """The patterns of the repository. Guides and references are documents of the folder, and no patterns."""
    files = {item.path: PatternFile.model_validate(item.parsed.payload) for item in documents}
    pages = {path: file for path, file in files.items() if is_page(path)}
    rows = {path: {target_of(path, row): row for row in file.rows} for path, file in pages.items()}
    guides = {target for by_target in rows.values() for target, row in by_target.items() if is_guide_row(row)}
    records: list[Record] = []
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for path, file in files.items():
        if is_page(path) or is_template(path) or is_guide(path) or path in guides:
            continue
        page = _page_for(path, pages)
        pattern = _pattern(path, file, pages.get(page or ""), None if page is None else path in rows[page])
        problems += _judge(path, file, pattern)
        if page is not None and not pattern.listed:
            problems.append(codes.UNLISTED.at(path, file.line, index=page))
        if pattern.id in first:
            problems.append(codes.DUPLICATE_ID.at(path, file.line, id=pattern.id, other=first[pattern.id]))
        first.setdefault(pattern.id, path)
        records.append(Record(path, file.line, pattern, 0, pattern.title or pattern.id, file.text))
    for path, file in pages.items():
        problems += _page_problems(tree, path, file, first)
    return Resolution(tuple(records), tuple(problems))


def target_of(page: str, row: PageRow) -> str:
    """The path that a row of a page leads to; as written if it leads out of the repository."""
    return local_target(page, row.target) or row.target


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The id that a name may have been before somebody's search and replace; None if none is alike enough."""
    found = difflib.get_close_matches(name, sorted(known), 1, _ALIKE)
    return found[0] if found else None


def hint(name: str, known: Iterable[str]) -> str:
    """A guess, said as one."""
    found = nearest(name, known)
    return f" (inferred: {found} was meant)" if found else ""


def _page_for(path: str, pages: Mapping[str, PatternFile]) -> str | None:
    folder = posixpath.dirname(path)
    while True:
        for page in sorted(pages):
            if posixpath.dirname(page) == folder:
                return page
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _pattern(path: str, file: PatternFile, page: PatternFile | None, listed: bool | None) -> Pattern:
    form, ids = derives_of(file.derives_from)
    retired = {id_of(row.target) for row in page.rows if is_retired_row(row)} if page else set()
    status = file.status.lower().replace(" ", "_").replace("-", "_") if file.status else None
    return Pattern(
        id=id_of(path),
        title=file.title,
        version=file.version,
        status=status if status in _STATUSES else None,
        status_raw=file.status,
        last_updated=day_of(file.last_updated),
        provenance=provenance_of(file.provenance),
        provenance_raw=file.provenance,
        derives_from=ids,
        derives_from_raw=file.derives_from,
        derives_from_form=form,
        metadata_style=file.style,
        listed=listed,
        retired_parents=tuple(name for name in ids if name in retired),
    )


def _judge(path: str, file: PatternFile, pattern: Pattern) -> list[Problem]:
    found = []
    if file.status is None:
        found.append(codes.NO_STATUS.at(path, file.line))
    elif pattern.status is None:
        found.append(codes.UNKNOWN_STATUS.at(path, file.line, raw=file.status[:80]))
    if file.provenance is None:
        found.append(codes.NO_PROVENANCE.at(path, file.line))
    elif pattern.provenance is None:
        found.append(codes.UNKNOWN_PROVENANCE.at(path, file.line, raw=file.provenance[:80]))
    if file.last_updated is not None and pattern.last_updated is None:
        found.append(codes.BAD_DATE.at(path, file.line, raw=file.last_updated[:80]))
    return found


def _page_problems(tree: RepositoryTree, path: str, file: PatternFile, ids: Mapping[str, str]) -> list[Problem]:
    found = []
    unlisted = [name for name, at in ids.items() if at not in {target_of(path, row) for row in file.rows}]
    for row in file.rows:
        target = local_target(path, row.target)
        if target is not None and not tree.exists(target) and not is_retired_row(row):
            meant = hint(id_of(row.target), unlisted)
            found.append(codes.LISTED_MISSING.at(path, row.line, target=row.target, hint=meant))
    for claim in file.claims:
        if claim.claimed != claim.counted:
            what = claim.what.lower()
            found.append(codes.CLAIM.at(path, claim.line, claimed=claim.claimed, what=what, counted=claim.counted))
    return found

"""Index pages (`index.json`) against the files beside them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator_assets.kinds import RepositoryTree
from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import problems as codes
from orchestrator_assets.sequences.parse import ListingFile, SequenceFile


@dataclass(frozen=True, slots=True)
class Listings:
    """The index pages of a repository by folder: which page, which files it lists, which of its entries lead
    nowhere."""

    pages: Mapping[str, str]
    listed: frozenset[str]
    missing: tuple[tuple[str, str], ...]

    def page_for(self, path: str) -> str | None:
        """The index page that should name a file: in its folder or the nearest above it."""
        folder = posixpath.dirname(path)
        while True:
            if folder in self.pages:
                return self.pages[folder]
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def lists(self, path: str) -> bool | None:
        """Whether its index page names a file; None if there is no page that could."""
        return None if self.page_for(path) is None else path in self.listed

    def problems(self, sources: Sequence[str]) -> list[Problem]:
        """Sources that their page does not name, and entries of their pages that lead nowhere."""
        pages = {page for path in sources if (page := self.page_for(path))}
        found = [
            codes.UNLISTED.at(path, 1, index=page)
            for path in sources
            if (page := self.page_for(path)) and path not in self.listed
        ]
        return found + [codes.LISTED_MISSING.at(page, entry=entry) for page, entry in self.missing if page in pages]


def listings_of(
    pages: Mapping[str, ListingFile], sequences: Mapping[str, SequenceFile], tree: RepositoryTree
) -> Listings:
    """The index pages of a repository, each entry followed: a file by its place beside the page, an id by the id of a
    sequence, or by a file of that name, below the page's folder."""
    by_folder: dict[str, str] = {}
    listed: set[str] = set()
    missing: list[tuple[str, str]] = []
    for page, listing in sorted(pages.items()):
        if posixpath.basename(page) != "index.json":
            continue
        folder = posixpath.dirname(page)
        by_folder[folder] = page
        for written in listing.files:
            target = posixpath.normpath(posixpath.join(folder, written.replace("\\", "/")))
            if target in tree.paths:
                listed.add(target)
            else:
                missing.append((page, written))
        for written in listing.ids:
            found = _by_id(folder, written, sequences)
            listed |= found
            if not found:
                missing.append((page, written))
    return Listings(by_folder, frozenset(listed), tuple(missing))


def _by_id(folder: str, written: str, sequences: Mapping[str, SequenceFile]) -> set[str]:
    prefix = f"{folder}/" if folder else ""
    beside = f"{prefix}{written}.json"
    return {
        path
        for path, file in sequences.items()
        if path.startswith(prefix) and (file.outline.id == written or path == beside)
    }

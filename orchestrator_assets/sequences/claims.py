"""Generated catalogues against what is there: what they state, what is counted, and where the difference comes from."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from orchestrator_assets.kinds import RepositoryTree
from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import problems as codes
from orchestrator_assets.sequences.packages import Packages
from orchestrator_assets.sequences.parse import CatalogueFile
from orchestrator_assets.sequences.places import names_page


def claims_of(
    catalogues: Mapping[str, CatalogueFile], tree: RepositoryTree, packages: Packages, declared: Sequence[str]
) -> list[Problem]:
    """A problem for each catalogue that states another number of sequences than the declared ones. If it names the
    folders it was made from, those are counted; else all."""
    found = []
    for path, catalogue in sorted(catalogues.items()):
        stated = catalogue.stated if catalogue.stated is not None else catalogue.entries
        folders = tuple(_folder(written) for written in catalogue.folders)
        counted = [source for source in declared if not folders or source.startswith(folders)]
        if stated == len(counted):
            continue
        why = explanation(tree, packages, counted, stated, catalogue, folders)
        found.append(codes.CLAIM.at(path, claimed=stated, what="sequences", counted=len(counted), why=why))
    return found


def explanation(
    tree: RepositoryTree,
    packages: Packages,
    counted: Sequence[str],
    stated: int,
    catalogue: CatalogueFile,
    folders: tuple[str, ...],
) -> str:
    """Where a wrong number comes from, as far as the tree shows it; empty if it does not."""
    pages = [
        path
        for path in sorted(tree.paths)
        if names_page(path) and packages.root_of(path) and (not folders or path.startswith(folders))
    ]
    names = sorted({posixpath.basename(path) for path in pages})
    if pages and stated == len(counted) + len(pages):
        without = f"; {catalogue.without_id} of its entries have no id" if catalogue.without_id else ""
        return f": {len(counted)} and the {len(pages)} {' and '.join(names)} files beside them{without}"
    return ""


def _folder(written: str) -> str:
    return posixpath.normpath(written.replace("\\", "/")).removeprefix("./") + "/"

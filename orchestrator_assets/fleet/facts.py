"""Facts about a repository's tree at one commit: size, languages, licence, and which well-known files it has."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from orchestrator_assets.documents.text import decode
from orchestrator_assets.fleet.history import History, active_days, people
from orchestrator_assets.fleet.objects import Listing, ObjectStore, TreeEntry

_LICENCE_LIMIT = 128 * 1024
_LICENCE = re.compile(r"(un)?licen[cs]e(s)?(\.(md|txt|rst))?|copying(\.(md|txt))?", re.IGNORECASE)
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+-]{1,64})")
_README = re.compile(r"readme(\.[a-z]+)?", re.IGNORECASE)
_CI = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|azure-pipelines\.yml|bitbucket-pipelines\.yml|\.travis\.yml"
    r"|Jenkinsfile|\.circleci/config\.yml|\.gitea/workflows/[^/]+\.ya?ml|\.forgejo/workflows/[^/]+\.ya?ml"
)
_MANIFEST = re.compile(
    r"(package\.json|pyproject\.toml|setup\.(py|cfg)|requirements[^/]*\.txt|Pipfile|environment\.ya?ml|go\.mod"
    r"|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|mix\.exs|Package\.swift|[^/]+\.(cs|fs)proj)"
)
_TEST = re.compile(
    r"(^|/)(tests?|__tests__|specs?|[a-z0-9_]+_tests)/|(^|/)test_[^/]+\.py$|_test\.(py|go|rb)$|\.(test|spec)\.[cm]?[jt]sx?$"
    r"|Tests?\.(cs|java|kt)$"
)
_CODEOWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def tree_facts(
    store: ObjectStore, listing: Listing, previous: Listing | None, known: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Facts of the tree, JSON-ready. `bytes` and `languages` (name -> bytes) are carried on from the facts `known` of
    the `previous` listing, so that only changed blobs are sized; `unsized` counts blobs whose object is missing."""
    size = _sizes(store, listing, previous, known)
    names = sorted(listing.files)
    licence_file = next((name for name in names if _LICENCE.fullmatch(name)), None)
    return {
        "files": len(listing.files),
        **size,
        "licence": _licence(store, listing.files[licence_file]) if licence_file else None,
        "licence_file": licence_file,
        "readme": next((name for name in names if _README.fullmatch(name)), None),
        "ci": [name for name in names if _CI.fullmatch(name)],
        "codeowners": next((name for name in _CODEOWNERS if name in listing.files), None),
        "manifests": [name for name in names if _MANIFEST.fullmatch(name.rpartition("/")[2])],
        "tests": any(_TEST.search(name) for name in names),
        "links": sum(1 for entry in listing.files.values() if entry.mode == 0o120000),
        "submodules": sum(1 for entry in listing.files.values() if entry.mode == 0o160000),
    }


def history_facts(history: History, mailmap: bytes | None, shallow: bool) -> dict[str, Any]:
    """Facts of the history, JSON-ready; `largest_share` is the part (0 to 1) of the busiest contributor's commits."""
    counted = people(history, mailmap)
    return {
        "commits": history.commits,
        "first_commit": history.first,
        "last_commit": history.last,
        "contributors": len(counted),
        "largest_share": round(max(counted.values()) / history.commits, 4) if history.commits else None,
        "active_days_90": active_days(history),
        "shallow": shallow,
    }


def _sizes(
    store: ObjectStore, listing: Listing, previous: Listing | None, known: Mapping[str, Any] | None
) -> dict[str, Any]:
    languages: dict[str, int] = {}
    total = unsized = 0
    added = listing.files
    if previous is not None and known is not None and not known.get("unsized"):
        languages, total = dict(known["languages"]), int(known["bytes"])
        added = {path: entry for path, entry in listing.files.items() if previous.files.get(path) != entry}
        gone = {path: entry for path, entry in previous.files.items() if listing.files.get(path) != entry}
        for path, entry in gone.items():
            size = _size(store, entry)
            if size is None:  # the old object was collected: count everything anew
                return _sizes(store, listing, None, None)
            total -= size
            _count(languages, path, -size)
    for path, entry in added.items():
        size = _size(store, entry)
        if size is None:
            unsized += 1
            continue
        total += size
        _count(languages, path, size)
    return {"bytes": total, "languages": dict(sorted(languages.items())), "unsized": unsized}


def _size(store: ObjectStore, entry: TreeEntry) -> int | None:
    return store.size(entry.blob) if entry.readable else 0


def _count(languages: dict[str, int], path: str, size: int) -> None:
    name = language(path.rpartition("/")[2])
    if name is not None and size:
        languages[name] = languages.get(name, 0) + size
        if languages[name] == 0:
            del languages[name]


def language(file_name: str) -> str | None:
    """The language of a file by its name, as Pygments calls it; None if it knows none."""
    suffix = PurePosixPath(file_name).suffix
    return _language_of("x" + suffix.lower() if suffix else file_name)


@cache
def _language_of(name: str) -> str | None:
    from pygments.lexers import find_lexer_class_for_filename

    found = find_lexer_class_for_filename(name)
    return None if found is None or found.name == "Text only" else str(found.name)


def _licence(store: ObjectStore, entry: TreeEntry) -> str | None:
    """SPDX id of a licence text; None if it is none we know."""
    size = store.size(entry.blob) if entry.readable else None
    return _licence_of(store.read(entry.blob)) if size is not None and size <= _LICENCE_LIMIT else None


@cache
def _licence_of(data: bytes) -> str | None:
    text = decode(data).text
    tagged = _SPDX.search(text)
    if tagged:
        return tagged.group(1)
    from identify.identify import license_id

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write(text)
        file.flush()
        found: str | None = license_id(file.name)
    return found

"""Manifests: which files at the hub a publication wrote, and what it wrote there (`.orchestrator/NAME.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

import pygit2

from orchestrator_assets.documents.text import visible
from orchestrator_assets.hub import trees
from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.trees import Entry

_FOLDER = ".orchestrator"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def path(name: str) -> str:
    """Where the manifest of a publication stands."""
    return f"{_FOLDER}/{name}.json"


def check(name: str, paths: Iterable[str]) -> None:
    """HubError if the name or one of the paths is not one that a publication may have."""
    if not _NAME.fullmatch(name):
        raise HubError(f"{visible(name)!r} is no name for a publication: letters, digits, _ - and . only")
    for one in paths:
        if not _may_be_published(one):
            raise HubError(f"{name} may not publish to {visible(one)!r}")


def is_one(one: str) -> bool:
    """Whether a path at the hub is that of a manifest."""
    return one.startswith(f"{_FOLDER}/") and one.endswith(".json")


def write(objects: pygit2.Repository, files: Mapping[str, Entry]) -> Entry:
    """Stores the manifest of these files."""
    return _store(objects, {one: entry.blob for one, entry in files.items()})


def read(objects: pygit2.Repository, commit: str | None, manifest: str) -> dict[str, str]:
    """What a publication wrote according to its manifest (its path) at a commit: path -> blob id. Empty if there is no
    manifest, or somebody made it unreadable: then nothing is ours to remove."""
    entry = trees.entry_at(objects, commit, manifest)
    blob = objects.get(entry.blob) if entry is not None else None
    if not isinstance(blob, pygit2.Blob):
        return {}
    try:
        told = json.loads(blob.data)
    except (ValueError, RecursionError):
        return {}
    files = told.get("files") if isinstance(told, dict) else None
    if not isinstance(files, dict):
        return {}
    return {one: blob for one, blob in files.items() if isinstance(blob, str) and _may_be_published(one)}


def updated(
    objects: pygit2.Repository, commit: str | None, manifest: str, files: Mapping[str, Entry | None]
) -> Entry | None:
    """The manifest that stands at a path of a commit, with these files put or (None) removed; None if no file is
    left."""
    told = read(objects, commit, manifest)
    for one, entry in files.items():
        if entry is None:
            told.pop(one, None)
        else:
            told[one] = entry.blob
    return _store(objects, told) if told else None


def _store(objects: pygit2.Repository, files: Mapping[str, str]) -> Entry:
    told = {"files": dict(sorted(files.items()))}
    return trees.write_file(objects, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())


def _may_be_published(one: str) -> bool:
    parts = one.split("/")
    return (
        visible(one) == one
        and "\\" not in one
        and not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
        and parts[0].lower() != _FOLDER
    )

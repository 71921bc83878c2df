"""A repository's files at a commit, written into a folder: from its objects, without checkout and filters."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator_assets.fleet.objects import MODE_LINK, MODE_MODULE, ObjectStore, RepositoryUnavailable, Status
from orchestrator_assets.settings import Settings

_EXECUTABLE = 0o100755


def export_tree(store: ObjectStore, commit: str, folder: Path, settings: Settings, below: str = "") -> int:
    """Writes the files of a commit (or of one folder of it) and returns their bytes. Links are written as links where
    they stay inside, else left out; submodules are left out. RepositoryUnavailable (too_large) past
    `ORCHESTRATOR_EXPORT_LIMIT` bytes."""
    listing = store.listing(store.tree_of(commit), settings.tree_limit, settings.tree_depth)
    prefix = f"{below.strip('/')}/" if below.strip("/") else ""
    total = 0
    chosen = {path: entry for path, entry in listing.files.items() if path.startswith(prefix)}
    store.want(entry.blob for entry in chosen.values() if entry.mode != MODE_MODULE)
    for path, entry in chosen.items():
        target = folder / os.fsdecode(listing.raw(path)[len(prefix.encode()) :])
        if entry.mode == MODE_LINK:
            _link(target, store.read(entry.blob), folder)
            continue
        if not entry.readable:
            continue
        total += store.size(entry.blob) or 0
        if total > settings.export_limit:
            raise RepositoryUnavailable(
                Status.TOO_LARGE, f"more than {settings.export_limit} bytes; raise ORCHESTRATOR_EXPORT_LIMIT"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(store.read(entry.blob))
        target.chmod(0o755 if entry.mode == _EXECUTABLE else 0o644)
    return total


def _link(target: Path, data: bytes, folder: Path) -> None:
    to = os.fsdecode(data)
    inside = Path(os.path.normpath(target.parent / to)) if "\0" not in to else folder.parent
    if not Path(to).is_absolute() and inside.is_relative_to(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

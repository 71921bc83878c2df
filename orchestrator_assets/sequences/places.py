"""Which files are looked at for sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator_assets.kinds import Settings

_SKIPPED = ("node_modules/", "bower_components/", "vendor/", ".venv/")
_NEVER = ("package-lock.json", "composer.lock", "npm-shrinkwrap.json")


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Every JSON file that could be a sequence, or that says which folders hold them: what it is, its content decides.
    Installed dependencies and lock files are left out."""
    return [path for path in paths if path.endswith(".json") and not _is_foreign(path)]


def _is_foreign(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _NEVER or any(path.startswith(folder) or f"/{folder}" in path for folder in _SKIPPED)


def names_page(path: str) -> bool:
    """Whether a file is a page about sequences or tooling by its name, and never one itself."""
    name = path.rpartition("/")[2]
    return name in ("index.json", "package.json") or (name.startswith("tsconfig") and name.endswith(".json"))

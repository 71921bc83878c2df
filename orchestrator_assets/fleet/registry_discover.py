"""Finding the clones in a folder, for a first registry."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.problems import UNREADABLE_FOLDER
from orchestrator_assets.fleet.registry_model import RepositoryEntry
from orchestrator_assets.fleet.registry_url import UrlKind, UrlRefused, check_url
from orchestrator_assets.problems import Problem


@dataclass(frozen=True, slots=True)
class Discovery:
    """The repositories of a folder, by path, and the folders that could not be looked into."""

    entries: tuple[RepositoryEntry, ...]
    problems: tuple[Problem, ...]


def discover(folder: Path, registry_folder: Path | None = None) -> Discovery:
    """Every repository in the folder, with work tree or bare, at any depth: repositories inside repositories, linked
    work trees, hidden folders and symbolic links are passed by. URLs are relative to `registry_folder` (the folder
    itself if None); clones with the same name are named by their path. OSError if the folder cannot be listed."""
    root = Path(os.path.abspath(folder))  # noqa: PTH100 - lexical: links in the way stay as the user wrote them
    base = Path(os.path.abspath(registry_folder or folder))  # noqa: PTH100
    found: list[str] = []
    problems: list[Problem] = []

    def unreadable(error: OSError) -> None:
        if error.filename == str(root):
            raise error
        problems.append(_problem(str(error.filename), error.strerror or "not readable"))

    for path, folders, files in os.walk(root, onerror=unreadable):
        kind = _repository(path, folders, files)
        if kind is not None:
            folders.clear()
        if kind:
            found.append(path)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
    entries = []
    for path, name in _names(root, found).items():
        try:
            entries.append(RepositoryEntry(name=name, url=relative_url(Path(path), base)))
        except (UrlRefused, ValueError) as error:
            problems.append(_problem(path, str(error)))
    return Discovery(tuple(entries), tuple(problems))


def relative_url(path: Path, registry_folder: Path) -> str:
    """The path as a registry in that folder names it. UrlRefused if it cannot (control characters, not UTF-8)."""
    relative = Path(os.path.relpath(path, registry_folder)).as_posix()
    try:
        relative.encode("utf-8")
    except UnicodeEncodeError:
        raise UrlRefused("its name is not UTF-8") from None
    try:
        if check_url(relative, registry_folder).kind is UrlKind.LOCAL:
            return relative
    except UrlRefused:
        pass  # a path that only looks like an option or a remote is plain behind ./
    check_url(f"./{relative}", registry_folder)
    return f"./{relative}"


def _repository(path: str, folders: list[str], files: list[str]) -> bool | None:
    """True for a repository, False for a linked work tree of another one, None for neither."""
    if ".git" in folders:
        return True
    if ".git" in files:
        return not _is_linked(Path(path) / ".git")
    return True if "HEAD" in files and {"objects", "refs"} <= set(folders) else None


def _is_linked(git_file: Path) -> bool:
    try:
        return "/worktrees/" in git_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # a repository all the same: scanning it will say what is wrong


def _names(root: Path, found: list[str]) -> dict[str, str]:
    """Path -> name: the folder's, or the path below the root where folders share a name."""
    short = {path: Path(path).name.removesuffix(".git") or Path(path).name for path in found}
    times = Counter(short.values())
    return {
        path: name if times[name] == 1 else Path(path).relative_to(root).as_posix().removesuffix(".git")
        for path, name in short.items()
    }


def _problem(folder: str, reason: str) -> Problem:
    shown = visible(folder.encode("utf-8", errors="backslashreplace").decode("utf-8"))
    return UNREADABLE_FOLDER.at(None, None, folder=shown, reason=reason)

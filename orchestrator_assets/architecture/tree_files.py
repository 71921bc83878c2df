"""Looking files up by what a page calls them, in time that does not grow with the tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from functools import cached_property

from orchestrator_assets.kinds import RepositoryTree


class TreeFiles:
    """The files of one tree by name and by ending. The tables are made when first asked for."""

    def __init__(self, tree: RepositoryTree) -> None:
        self._tree = tree

    def find(self, path: str, written: str) -> str | None:
        """The file that the page at `path` names: beside it or a folder above it; else the only one of that name in
        the tree."""
        folder = posixpath.dirname(path)
        while True:
            candidate = posixpath.normpath(posixpath.join(folder, written))
            if candidate in self._tree.paths and candidate != path:
                return candidate
            if not folder:
                break
            folder = posixpath.dirname(folder)
        named = self._by_name.get(posixpath.basename(written), ())
        return named[0] if len(named) == 1 and named[0] != path else None

    def has(self, path: str, written: str) -> bool:
        """Whether any file goes by this name or ends with this path."""
        return self.find(path, written) is not None or written in self._endings

    def shows(self, signs: Sequence[str]) -> bool:
        """Whether any file has one of these names, or one of these endings (".tf")."""
        return any(sign in self._suffixes if sign.startswith(".") else sign in self._by_name for sign in signs)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.paths:
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    @cached_property
    def _suffixes(self) -> frozenset[str]:
        return frozenset(posixpath.splitext(name)[1] for name in self._by_name)

    @cached_property
    def _endings(self) -> frozenset[str]:
        return frozenset(ending for path in self._tree.paths for ending in _endings(path))


def _endings(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[-length:]) for length in range(1, min(len(parts), 9) + 1))

"""Which package a file belongs to, and which folders packages declare as theirs."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator_assets.kinds import Settings
from orchestrator_assets.sequences.parse import PackageFile


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of sequences, and the package that declares it (None: the repository's settings do)."""

    folder: str
    package: str | None


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of one repository: name by folder, and the declared folders, longest first."""

    names: Mapping[str, str]
    roots: tuple[Root, ...]

    def root_of(self, path: str) -> Root | None:
        """The declared folder that a file stands below."""
        return next((root for root in self.roots if _below(path, root.folder)), None)

    def name_of(self, path: str) -> str | None:
        """The name of the nearest package above a file."""
        folder = posixpath.dirname(path)
        while True:
            if folder in self.names:
                return self.names[folder]
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def depth_of(self, path: str) -> int:
        """How deep the nearest package above a file stands; -1 without one."""
        folder = posixpath.dirname(path)
        while folder and folder not in self.names:
            folder = posixpath.dirname(folder)
        return -1 if folder not in self.names else folder.count("/") + 1 if folder else 0


def packages_of(files: Mapping[str, PackageFile], settings: Settings) -> Packages:
    """The packages of a repository from its `package.json` files, by path; `settings["roots"]` are further folders."""
    names = {posixpath.dirname(path): package.name for path, package in files.items() if package.name}
    roots = [
        Root(folder, package.name)
        for path, package in sorted(files.items())
        for written in package.roots
        if (folder := _folder(posixpath.dirname(path), written)) is not None
    ]
    own = settings.get("roots")
    roots += [
        Root(folder, None)
        for written in (own if isinstance(own, list) else [])
        if isinstance(written, str) and (folder := _folder("", written)) is not None
    ]
    return Packages(names, tuple(sorted(roots, key=lambda root: (-len(root.folder), root.folder))))


def _folder(base: str, written: str) -> str | None:
    """A folder as declared, from the repository's root; None if it leads out of the folder that declares it."""
    inside = posixpath.normpath(written.replace("\\", "/"))
    if inside == ".." or inside.startswith(("../", "/")):
        return None
    return base if inside == "." else posixpath.join(base, inside)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")

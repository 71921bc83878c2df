"""Whether what a repository keeps its data in are ordinary files.

Whoever opens a named pipe waits for ever, and a device never ends. A repository on this machine may have one in place
of any file that is opened when it is read: its HEAD, its configuration or what that includes, a ref, a pack, an object.
So these are looked at before the library that reads them is asked. (What is swapped in between is not noticed.)

The sensor does this for every repository at every look: paths are plain text here, which is several times faster.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from os.path import expanduser, isdir, join
from pathlib import Path

_SMALL = 1024 * 1024
_LEVELS = 8
_FILES = ("HEAD", "config", "config.worktree", "packed-refs", "shallow", "gitdir", "info/grafts")
_READ_WHOLE = ("HEAD", "config", "config.worktree", "commondir", "gitdir", ".git", "alternates")
_INCLUDED = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*\"?([^\"\n#;]+)", re.IGNORECASE | re.MULTILINE)
_SYMBOLIC = b"ref: "


class NotPlain(Exception):
    """Something else stands where a repository must have a file or folder; the message names it."""


def check_control_files(folder: Path) -> str:
    """Looks at everything that opening the repository reads, and returns its git folder. NotPlain, OSError."""
    git = _git_folder(str(folder))
    for place in _places(git):
        for name in _FILES:
            _file(join(place, name))
        _configuration(join(place, "config"), _LEVELS)
        for objects in _object_folders(join(place, "objects")):
            for below in ("pack", "info"):
                _files_in(join(objects, below))
    return git


def check_objects(git: str) -> None:
    """Looks at every loose object. NotPlain, OSError."""
    for objects in _object_folders(join(_common(git), "objects")):
        with os.scandir(objects) as found:
            fans = [entry.path for entry in found if len(entry.name) == 2]
        for fan in fans:
            _files_in(fan)


def check_object(git: str, oid: str) -> None:
    """Looks at one object, if it is loose. NotPlain, OSError."""
    for objects in _object_folders(join(_common(git), "objects")):
        _file(join(objects, oid[:2], oid[2:]))


def check_ref(git: str, name: str) -> None:
    """Looks at a ref and the refs that it names. NotPlain, OSError."""
    for _ in range(_LEVELS):
        text = next((text for place in _places(git) if (text := _read(join(place, name)))), b"")
        if not text.startswith(_SYMBOLIC):
            return
        name = os.fsdecode(text.removeprefix(_SYMBOLIC).strip())
        if name.startswith("/") or ".." in name.split("/"):
            return  # no ref's name; the library says so


def check_refs(git: str, limit: int) -> None:
    """Looks at all loose refs, up to a limit. NotPlain, OSError."""
    for place in _places(git):
        below = (join(folder, name) for folder, _, names in os.walk(join(place, "refs")) for name in names)
        for path in islice(below, limit):
            _file(path)


def _git_folder(folder: str) -> str:
    inner = join(folder, ".git")
    if not os.path.lexists(inner):
        return folder
    if isdir(inner):
        return inner
    said = _read(inner)
    return join(folder, os.fsdecode(said[8:].strip())) if said.startswith(b"gitdir: ") else folder


def _places(git: str) -> list[str]:
    """The git folder, and the one that linked work trees share."""
    return list(dict.fromkeys((git, _common(git))))


def _common(git: str) -> str:
    said = _read(join(git, "commondir"))
    return join(git, os.fsdecode(said.strip())) if said else git


def _object_folders(objects: str, levels: int = _LEVELS) -> Iterator[str]:
    """The folder and its alternates."""
    if not isdir(objects):
        return
    yield objects
    said = _read(join(objects, "info", "alternates")) if levels else b""
    for row in said.splitlines()[:20]:
        if row and not row.startswith(b"#"):
            yield from _object_folders(join(objects, os.fsdecode(row.strip(b'"'))), levels - 1)


def _configuration(path: str, levels: int) -> None:
    """A configuration file and those that it includes, whatever the condition."""
    text = _read(path)
    if not levels or b"include" not in text.lower():
        return
    for named in _INCLUDED.findall(text)[:100]:
        included = expanduser(os.fsdecode(named.strip()))
        _configuration(join(os.path.dirname(path), included), levels - 1)


def _files_in(folder: str) -> None:
    try:
        with os.scandir(folder) as found:
            strange = [
                entry.path
                for entry in found
                if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in strange:
        _file(path)


def _read(path: str) -> bytes:
    """A small file's content; nothing if there is none."""
    if not _file(path):
        return b""
    with open(path, "rb") as file:
        return file.read(_SMALL)


def _file(path: str) -> bool:
    """Whether there is a file. NotPlain if it is no ordinary one, or too large for what is read as a whole."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISREG(found.st_mode):
        if found.st_size > _SMALL and os.path.basename(path) in _READ_WHOLE:
            raise NotPlain(f"{path} is {found.st_size} bytes long")
        return True
    if stat.S_ISDIR(found.st_mode):
        return False  # the library refuses a folder by itself
    what = "pipe" if stat.S_ISFIFO(found.st_mode) else "socket" if stat.S_ISSOCK(found.st_mode) else "device"
    raise NotPlain(f"{path} is a {what}, no file")

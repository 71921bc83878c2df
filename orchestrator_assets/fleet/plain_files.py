"""Whether what a repository keeps its data in are ordinary files.

Whoever opens a named pipe waits for ever, and a device never ends. A repository on this machine may have one in place
of any file that is opened when it is read: its HEAD, its configuration or what that includes, a ref, a pack, an object.
So these are looked at before the library that reads them is asked. (What is swapped in between is not noticed.)
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_SMALL = 1024 * 1024
_LEVELS = 8
_FILES = ("HEAD", "config", "config.worktree", "packed-refs", "shallow", "commondir", "gitdir", "info/grafts")
_READ_WHOLE = ("HEAD", "config", "config.worktree", "commondir", "gitdir", ".git", "alternates")
_INCLUDED = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*\"?([^\"\n#;]+)", re.IGNORECASE | re.MULTILINE)
_SYMBOLIC = b"ref: "


class NotPlain(Exception):
    """Something else stands where a repository must have a file or folder; the message names it."""


def check_control_files(folder: Path) -> Path:
    """Looks at everything that opening the repository reads, and returns its git folder. NotPlain, OSError."""
    git = _git_folder(folder)
    for place in dict.fromkeys((git, _common(git))):
        for name in _FILES:
            _file(place / name)
        _configuration(place / "config", _LEVELS)
        for objects in _object_folders(place / "objects"):
            for below in ("pack", "info"):
                _files_in(objects / below)
    return git


def check_objects(git: Path) -> None:
    """Looks at every loose object. NotPlain, OSError."""
    for objects in _object_folders(_common(git) / "objects"):
        with os.scandir(objects) as found:
            fans = [entry for entry in found if len(entry.name) == 2]
        for fan in fans:
            _files_in(Path(fan.path))


def check_object(git: Path, oid: str) -> None:
    """Looks at one object, if it is loose. NotPlain, OSError."""
    for objects in _object_folders(_common(git) / "objects"):
        _file(objects / oid[:2] / oid[2:])


def check_ref(git: Path, name: str) -> None:
    """Looks at a ref and the refs that it names. NotPlain, OSError."""
    for _ in range(_LEVELS):
        places = [place / name for place in dict.fromkeys((git, _common(git)))]
        for path in places:
            _file(path)
        text = next((path.read_bytes() for path in places if path.is_file()), b"")
        if not text.startswith(_SYMBOLIC):
            return
        name = os.fsdecode(text.removeprefix(_SYMBOLIC).strip())
        if name.startswith("/") or ".." in name.split("/"):
            return  # no ref's name; the library says so


def check_refs(git: Path, limit: int) -> None:
    """Looks at all loose refs, up to a limit. NotPlain, OSError."""
    for place in dict.fromkeys((git, _common(git))):
        for path in islice(_below(place / "refs"), limit):
            _file(path)


def _git_folder(folder: Path) -> Path:
    inner = folder / ".git"
    if not os.path.lexists(inner):
        return folder
    if inner.is_dir():
        return inner
    _file(inner)
    said = inner.read_bytes()
    if not said.startswith(b"gitdir: "):
        return folder
    return inner.parent / os.fsdecode(said.removeprefix(b"gitdir: ").strip())


def _common(git: Path) -> Path:
    """The folder that linked work trees share; of others, their own."""
    file = git / "commondir"
    _file(file)
    return git / os.fsdecode(file.read_bytes().strip()) if file.is_file() else git


def _object_folders(objects: Path, levels: int = _LEVELS) -> Iterator[Path]:
    """The folder and its alternates."""
    if not objects.is_dir():
        return
    yield objects
    alternates = objects / "info" / "alternates"
    _file(alternates)
    if levels and alternates.is_file():
        for row in alternates.read_bytes().splitlines()[:20]:
            if row and not row.startswith(b"#"):
                yield from _object_folders(objects / os.fsdecode(row.strip(b'"')), levels - 1)


def _configuration(path: Path, levels: int) -> None:
    """A configuration file and those that it includes, whatever the condition."""
    _file(path)
    if not levels or not path.is_file():
        return
    text = path.read_bytes()
    if b"include" not in text.lower():
        return
    for named in _INCLUDED.findall(text)[:100]:
        included = os.path.expanduser(os.fsdecode(named.strip()))  # noqa: PTH111 - Path's raises for unknown users
        _configuration(path.parent / included, levels - 1)


def _files_in(folder: Path) -> None:
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for entry in found:
            if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                _file(Path(entry.path))


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names)


def _file(path: Path) -> None:
    """An ordinary file, or nothing; a small one, since it is read as a whole."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(found.st_mode):
        return  # the library refuses a folder by itself
    _kind(path, found.st_mode)
    if found.st_size > _SMALL and path.name in _READ_WHOLE:
        raise NotPlain(f"{path} is {found.st_size} bytes long")


def _kind(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    what = "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"
    raise NotPlain(f"{path} is a {what}, no file")

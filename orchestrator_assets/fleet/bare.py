"""Bare repositories of our own: made whole or not at all, used by one process at a time, cleaned after a kill."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator_assets.fleet.git import is_object_id, run

_POLL_SECONDS = 0.02


class Busy(Exception):
    """Another process held the lock for all the time that one was willing to wait."""


@contextmanager
def exclusive(lock_file: Path, timeout: float) -> Iterator[int]:
    """Holds a lock between processes and threads; yields its file descriptor. Busy after `timeout` seconds.

    The lock belongs to the open file, so a git child that inherits the descriptor keeps it. That is the point: when
    the parent is killed, nobody touches the repository until its orphaned child has ended, and whoever then holds the
    lock knows that every lock file of git's is a dead one."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + timeout
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise Busy(f"another process has held {lock_file} for {timeout:g} seconds")
            time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def is_whole(path: Path) -> bool:
    """Whether the folder has everything that makes a bare repository one (its objects are not looked at)."""
    try:
        head = head_of(path)
    except OSError:
        return False
    parts = (path / "config").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return parts and (head.startswith("ref: refs/") or is_object_id(head))


def head_of(path: Path) -> str:
    """What HEAD says: `ref: refs/...` or an object id. OSError."""
    return os.fsdecode((path / "HEAD").read_bytes()).strip()


def make_beside(path: Path, config: str, branch: str, timeout: float, lock: int) -> Path:
    """Makes an empty bare repository next to `path`, for `put_in_place` to move there; what a killed attempt left
    there is removed. `lock` is the lock that the caller holds. GitFailed, OSError."""
    partial = _partial(path)
    if partial.exists():
        shutil.rmtree(partial)
    path.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}"]
    run(arguments, git_dir=partial, timeout=timeout, keep_open=(lock,))
    write_config(partial, config)
    return partial


def put_in_place(partial: Path, path: Path) -> None:
    """Moves a finished repository to its place, instead of whatever stands there. The caller holds the lock."""
    old = _old(path)
    if old.exists():
        shutil.rmtree(old)
    if path.exists():
        path.rename(old)
    partial.rename(path)
    if old.exists():
        shutil.rmtree(old)


def write_config(path: Path, config: str) -> None:
    """Makes this the repository's whole configuration."""
    file = path / "config"
    if file.exists() and file.read_text("utf-8") == config:
        return
    temporary = path / "config.orchestrator"
    temporary.write_text(config, "utf-8")
    temporary.replace(file)


def clear_dead_locks(path: Path) -> None:
    """Removes the lock files, half-received packs and unfinished repositories that killed processes left. The caller
    holds the lock. (Half-written loose objects stay for git's own gc: looking for them would cost a walk through all
    of them each time.)"""
    objects = path / "objects"
    for lock in (
        *path.glob("*.lock"),
        *(path / "refs").rglob("*.lock"),
        *objects.glob("*.lock"),
        *(objects / "info").rglob("*.lock"),
        *(objects / "pack").glob("*.lock"),
        *(objects / "pack").glob("tmp_*"),
    ):
        lock.unlink(missing_ok=True)
    for leftover in (*objects.glob("tmp_objdir*"), _partial(path), _old(path)):
        if leftover.exists():
            shutil.rmtree(leftover)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _old(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")

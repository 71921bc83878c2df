"""Histories of small repositories as plain text: what each commit says and which whole files it puts in place.

    == 2026-02-02T09:30:00+01:00 | Ada Brandt | Begin the payment service
    -- README.md --
    # payments
    -- docs/old.md -- removed
    == 2026-03-10T ...

A file's content is the lines below its mark, up to the next one; a mark with nothing below it is an empty file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_COMMIT = re.compile(r"== (?P<date>\d{4}-\d\d-\d\dT\S+) \| (?P<author>[^|<>]+) \| (?P<message>.+)")
_FILE = re.compile(r"-- (?P<path>\S(?:.*\S)?) --(?P<removed> removed)?")


@dataclass(frozen=True, slots=True)
class DemoCommit:
    """One commit: `files` maps a path to its new content, or to None where the file is removed."""

    date: datetime
    author: str
    message: str
    files: dict[str, str | None]


def read_history(text: str) -> list[DemoCommit]:
    """The commits of a history, oldest first. ValueError names the line that does not belong."""
    commits: list[DemoCommit] = []
    path: str | None = None
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        commit, file = _COMMIT.fullmatch(line.rstrip("\n")), _FILE.fullmatch(line.rstrip("\n"))
        if commit is not None:
            date = datetime.fromisoformat(commit["date"])
            commits.append(DemoCommit(date, commit["author"], commit["message"], {}))
            path = None
        elif not commits:
            raise ValueError(f"line {number}: expected a commit (== date | author | message)")
        elif file is not None:
            path = None if file["removed"] else file["path"]
            commits[-1].files[file["path"]] = None if file["removed"] else ""
        elif path is None:
            raise ValueError(f"line {number}: expected a file (-- path --)")
        else:
            commits[-1].files[path] = (commits[-1].files[path] or "") + line
    return commits


def fast_import(commits: list[DemoCommit], branch: str = "main") -> bytes:
    """The commits as input of `git fast-import`: nothing in it depends on when or where it runs."""
    return b"".join(part for commit in commits for part in _stream(commit, branch))


def _stream(commit: DemoCommit, branch: str) -> Iterator[bytes]:
    mail = commit.author.lower().replace(" ", ".") + "@example.org"
    when = f"{int(commit.date.timestamp())} {commit.date:%z}"
    yield f"commit refs/heads/{branch}\n".encode()
    for role in ("author", "committer"):
        yield f"{role} {commit.author} <{mail}> {when}\n".encode()
    yield _data(commit.message + "\n")
    for path, content in commit.files.items():
        if content is None:
            yield f"D {path}\n".encode()
        else:
            yield f"M 100644 inline {path}\n".encode() + _data(content)


def _data(text: str) -> bytes:
    data = text.encode()
    return b"data %d\n%s\n" % (len(data), data)

"""Repositories to measure on, made by `git fast-import`: one with many files, or many with few."""

from __future__ import annotations

import subprocess
from pathlib import Path

STATUSES = ("Proposed", "Accepted", "Superseded", "Deprecated", "Rejected")


def git(*arguments: str, cwd: Path, stdin: bytes | None = None) -> bytes:
    """Runs git, and returns its output."""
    return subprocess.run(["git", *arguments], cwd=cwd, input=stdin, check=True, capture_output=True).stdout


def large(folder: Path, files: int, commits: int = 200) -> Path:
    """One repository with this many files: a third documents (a tenth of these decisions), the rest code."""
    target = _init(folder / f"large-{files}")
    stream = []
    for commit in range(commits):
        rows = []
        for number in range(commit, files, commits):
            path, text = _file(number)
            stream.append(_blob(number + 1, text))
            rows.append(b"M 100644 :%d %s\n" % (number + 1, path.encode()))
        stream.append(_commit(1_704_067_200 + commit * 86_400, f"Author {commit % 17}", rows))
    git("fast-import", "--quiet", cwd=target, stdin=b"".join(stream))
    git("reset", "-q", "--hard", "main", cwd=target)
    return target


def small(folder: Path, count: int) -> list[Path]:
    """This many repositories of 27 files: five decisions, a session note, a README, twenty modules."""
    made = []
    for number in range(count):
        target = _init(folder / f"small-{number:05d}")
        files = {f"docs/decisions/ADR-{n:04d}-choice.md": decision(target.name, n) for n in range(1, 6)}
        files[f"docs/session-notes/ISSUE-{number}-first.md"] = (
            f"# Issue #{number}: first\n\n> **Status:** In Progress\n\n## 2026-03-0{1 + number % 9}\n\n### Next Steps\n\n- go on\n"
        )
        files["README.md"] = f"# {target.name}\n"
        files |= {f"src/module_{n:02d}.py": "".join(f"x{k} = {k}\n" for k in range(n * 5)) for n in range(20)}
        stream = [_blob(mark, text) for mark, text in enumerate(files.values(), 1)]
        rows = [b"M 100644 :%d %s\n" % (mark, path.encode()) for mark, path in enumerate(files, 1)]
        git(
            "fast-import",
            "--quiet",
            cwd=target,
            stdin=b"".join([*stream, _commit(1_767_225_600 + number * 60, "Fleet", rows)]),
        )
        git("reset", "-q", "--hard", "main", cwd=target)
        made.append(target)
    return made


def push(repository: Path, number: int) -> str:
    """Commits one more decision, and returns its path."""
    path = f"docs/decisions/ADR-{number:04d}-pushed.md"
    target = repository / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(decision(repository.name, number))
    git("add", "-A", cwd=repository)
    git(
        "-c",
        "user.name=Fleet",
        "-c",
        "user.email=fleet@example.org",
        "commit",
        "-qm",
        f"decide {number}",
        cwd=repository,
    )
    return path


def registry(path: Path, repositories: list[Path]) -> None:
    """Writes the fleet registry."""
    path.write_text("repos:\n" + "".join(f"  - name: {r.name}\n    url: {r}\n" for r in repositories))


def decision(name: str, number: int) -> str:
    """A decision as many write it."""
    status = STATUSES[number % len(STATUSES)]
    return (
        f"# ADR-{number:04d}: Choice {number} of {name}\n\n> **Status:** {status}\n> **Date:** 2026-0{1 + number % 9}-15\n\n"
        f"## Context\n\n{name} must choose.\n\n## Decision\n\nOption {number % 3}.\n"
    )


def _init(target: Path) -> Path:
    target.mkdir(parents=True)
    git("init", "-q", "-b", "main", cwd=target)
    return target


def _file(number: int) -> tuple[str, str]:
    if number % 30 == 0:
        return f"docs/decisions/ADR-{number:05d}-choice.md", decision("large", number) * (1 + number % 7)
    if number % 6 == 0:
        return f"docs/page-{number:05d}.md", decision("large", number) * (1 + number % 7)
    if number % 6 == 1:
        rows = ", ".join(str(k) for k in range(500 + number % 3000))
        return f"data/file-{number:05d}.{'json' if number % 4 == 1 else 'yaml'}", f'{{"rows": [{rows}]}}\n'
    return f"src/pkg{number % 40}/module_{number:05d}.py", "".join(
        f"value_{k} = {k * number}\n" for k in range(100 + number % 400)
    )


def _blob(mark: int, text: str) -> bytes:
    data = text.encode()
    return b"blob\nmark :%d\ndata %d\n%s\n" % (mark, len(data), data)


def _commit(when: int, author: str, rows: list[bytes]) -> bytes:
    who = f"{author} <{author.replace(' ', '').lower()}@example.org> {when} +0000".encode()
    return b"commit refs/heads/main\ncommitter " + who + b"\ndata 6\nchange\n" + b"".join(rows) + b"\n"

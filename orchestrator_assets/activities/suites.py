"""How a repository's own tests are run: chosen by its files, never by a model. And its files, laid out to run them."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator_assets.activities.evidence import Tree

_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")


def command_of(tree: Tree) -> tuple[list[str], str] | None:
    """The command that runs the tests, and the path that says so; None if the repository has no tests we know."""
    for path in _MAKEFILES:
        if any(line.startswith("test:") for line in (tree.text(path) or "").splitlines()):
            return ["make", "test"], path
    if _npm_test(tree):
        return ["npm", "test"], "package.json"
    for path, command in (("go.mod", ["go", "test", "./..."]), ("Cargo.toml", ["cargo", "test"])):
        if tree.holds(path):
            return command, path
    python = next((path for path in tree.paths if _is_python_test(path)), None)
    return (["python3", "-m", "pytest", "-q"], python) if python else None


def lay_out(tree: Tree, folder: Path) -> int:
    """Writes the commit's ordinary files into an empty folder, and returns how many. Links are left out: they could
    lead outside; so are files larger than the blob limit."""
    count = 0
    for path, entry in tree.listing.files.items():
        data = tree.read(path)
        if data is None:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(0o755 if entry.mode & 0o111 else 0o644)
        count += 1
    return count


def _npm_test(tree: Tree) -> bool:
    try:
        data = json.loads(tree.text("package.json") or "null")
    except (ValueError, RecursionError):
        return False
    scripts = data.get("scripts") if isinstance(data, dict) else None
    return (
        isinstance(scripts, dict)
        and isinstance(scripts.get("test"), str)
        and "no test specified" not in scripts["test"]
    )


def _is_python_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return (name.startswith("test_") and name.endswith(".py")) or name.endswith("_test.py")

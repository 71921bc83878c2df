"""Files that a model drafts: where they may stand, whether they can be read, what they would take away."""

from __future__ import annotations

import ast
import json
import posixpath
import re
import tomllib
from collections.abc import Mapping

from orchestrator_assets.activities.cleaning import secrets_in
from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import visible

FILES = 50
SIZE = 200_000
_PROTECTED = re.compile(
    r"(?:\.github|\.gitlab|\.circleci|\.gitea|\.forgejo)/.*|\.gitlab-ci\.yml|azure-pipelines\.yml|jenkinsfile|\.travis\.yml"
    r"|(?:.*/)?codeowners|\.git(?:modules|attributes)|\.orchestrator\.yaml|(?:.*/)?\.env(?:\..*)?|(?:.*/)?\.(?:husky|githooks)/.*"
    r"|\.pre-commit-config\.yaml",
    re.IGNORECASE,
)
_LEAST_KEPT = 0.5


def wrong_paths(files: Mapping[str, str], tree: Tree) -> list[str]:
    """Why files may not stand where they are drafted: outside, inside .git, in the way of others, guarded, too many."""
    found = [f"{len(files)} files, at most {FILES}"] if len(files) > FILES else []
    for path, content in files.items():
        parts = path.split("/")
        shown = visible(path)
        entry = tree.listing.files.get(path)
        if not path or path.startswith("/") or "\\" in path or posixpath.normpath(path) != path or ".." in parts:
            found.append(f"{shown}: no path inside the repository")
        elif shown != path or any(part.lower().rstrip(". ") == ".git" for part in parts):
            found.append(f"{shown}: no path that is written to")
        elif _PROTECTED.fullmatch(path):
            found.append(f"{shown}: what runs or guards the repository is not drafted by a model")
        elif (entry is not None and not entry.readable) or path in tree.listing.directories:
            found.append(f"{shown}: a link, a submodule or a folder stands there")
        elif any("/".join(parts[:depth]) in tree.listing.files for depth in range(1, len(parts))):
            found.append(f"{shown}: a file stands where a folder would have to")
        elif len(content.encode()) > SIZE:
            found.append(f"{shown}: larger than {SIZE} bytes")
    return found


def unreadable(files: Mapping[str, str]) -> list[str]:
    """Which drafts are not what their name says: Python, JSON, YAML and TOML that do not parse."""
    found = []
    for path, content in files.items():
        try:
            _parse(path, content)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            found.append(f"{visible(path)}: {visible(str(error))[:200]}")
    return found


def taken_away(files: Mapping[str, str], tree: Tree) -> list[str]:
    """Which drafts keep less than half of the lines that the file has."""
    found = []
    for path, content in files.items():
        before = (tree.text(path) or "").splitlines() if path in tree.listing.files else []
        kept = set(content.splitlines())
        lines = [line for line in before if line.strip()]
        left = sum(line in kept for line in lines)
        if len(lines) >= 4 and left < _LEAST_KEPT * len(lines):
            found.append(f"{visible(path)}: {left} of {len(lines)} lines would be left")
    return found


def secret_files(files: Mapping[str, str]) -> list[str]:
    """Which drafts hold secrets."""
    return [f"{visible(path)}: {', '.join(found)}" for path, text in files.items() if (found := secrets_in(text))]


def _parse(path: str, content: str) -> None:
    suffix = posixpath.splitext(path)[1].lower()
    if suffix == ".py":
        ast.parse(content)
    elif suffix == ".json":
        json.loads(content)
    elif suffix in (".yaml", ".yml"):
        safe_yaml.load(content)
    elif suffix == ".toml":
        tomllib.loads(content)

"""Which files the architecture index reads, and what each is by its path."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from orchestrator_assets.architecture.model import PageRole
from orchestrator_assets.kinds import Settings

PROPOSED = ".proposed"
_SKIPPED = ("node_modules/", "vendor/", ".venv/", "bower_components/")
_ROLES = {
    "architecture": PageRole.ARCHITECTURE,
    "infrastructure": PageRole.INFRASTRUCTURE,
    "global_architecture": PageRole.GLOBAL_ARCHITECTURE,
    "global_infrastructure": PageRole.GLOBAL_INFRASTRUCTURE,
}
_CLAUDE = re.compile(r"(?:^|/)\.claude/commands/(?P<name>.+)\.md")
_AGENT = re.compile(r"(?:^|/)\.agents?/commands\.ya?ml")
_WORKFLOW = re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/(?P<name>[^/]+)\.ya?ml")


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Every Markdown page and every YAML file."""
    return [
        path
        for path in paths
        if path.lower().endswith((".md", ".markdown", ".yaml", ".yml"))
        and not any(f"/{folder}" in f"/{path}" for folder in _SKIPPED)
    ]


def is_markdown(path: str) -> bool:
    """Whether the file is a page."""
    return path.lower().endswith((".md", ".markdown"))


def role_of(path: str) -> PageRole | None:
    """What an architecture page is for: one at the root or in a folder of documents, not one deep in the tree."""
    if path.count("/") > 2:
        return None
    return _ROLES.get(_stem(path).lower().replace("-", "_"))


def base_of(path: str) -> str | None:
    """The page that a `X.proposed.md` would replace; None if the file is no proposal."""
    stem, suffix = posixpath.splitext(path)
    return stem.removesuffix(PROPOSED) + suffix if is_markdown(path) and stem.endswith(PROPOSED) else None


def claude_command(path: str) -> str | None:
    """The name of an assistant's command; None if the file is none."""
    found = _CLAUDE.search(path)
    return found["name"] if found else None


def is_agent_commands(path: str) -> bool:
    """Whether the file lists an agent's commands."""
    return bool(_AGENT.search(path))


def workflow(path: str) -> str | None:
    """The name of a workflow; None if the file is none."""
    found = _WORKFLOW.search(path)
    return found["name"] if found else None


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]

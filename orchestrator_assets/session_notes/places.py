"""Where session notes, their index pages and command logs stand in a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from orchestrator_assets.decisions import places as decisions
from orchestrator_assets.kinds import Settings

NOTES = ("docs/session-notes", "docs/session_notes", "session-notes")
INDEX_PAGES = ("docs/SESSION_NOTES.md", "SESSION_NOTES.md", "docs/session-notes/README.md")
COMMAND_LOGS = ("docs/command-logs", "command-logs")
_SUFFIXES = (".md", ".markdown", ".txt")
_NO_NOTE = re.compile(r"(.*[-_. ])?template([-_. ].*)?|readme|index|\..*", re.IGNORECASE)


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Notes, index pages and command logs, and the decisions, for the session logs in them."""
    documents = set(decisions.select(paths, {}, config))
    logs = {
        path for path in documents if not decisions.is_index_page(path) and path.lower().endswith((".md", ".markdown"))
    }
    return [
        path
        for path in paths
        if path in logs or is_note(path, settings) or is_index_page(path, settings) or is_command_log(path, settings)
    ]


def is_decision(path: str) -> bool:
    """Whether the file stands among decisions, and so is read for its session log only."""
    return bool(decisions.select([path], {}, {})) and not is_note(path, {}) and not is_command_log(path, {})


def is_note(path: str, settings: Settings) -> bool:
    """Whether the file is a session note by its place and name."""
    return _below(path, _chosen(settings, "places", NOTES)) and not is_index_page(path, settings)


def is_index_page(path: str, settings: Settings) -> bool:
    """Whether the file is an index page of session notes."""
    return path in _chosen(settings, "index_pages", INDEX_PAGES)


def is_command_log(path: str, settings: Settings) -> bool:
    """Whether the file is a command log."""
    return _below(path, _chosen(settings, "command_logs", COMMAND_LOGS))


def _below(path: str, folders: Sequence[str]) -> bool:
    file = PurePosixPath(path)
    if file.suffix.lower() not in _SUFFIXES or _NO_NOTE.fullmatch(file.stem):
        return False
    return any(path.startswith(folder.strip("/") + "/") for folder in folders)


def _chosen(settings: Settings, name: str, default: Sequence[str]) -> Sequence[str]:
    chosen = settings.get(name)
    return [str(item) for item in chosen] if isinstance(chosen, list | tuple) else default

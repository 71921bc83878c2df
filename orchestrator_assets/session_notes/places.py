"""Where session notes, their index pages and command logs stand in a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from orchestrator_assets.decisions import places as decisions
from orchestrator_assets.kinds import Settings

DEFAULTS: Mapping[str, Sequence[str]] = {
    "places": ("docs/session-notes", "docs/session_notes", "session-notes"),
    "index_pages": ("docs/SESSION_NOTES.md", "SESSION_NOTES.md"),
    "command_logs": ("docs/command-logs", "command-logs"),
}
_SUFFIXES = (".md", ".markdown", ".txt")
_NAMED = re.compile(r"(?:issue|ticket|gh)[-_ #]*\d|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_NO_NOTE = re.compile(r"(.*[-_. ])?template([-_. ].*)?|readme|index|\..*", re.IGNORECASE)
_TEMPLATE_FOLDERS = {"template", "templates", "_templates"}


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """Notes, index pages and command logs, and the decisions, for the session logs in them."""
    folders = tuple(f"{folder}/" for name in ("places", "command_logs") for folder in chosen(settings, name))
    pages = {page.lower() for page in chosen(settings, "index_pages")}
    logs = {path for path in decisions.select(paths, {}, config) if not decisions.is_index_page(path)}
    return [
        path
        for path in paths
        if path in logs or path.lower() in pages or (path.startswith(folders) and _is_note_name(path))
    ]


def is_note(path: str, settings: Settings) -> bool:
    """Whether the file is a session note by its place and name."""
    return _below(path, chosen(settings, "places")) and not is_index_page(path, settings)


def is_index_page(path: str, settings: Settings) -> bool:
    """Whether the file is an index page of session notes. Case does not matter."""
    return path.lower() in {page.lower() for page in chosen(settings, "index_pages")}


def is_command_log(path: str, settings: Settings) -> bool:
    """Whether the file is a command log."""
    return _below(path, chosen(settings, "command_logs"))


def chosen(settings: Settings, name: str) -> Sequence[str]:
    """The paths in force for a setting: its own, else the default. One path may stand without a list."""
    value = settings.get(name)
    if isinstance(value, str):
        value = [value]
    if not is_list_of_paths(value):
        return DEFAULTS[name]
    return [str(item).removeprefix("./").strip("/") for item in value or ()]


def is_list_of_paths(value: object) -> bool:
    """Whether a setting's value is a list of texts."""
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _below(path: str, folders: Sequence[str]) -> bool:
    return path.startswith(tuple(f"{folder}/" for folder in folders)) and _is_note_name(path)


def _is_note_name(path: str) -> bool:
    file = PurePosixPath(path)
    if file.suffix.lower() not in _SUFFIXES or any(part.lower() in _TEMPLATE_FOLDERS for part in file.parts[:-1]):
        return False
    # "ISSUE-12-email-template" is a note about a template, not the template.
    return bool(_NAMED.match(file.name)) or not _NO_NOTE.fullmatch(file.stem)

"""Issues as context: texts out of files, or fetched from a forge that speaks GitHub's API, with a token."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.bounded_http import Unanswered, ask
from orchestrator_assets.documents.text import decode
from orchestrator_assets.settings import Settings

SIZE = 64 * 1024
_REFERENCE = re.compile(
    r"(?P<owner>[A-Za-z0-9][\w.-]{0,99})/(?P<repo>[A-Za-z0-9_][\w.-]{0,99})#(?P<number>[1-9]\d{0,8})"
)
_BODY_LIMIT = 1024 * 1024
_TIMEOUT = 20


def from_file(file: Path) -> str:
    """An issue's text out of a .md or .txt file, its first 64 KiB. ActivityFailed."""
    if file.suffix not in (".md", ".txt") or not file.is_file():
        raise ActivityFailed(f"the issue {file} is no .md or .txt file")
    try:
        with file.open("rb") as opened:
            return decode(opened.read(SIZE)).text
    except OSError as error:
        raise ActivityFailed(f"the issue {file} cannot be read: {error.strerror}") from None


def fetch(reference: str, settings: Settings) -> str:
    """An issue's title and text, `OWNER/REPO#NUMBER`, from ORCHESTRATOR_ISSUES_URL. No redirect is followed with the
    token. ActivityFailed says what is wrong."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ActivityFailed(f"{reference!r} names no issue; write OWNER/REPO#NUMBER")
    url = f"{settings.issues_url.rstrip('/')}/repos/{match['owner']}/{match['repo']}/issues/{match['number']}"
    headers = {"Accept": "application/vnd.github+json"}
    if settings.issues_token is not None:
        headers["Authorization"] = f"Bearer {settings.issues_token.get_secret_value()}"
    try:
        data = _json(url, headers)
    except Unanswered as error:
        raise ActivityFailed(f"the issue {reference} cannot be fetched: {error}") from None
    except ValueError as error:
        raise ActivityFailed(f"the issue {reference} cannot be read: {error}") from None
    return f"{data.get('title') or ''}\n\n{data.get('body') or ''}"[:SIZE]


def _json(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """A JSON object. Unanswered; ValueError with the reason."""
    answer = ask("GET", url, headers=headers, seconds=_TIMEOUT, size=_BODY_LIMIT)
    if answer.status_code != 200:
        hint = "; set ORCHESTRATOR_ISSUES_TOKEN" if answer.status_code in (401, 403, 404) else ""
        raise ValueError(f"HTTP {answer.status_code}{hint}")
    data = json.loads(answer.content)
    if not isinstance(data, dict):
        raise ValueError("it is no issue")
    return data

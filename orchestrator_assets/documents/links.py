"""Relative links inside a repository."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


def local_target(path: str, target: str) -> str | None:
    """The path in the repository that a relative link means, seen from a document; None for a link that leads
    elsewhere or stays in the page."""
    bare = target.split("#")[0].split("?")[0]
    if not bare or _SCHEME.match(bare):
        return None
    bare = unquote(bare, errors="replace")
    joined = bare.lstrip("/") if bare.startswith("/") else posixpath.join(posixpath.dirname(path), bare)
    cleaned = posixpath.normpath(joined)
    return "" if cleaned == "." else cleaned

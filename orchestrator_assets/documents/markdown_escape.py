"""Text from strangers inside Markdown that we publish: shown as it is, obeyed nowhere."""

from __future__ import annotations

import re
from urllib.parse import quote

from orchestrator_assets.documents.text import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|!~$&])")
_AUTOLINK = re.compile(r"(https?|ftp|www)([:.])", re.IGNORECASE)
_CELL_LIMIT = 300


def cell(value: object) -> str:
    """A value as one line of plain Markdown text that breaks no table: punctuation escaped, control characters and
    bidi overrides made visible, cut at 300 characters. None is empty."""
    if value is None:
        return ""
    text = visible(str(value))
    return sentence(text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - 1] + "…")


def sentence(value: object) -> str:
    """A value as one line of plain Markdown text, whole: punctuation escaped, nothing invisible."""
    text = " ".join(visible(str(value)).split())
    return _AUTOLINK.sub(r"\1&#8203;\2", _SPECIAL.sub(r"\\\1", text))


def code(value: object) -> str:
    """A value as a code span, with a fence longer than any run of backticks in it; pipes are escaped for tables."""
    text = " ".join(visible(str(value)).split())
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def anchor(value: object) -> str:
    """A value as a link target within a page."""
    return quote(re.sub(r"[^\w-]+", "-", str(value)).strip("-").lower(), safe="")

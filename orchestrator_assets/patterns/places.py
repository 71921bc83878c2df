"""Where pattern documents stand in a repository, and what each file of such a folder is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence

from orchestrator_assets.kinds import Settings

FOLDER = "domain-patterns"
_PAGE = re.compile(r"readme|index|_index|toc", re.IGNORECASE)
_TEMPLATE = re.compile(r"_.*|.*template.*", re.IGNORECASE)
_GUIDE = re.compile(r"(?:guide|reference)[-_].+", re.IGNORECASE)


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """The Markdown files of pattern folders: those that the settings name (`places`), else every folder called
    `domain-patterns`, and the folders below them."""
    chosen = settings.get("places")
    chosen = [chosen] if isinstance(chosen, str) else chosen
    named = tuple(str(place).strip("/") + "/" for place in chosen) if isinstance(chosen, list) else ()
    return [path for path in paths if path.lower().endswith((".md", ".markdown")) and _is_inside(path, named)]


def _is_inside(path: str, named: tuple[str, ...]) -> bool:
    return path.startswith(named) if named else FOLDER in path.lower().split("/")[:-1]


def is_page(path: str) -> bool:
    """Whether the file is the index page of its folder."""
    return bool(_PAGE.fullmatch(_stem(path)))


def is_template(path: str) -> bool:
    """Whether the file is there to be copied."""
    return bool(_TEMPLATE.fullmatch(_stem(path)))


def is_guide(path: str) -> bool:
    """Whether the file is a guide or a reference by its name."""
    return bool(_GUIDE.fullmatch(_stem(path)))


def id_of(path: str) -> str:
    """The id of the pattern that a file describes: its name."""
    return _stem(path)


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]

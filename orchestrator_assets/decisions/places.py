"""Where decisions stand in a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Settings

ADR_DIR = ".adr-dir"
DEFAULT_PLACES = (
    "docs/decisions",
    "docs/adr",
    "docs/adrs",
    "doc/adr",
    "adr",
    "adrs",
    "decisions",
    "docs/architecture/decisions",
    "architecture-decision-records",
)
_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".rst", ".rest", ".adoc", ".txt", "")
_READ = (".md", ".markdown", ".mdown", ".mkd", ".rst", ".rest", ".txt", "")
_QUALIFIER = (
    r"(?:m?adrs?|decisions?|records?|architectur(?:e|al)|nygard|long|short|bare|full|minimal|simple|new|issue|rfc|the|a"
    r"|en|md|v?\d+|x+|n+)"
)
_TEMPLATE = re.compile(rf"[-_. ]*(?:{_QUALIFIER}[-_. ]+){{0,6}}templates?(?:[-_. ]+{_QUALIFIER}){{0,6}}", re.IGNORECASE)
"""A template by its name. A decision about templates ("0005-email-template-engine") has other words in it."""
_INDEX = re.compile(r"(readme|_?index|toc|contents|summary|(adrs?|decisions?)([-_ ](index|list|log|readme|overview))?"
                    r"|adr_index|decision[-_ ]log)", re.IGNORECASE)  # fmt: skip
_NOT_DOCUMENTS = re.compile(
    r"(license|licence|makefile|dockerfile|codeowners|changelog|contributing|\..*)", re.IGNORECASE
)
_TEMPLATE_FOLDERS = {"template", "templates", "_templates", "assets", "images", "img"}


def select(paths: Sequence[str], settings: Settings, config: Mapping[str, bytes]) -> list[str]:
    """The decision documents of a tree, and the pages of their folders that may list them."""
    prefixes = tuple(place.lower() + "/" for place in decision_places(settings, config))
    return [path for path in paths if _is_candidate(path, prefixes)]


def decision_places(settings: Settings, config: Mapping[str, bytes]) -> tuple[str, ...]:
    """The folders in force: those the settings name, else the defaults; always those of `.adr-dir`."""
    chosen = settings.get("places")
    chosen = [chosen] if isinstance(chosen, str) else chosen
    named = [str(place) for place in chosen] if isinstance(chosen, list | tuple) else list(DEFAULT_PLACES)
    if ADR_DIR in config:
        named.append(decode(config[ADR_DIR]).text.strip())
    return tuple(dict.fromkeys(place.strip("/").removeprefix("./") for place in named if place.strip("/. ")))


def is_index_page(path: str) -> bool:
    """Whether the file is a README or an index by its name: no decision, though it may list them."""
    return bool(_INDEX.fullmatch(PurePosixPath(path).stem))


def is_archived(path: str) -> bool:
    """Whether the file lies in an archive folder."""
    return any(part.lower().strip("_") in ("archive", "archived", "archives") for part in path.split("/")[:-1])


def _is_candidate(path: str, prefixes: tuple[str, ...]) -> bool:
    # The cheap question first: it is asked of every path of every tree.
    lower = "/" + path.lower()
    if not (lower.startswith(prefixes, 1) or "/adr/" in lower or "/adrs/" in lower):
        return False
    file = PurePosixPath(path)
    if file.suffix.lower() not in _READ and not _odd_suffix(file):
        return False
    folders = path.split("/")[:-1]
    if any(part.lower() in _TEMPLATE_FOLDERS for part in folders) or any(
        part in ("node_modules", ".git") for part in folders
    ):
        return False
    stem = file.name if _odd_suffix(file) else file.stem
    return not (_TEMPLATE.fullmatch(stem) or _NOT_DOCUMENTS.fullmatch(file.name))


def _odd_suffix(file: PurePosixPath) -> bool:
    """Whether what looks like a suffix is part of a name without one ("ADR-0024 — v1.0 export")."""
    return bool(file.suffix) and (" " in file.suffix or file.suffix[1:].isdigit())

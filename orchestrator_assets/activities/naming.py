"""Names of services: whether one can be used, with reasons, and whether there is such a service already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from orchestrator_assets.documents import safe_yaml

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST = 63
_VERBS = frozenset(
    [
        "deploy",
        "build",
        "create",
        "make",
        "add",
        "setup",
        "configure",
        "install",
        "run",
        "execute",
        "start",
        "stop",
        "launch",
    ]
)
_PREPOSITIONS = frozenset(["for", "to", "with", "from", "in", "on", "at", "by"])
_EMPTY_WORDS = frozenset({"service", "app", "application", "system"})


class Existence(StrEnum):
    """What the service catalogue says of a name."""

    BLOCKED = "blocked"
    REDEPLOY = "redeploy"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Whether there is such a service: `blocked` (it is there and healthy), `redeploy` (it is there and is not), `new`;
    and where that stands."""

    existence: Existence
    evidence: str


def wrong_with(name: str) -> list[str]:
    """Why a name cannot be a service's; empty if it can."""
    reasons = []
    if not _NAME.fullmatch(name):
        reasons.append("lower-case letters and digits in parts joined by single hyphens, a letter first")
    if len(name) > _LONGEST:
        reasons.append(f"at most {_LONGEST} characters, as host names have")
    parts = set(name.lower().split("-"))
    for words, what in (
        (_VERBS, "a verb"),
        (_PREPOSITIONS, "a preposition"),
        (_EMPTY_WORDS, "a word that says nothing"),
    ):
        if parts & words:
            reasons.append(f"{', '.join(sorted(parts & words))}: {what}")
    return reasons


def duplicate(name: str, catalogue: Mapping[str, Any] | None, where: str) -> Duplicate:
    """Whether the service catalogue (environment -> services with name, status) holds a name. Without a catalogue
    nothing is known to be there."""
    if catalogue is None:
        return Duplicate(Existence.NEW, f"there is no service catalogue ({where})")
    cosmos = catalogue.get("cosmos", catalogue)
    found = [
        (environment, str(service.get("status")))
        for environment, content in sorted((cosmos if isinstance(cosmos, dict) else {}).items())
        for service in _services(content)
        if _bare(str(service.get("name"))) == _bare(name)
    ]
    told = "; ".join(f"{environment}: {status}" for environment, status in found)
    if any(status == "healthy" for _, status in found):
        return Duplicate(Existence.BLOCKED, f"{where}: {told}")
    if found:
        return Duplicate(Existence.REDEPLOY, f"{where}: {told}")
    return Duplicate(Existence.NEW, f"{where} does not name it")


def read_catalogue(text: str) -> dict[str, Any]:
    """A service catalogue. safe_yaml.YamlRefused; ValueError if it is no mapping."""
    data = safe_yaml.load(text)
    if not isinstance(data, dict):
        raise ValueError("a service catalogue is a mapping")
    return data


def _services(content: Any) -> list[dict[str, Any]]:
    services = content.get("services") if isinstance(content, dict) else None
    return [item for item in services if isinstance(item, dict)] if isinstance(services, list) else []


def _bare(name: str) -> str:
    return name.strip().lower().removeprefix("spectra-").removesuffix("-service")

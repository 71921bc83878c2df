"""The fleet registry as typed data: what `REPOS.yaml` says, nothing added.

A key that an entry does not have stays unset (`entry.as_written()` leaves it out); a key that nobody knows is kept in
`extra`. `line` is the entry's first line in the file, 1-based.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, StrictStr

VOCABULARY: dict[str, tuple[str, ...]] = {
    "context_type": ("core", "supporting", "generic"),
    "lifecycle_stage": ("draft", "planned", "in_progress", "active", "retired"),
    "integration_patterns": (
        "anti-corruption-layer",
        "conformist",
        "customer-supplier",
        "open-host-service",
        "partnership",
        "published-language",
        "separate-ways",
        "shared-kernel",
    ),
    "public_mirror.status": ("staged", "synced", "none"),
    "disposition": ("archive", "delete", "merge"),
}
"""The values that the registry's closed fields take; another one is reported and kept."""

_SAFE_KEY = re.compile(r"(?!-)[A-Za-z0-9_.-]{1,100}")
_HASHED_KEY = re.compile(r".*-[0-9a-f]{12}")
_BARE_SSH_HOST = re.compile(r"[^/:@]+@[^/:@]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

Texts = Annotated[tuple[StrictStr, ...], BeforeValidator(lambda value: () if value is None else value)]
SettingsByIndex = Annotated[dict[str, dict[str, Any]], BeforeValidator(lambda value: {} if value is None else value)]


class _Written(BaseModel):
    """Something written in the registry; frozen, and able to say what was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_written(self) -> dict[str, Any]:
        """The keys that the file has, with their values, JSON-ready; unknown ones last."""
        known = self.model_dump(mode="json", exclude_unset=True, exclude={"line", "extra"})
        return {**known, **getattr(self, "extra", {})}


class _Entry(_Written):
    name: StrictStr
    line: int = 1
    extra: dict[str, Any] = {}


class PublicMirror(_Written):
    """The public copy of a private repository; unknown keys are kept beside the known ones."""

    model_config = ConfigDict(frozen=True, extra="allow")

    org: StrictStr | None = None
    name: StrictStr | None = None
    status: StrictStr | None = None


class RepositoryEntry(_Entry):
    """One repository of the fleet. `settings` are per index, e.g. {"decisions": {"places": ["doc/choices"]}}."""

    url: StrictStr | None = None
    ref: StrictStr | None = None
    aliases: Texts = ()
    role: StrictStr | None = None
    context: StrictStr | None = None
    layer: StrictStr | None = None
    context_type: StrictStr | None = None
    integration_patterns: Texts = ()
    status: StrictStr | None = None
    lifecycle_stage: StrictStr | None = None
    depends_on: Texts = ()
    provides: Texts = ()
    consumes: Texts = ()
    subdomains: Texts = ()
    capabilities: Texts = ()
    location: StrictStr | None = None
    public_mirror: PublicMirror | None = None
    standalone: StrictBool | None = None
    settings: SettingsByIndex = {}


class PlannedEntry(_Entry):
    """A repository that does not exist yet."""

    role: StrictStr | None = None
    context: StrictStr | None = None
    layer: StrictStr | None = None
    context_type: StrictStr | None = None
    lifecycle_stage: StrictStr | None = None
    note: StrictStr | None = None


class DeprecatedEntry(_Entry):
    """A repository that left the fleet on purpose."""

    reason: StrictStr | None = None
    disposition: StrictStr | None = None
    lifecycle_stage: StrictStr | None = None


class Registry(BaseModel):
    """A valid fleet registry, in the file's order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    repos: tuple[RepositoryEntry, ...] = ()
    planned: tuple[PlannedEntry, ...] = ()
    deprecated: tuple[DeprecatedEntry, ...] = ()
    org: StrictStr | None = None
    url_base: StrictStr | None = None
    extra: dict[str, Any] = {}

    @cached_property
    def members(self) -> dict[str, RepositoryEntry]:
        """The fleet by name; of entries with the same name (a finding) the first."""
        by_name: dict[str, RepositoryEntry] = {}
        for entry in self.repos:
            by_name.setdefault(entry.name, entry)
        return by_name

    @cached_property
    def aliases(self) -> dict[str, RepositoryEntry]:
        """Former names -> entry; a name that is in use is no alias, and of two claims the first counts."""
        by_alias: dict[str, RepositoryEntry] = {}
        for entry in self.members.values():
            for alias in entry.aliases:
                if alias not in self.members:
                    by_alias.setdefault(alias, entry)
        return by_alias

    def find(self, name: str) -> RepositoryEntry | None:
        """The entry that has this name or had it (alias)."""
        return self.members.get(name) or self.aliases.get(name)

    def url_of(self, entry: RepositoryEntry) -> str | None:
        """Where the entry's repository is, as the registry says: its `url`, else its `location`, else its name under
        `url_base` (and `org`, unless the base ends with it). Not checked yet; None if nothing says it."""
        if entry.url or entry.location:
            return entry.url or entry.location
        if not self.url_base:
            return None
        base = self.url_base.rstrip("/")
        if self.org and re.split("[/:]", base)[-1] != self.org:
            base = _under(base, self.org)
        return _under(base, entry.name)


def partition_key(name: str) -> str:
    """The Dagster partition key of a repository: its name if that is a safe key and file name, else the name cleaned
    plus a hash of it. Distinct names get distinct keys: a plain name that looks hashed is hashed too."""
    plain = _SAFE_KEY.fullmatch(name) and name not in (".", "..") and "..." not in name  # Dagster refuses "..."
    if plain and not _HASHED_KEY.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", errors="surrogatepass")).hexdigest()[:12]
    return f"{_UNSAFE.sub('-', name).strip('-')[:60] or 'repository'}-{digest}"


def _under(base: str, name: str) -> str:
    if base.endswith(":"):
        return base + name
    if _BARE_SSH_HOST.fullmatch(base):
        return f"{base}:{name}"
    return f"{base}/{name}"

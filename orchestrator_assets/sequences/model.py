"""A sequence as the catalog keeps it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Tier(StrEnum):
    """Where a sequence file stands: `declared` below a folder that a package names as its sequences; `undeclared` in a
    package that does not; `copy` of one of these, anywhere else."""

    DECLARED = "declared"
    UNDECLARED = "undeclared"
    COPY = "copy"


class CopyState(StrEnum):
    """A copy against its source: the same bytes (line ends apart); the same event, handler and kind in every beat;
    or neither."""

    IDENTICAL = "identical"
    SAME_BEATS = "same-beats"
    DIVERGED = "diverged"


class Movement(BaseModel):
    """A movement. `beats` is None if nothing says how many; `detailed` is whether the beats themselves are given."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    name: str | None
    beats: int | None
    detailed: bool
    events: tuple[str, ...] = ()


class Sequence(BaseModel):
    """One sequence file. `movements` and `beats` are counted, never copied from what the file states (`stated_beats`).
    `beats` is None if a movement says nothing of its own. `handlers` and `events` are distinct, in order of first use;
    `kinds` counts beats by kind. `listed` is whether an index page of its package names the file (None for copies).
    `valid` is the verdict of the repository's JSON Schema (None: there is none)."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    name: str | None
    package: str | None
    plugin_id: str | None
    tier: Tier
    copy_state: CopyState | None = None
    of: str | None = None
    movements: int
    beats: int | None
    stated_beats: int | None = None
    detailed: bool
    handlers: tuple[str, ...]
    events: tuple[str, ...]
    kinds: dict[str, int]
    handler_beats: dict[str, int] = {}
    listed: bool | None = None
    valid: bool | None = None
    tests_named: int = 0
    tests_missing: int = 0
    movement_list: tuple[Movement, ...] = ()

    @property
    def status(self) -> str:
        """What totals count a sequence under."""
        return self.tier.value

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.id or "unnamed sequence"

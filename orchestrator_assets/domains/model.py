"""A domain as the registry index keeps it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class DomainState(StrEnum):
    """What stands behind a domain: a file with movements (`implemented`); no file is named (`planned`); a file is named
    that is not there or has no movements (`broken`); a row that only holds a place (`placeholder`)."""

    IMPLEMENTED = "implemented"
    PLANNED = "planned"
    BROKEN = "broken"
    PLACEHOLDER = "placeholder"


class Domain(BaseModel):
    """One row of a registry. `sequence_file` is as written; `resolved_file` the path it leads to (None: nowhere).
    `movements` and `beats` are counted in that file, `registry_*` are what the row states, and `drift` is whether the
    two differ (None where there is nothing to count). `form` is the shape of the registry that names it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str | None
    form: Literal["domains", "authority"]
    category: str | None
    status: str | None
    state: DomainState
    sequence_file: str | None
    resolved_file: str | None = None
    resolves_as_written: bool | None = None
    sequence_id: str | None = None
    envelope: str | None = None
    beats_forms: tuple[str, ...] = ()
    movements: int | None = None
    beats: int | None = None
    registry_movements: int | None = None
    registry_beats: int | None = None
    drift: bool | None = None
    plugin_id: str | None = None
    related: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.id

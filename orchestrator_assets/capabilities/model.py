"""A row of a hand-kept registry."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """One entry: a pattern, or a capability that implements patterns and is delivered by repositories. What the entry
    does not say is None or empty. `source` is the organisation it comes from; `origin` and `adoption` say what a
    deployment made of a pattern of the core; `classification` is a capability's strategic one."""

    model_config = ConfigDict(frozen=True)

    type: Literal["pattern", "capability"]
    id: str
    name: str | None = None
    definition: str | None = None
    status: str | None = None
    provenance: str | None = None
    pattern_type: str | None = None
    derives_from: tuple[str, ...] = ()
    alt_labels: tuple[str, ...] = ()
    source: str | None = None
    origin: str | None = None
    adoption: str | None = None
    classification: str | None = None
    documentation: str | None = None
    implements_patterns: tuple[str, ...] = ()
    delivered_by: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.id

"""A claim as the catalog keeps it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Unit(StrEnum):
    """What a page counts."""

    SEQUENCES = "sequences"
    MOVEMENTS = "movements"
    BEATS = "beats"
    HANDLERS = "handlers"
    EVENTS = "events"
    DOMAINS = "domains"
    DECISIONS = "decisions"
    PATTERNS = "patterns"
    DOCUMENTS = "documents"


class Claim(BaseModel):
    """A number with a unit. `text` is its line, `section` what stands above it in the same section, heading first,
    `page` the page's title. `limits` is why the number is no total of the unit ("untested", "250+"); None if it may be
    one. `below` counts Markdown files below the folder that the line names (None: it names none)."""

    model_config = ConfigDict(frozen=True)

    unit: Unit
    claimed: int
    text: str
    section: str
    page: str
    limits: str | None = None
    below: int | None = None

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"{self.claimed} {self.unit.value}"

    @property
    def status(self) -> str:
        """What totals count a claim under."""
        return self.unit.value

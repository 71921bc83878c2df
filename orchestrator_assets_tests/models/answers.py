"""The shape that the tests ask for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A word and a number; both must be there."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    score: int

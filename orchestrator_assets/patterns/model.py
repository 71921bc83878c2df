"""A pattern as the registry keeps it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

DerivesForm = Literal["backticked ids", "free text", "none-dash"]
Style = Literal["blockquote", "plain-bold", "front-matter", "other"]


class Pattern(BaseModel):
    """One pattern document. `provenance` is 1p, 2p or 3p; `derives_from` the ids it names (only ids in backticks are
    ids: free text is kept in `derives_from_raw`). `listed` is whether the index page of its folder names it (None:
    there is no such page), `retired_parents` those of the ids that this page lists as retired."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str | None
    version: str | None
    status: str | None
    status_raw: str | None
    last_updated: str | None
    provenance: str | None
    provenance_raw: str | None
    derives_from: tuple[str, ...]
    derives_from_raw: str | None
    derives_from_form: DerivesForm | None
    metadata_style: Style | None
    listed: bool | None = None
    retired_parents: tuple[str, ...] = ()

    @property
    def date(self) -> str | None:
        """What the newest are found by."""
        return self.last_updated

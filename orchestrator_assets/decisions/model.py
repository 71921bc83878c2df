"""What a decision is to the catalog, and what parsing one file gives."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class DecisionKind(StrEnum):
    """What sort of document it is, by its file's name."""

    ADR = "adr"
    ISSUE = "issue"
    PHASE = "phase"
    OTHER = "other"


class DecisionStatus(StrEnum):
    """The statuses that formats and teams use. A word that is none of them is no status."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    IN_PROGRESS = "in_progress"
    PROVISIONAL = "provisional"
    ACCEPTED = "accepted"
    DECIDED = "decided"
    ACTIVE = "active"
    COMPLETE = "complete"
    REJECTED = "rejected"
    DEPRECATED = "deprecated"
    SUPERSEDED = "superseded"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class Decision(_Data):
    """A decision record. `series` is its folder; `date` is ISO (to the month where that is all it says), with
    `date_inferred` where the order of a slashed date was settled by its neighbours. `supersedes` and `superseded_by`
    are ids of decisions of the same repository where they could be found, else what was written. The commit dates
    are git's, not the document's."""

    kind: DecisionKind
    series: str
    number: int | None
    id: str | None
    title: str
    status_raw: str | None
    status: DecisionStatus | None
    date_raw: str | None
    date: str | None
    date_inferred: bool = False
    archived: bool
    deciders: list[str]
    tags: list[str]
    supersedes: list[str]
    superseded_by: list[str]
    links: list[str]
    first_commit_date: str | None
    last_commit_date: str | None
    session_log_entries: int


class Reference(_Data):
    """Another decision as a text names it: a link's target, an id or number, the title given with it. `partial`
    is whether only part of it is meant."""

    raw: str
    line: int
    target: str | None = None
    name: str | None = None
    title: str | None = None
    partial: bool = False


class PlacedLink(_Data):
    """A link with its line."""

    target: str
    line: int


class IndexRow(_Data):
    """A row of a page that may be an index: a link, and the statuses its row states."""

    target: str
    line: int
    status: DecisionStatus | None = None


class ParsedDecision(_Data):
    """What one blob says by itself."""

    title_raw: str | None
    title_line: int
    status_raw: str | None
    status: DecisionStatus | None
    status_line: int | None
    date_raw: str | None
    date: str | None
    date_choices: tuple[str, str] | None
    date_line: int | None
    deciders: list[str]
    tags: list[str]
    supersedes: list[Reference]
    superseded_by: list[Reference]
    links: list[PlacedLink]
    rows: list[IndexRow]
    session_log_entries: int
    empty: bool
    text: str

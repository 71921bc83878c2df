"""What came of asking a model: an outcome with a name, never a silent success."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel

Output = TypeVar("Output", bound=BaseModel)


class Outcome(StrEnum):
    """What came of a question. Only `ok` and `cached` carry an output."""

    OK = "ok"
    CACHED = "cached"
    NO_MODEL = "no_model"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    EMPTY = "empty"
    NOT_JSON = "not_json"
    SCHEMA_MISMATCH = "schema_mismatch"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    BAD_RESPONSE = "bad_response"
    BUDGET_EXCEEDED = "budget_exceeded"

    @property
    def good(self) -> bool:
        """Whether there is an output."""
        return self in (Outcome.OK, Outcome.CACHED)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a question cost. `requests` are the model's turns, `attempts` the HTTP requests (retries included); tokens
    and `cost` (in the price table's currency) are None where the endpoint or the table does not say; `seconds` is
    wall time, also of what failed; `model` is what the endpoint says it is."""

    requests: int = 0
    attempts: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: Decimal | None = None
    seconds: float = 0.0
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Reply(Generic[Output]):
    """The answer to one question. `output` is None unless the outcome is good; `detail` says in one line what was
    wrong, or what had to be done to read the reply (None: nothing)."""

    outcome: Outcome
    output: Output | None
    detail: str | None
    usage: Usage
    correlation_id: str

    @property
    def cached(self) -> bool:
        """Whether no request was made because the same question was answered before."""
        return self.outcome is Outcome.CACHED

    def failed(self, outcome: Outcome, detail: str) -> Reply[Output]:
        """The same exchange, judged a failure after all."""
        return replace(self, outcome=outcome, output=None, detail=detail)


class ReplyFailed(Exception):
    """A reply that cannot be used: its outcome, and why in one line."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail

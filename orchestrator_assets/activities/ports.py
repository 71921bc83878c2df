"""What activities need of others: a place to run a repository's tests, playbooks, approvals. Each may be missing; then
the activity that needs it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol


class ActivityFailed(Exception):
    """An activity that cannot be run as asked; the message says why and what to do. Nothing was changed."""


class NotAvailable(ActivityFailed):
    """Something that an activity needs is not there."""


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What a command did. `exit_code` is None if it was killed (`reason` says why); `output` is its end, capped and
    free of secrets."""

    exit_code: int | None
    output: str
    seconds: float
    reason: str | None = None


class SandboxRunner(Protocol):
    """Runs a command with no secret, no network and no more than a copy of a folder."""

    def run(self, folder: Path, command: Sequence[str], timeout: float) -> SandboxResult:
        """Runs a command in a folder that it may change. Raises NotAvailable if there is no sandbox here."""
        ...


@dataclass(frozen=True, slots=True)
class PlaybookOffer:
    """A playbook that may be chosen; `inputs` is the JSON schema of its arguments."""

    name: str
    description: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlaybookResult:
    """What came of a chosen playbook: it waits for approval, ran (exit code 0), failed, or was not allowed."""

    state: Literal["waiting", "ran", "failed", "refused"]
    detail: str


class Playbooks(Protocol):
    """The registered playbooks."""

    def offers(self, activity: str, text: str) -> Sequence[PlaybookOffer]:
        """Those of an activity that fit a text best, at most five, best first."""
        ...

    def request(self, name: str, arguments: Mapping[str, Any], target: str, correlation_id: str) -> PlaybookResult:
        """Checks the arguments and the policy; runs it if it is approved, else asks for approval."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What is there. None: it is not available."""

    sandbox: SandboxRunner | None = None
    playbooks: Playbooks | None = None

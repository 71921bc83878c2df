"""What activities find here: the sandbox, and playbooks that people approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from orchestrator_assets.activities.ports import NotAvailable, Ports, SandboxResult
from orchestrator_assets.approvals.playbook_requests import ApprovedPlaybooks
from orchestrator_assets.sandbox.run import Limits, Mode, SandboxMissing, run_in_sandbox
from orchestrator_assets.settings import Settings


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The sandbox of the settings, as activities use it."""

    settings: Settings

    def run(self, folder: Path, command: Sequence[str], timeout: float) -> SandboxResult:
        """Runs a command in a copy of the folder. NotAvailable if there is no sandbox here."""
        try:
            done = run_in_sandbox(folder, command, Limits(wall=timeout), mode=Mode(self.settings.sandbox))
        except SandboxMissing as missing:
            raise NotAvailable(str(missing)) from None
        return SandboxResult(done.exit_code, done.output, done.seconds, done.reason)


def ports(engine: Engine, settings: Settings) -> Ports:
    """Everything that activities may need."""
    return Ports(Sandbox(settings), ApprovedPlaybooks(engine, settings))

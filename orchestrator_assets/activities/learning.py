"""What earlier runs teach: how often they succeeded, and what came of the last few."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine

from orchestrator_assets.activities.context import Passage
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.catalog.activity_store import Run

WINDOW = 5
_SHOWN = 600


def past(engine: Engine, activity: str, target: str, evidence: str) -> tuple[list[dict[str, Any]], list[Passage]]:
    """Figures (facts) and the last few outcomes (passages) of an activity on a target. Runs on the very evidence that
    is looked at now are left out, so that asking the same again is the same question."""
    figures = activity_store.figures(engine, activity, target, not_evidence=evidence)
    told = [
        {"playbook": item.playbook, "runs": item.runs, "succeeded": item.succeeded, "success_rate": item.rate}
        for item in figures
    ]
    newest = activity_store.runs(engine, activity, target, WINDOW, not_evidence=evidence)
    return told, [Passage(f"history:{run.id}", "an earlier run", _line(run)) for run in newest]


def _line(run: Run) -> str:
    failed = [name for name, gate in sorted(run.gates.items()) if isinstance(gate, dict) and not gate.get("passed")]
    told = {
        "outcome": run.outcome,
        "succeeded": run.succeeded,
        "failed_gates": failed,
        "detail": (run.detail or "")[:_SHOWN],
        "playbook": run.playbook,
    }
    return json.dumps({key: value for key, value in told.items() if value not in (None, "", [])}, sort_keys=True)

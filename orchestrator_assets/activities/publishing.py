"""What of the activities stands at the hub: documents, and the state as YAML that people and other tools read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import yaml
from sqlalchemy import Engine

from orchestrator_assets.approvals.document_requests import to_publish
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.catalog.activity_store import Document, Run
from orchestrator_assets.documents.markdown_escape import sentence
from orchestrator_assets.hub.indexes import hub_repository
from orchestrator_assets.hub.publish import Publication, Published, publish
from orchestrator_assets.settings import Settings

NAME = "activities"
_ENTRIES = 50
_RUNS = 20_000


def publish_activities(engine: Engine, settings: Settings) -> Published:
    """Publishes documents, specifications, manifests and histories: one commit if anything changed. HubError."""
    return publish(hub_repository(settings), Publication(NAME, files(engine, settings), {}, None))


def files(engine: Engine, settings: Settings) -> dict[str, bytes]:
    """Path at the hub -> content. The same books give the same bytes. Documents that wait for approval are left out, or
    stand in the version approved last."""
    found: dict[str, bytes] = {}
    for document in activity_store.documents(engine):
        text = to_publish(engine, settings, document.activity, document.name, page(document))
        if text is not None:
            found[f"{NAME}/{_slug(document.name, '/')}.md"] = text.encode()
    for service, content in activity_store.specifications(engine).items():
        found[f"{NAME}/specifications/{_slug(service)}.specification.yaml"] = _yaml(content)
    by_name: dict[tuple[str, str], list[Run]] = {}
    for run in activity_store.runs(engine, limit=_RUNS):
        by_name.setdefault((run.activity, run.target), []).append(run)
    for (activity, target), runs in sorted(by_name.items()):
        folder = f"{NAME}/state/{_slug(target)}/{_slug(activity)}"
        found[f"{folder}-manifest.yaml"] = _yaml(manifest(runs[0]))
        found[f"{folder}-history.yaml"] = _yaml(history(activity, runs))
    return found


def page(document: Document) -> str:
    """A document as it is shown: with a badge if it is older than what it could be made from."""
    if document.refused is None:
        return document.content
    badge = f"> **Stale**: a newer draft was not taken. {sentence(document.refused)}"
    first, _, rest = document.content.partition("\n")
    return f"{first}\n{badge}\n\n{rest}"


def manifest(run: Run) -> dict[str, Any]:
    """The newest run of an activity on a target, in the format of the system before this one; what it did not have
    stands under `metadata`."""
    done = {True: "complete", False: "failed"}[bool(run.succeeded)] if run.outcome else "in_progress"
    return {
        "activity": run.activity,
        "started_at": _moment(run.started_at),
        "completed_at": _moment(run.ended_at),
        "duration": _duration(run.seconds),
        "status": done,
        "outputs": run.output,
        "errors": [run.detail] if run.detail and not run.succeeded else [],
        "quality_gates_passed": {name: bool(gate.get("passed")) for name, gate in sorted(run.gates.items())},
        "metadata": {
            "target": run.target,
            "commit": run.commit,
            "outcome": run.outcome,
            "seconds": run.seconds,
            "prompt_version": run.prompt_version,
            "evidence": run.evidence,
            "correlation_id": run.correlation_id,
            "gates": {name: dict(gate) for name, gate in sorted(run.gates.items())},
            "citations": dict(run.citations),
            "source": run.source,
            **dict(run.extra),
        },
    }


def history(activity: str, runs: Sequence[Run]) -> dict[str, Any]:
    """The newest runs, oldest first; `outcome` is by evidence."""
    entries = [
        {
            "timestamp": _moment(run.started_at),
            "decision": run.extra.get("decision", run.input),
            "context": run.extra.get("context", {"activity": activity, "evidence": run.evidence, "commit": run.commit}),
            "outcome": "success" if run.succeeded else "failure",
            "result": {"outputs": run.output, "errors": [run.detail] if run.detail and not run.succeeded else []},
            "reply": run.outcome,
        }
        for run in reversed(runs[:_ENTRIES])
    ]
    return {"activity": activity, "entries": entries}


def _yaml(data: Any) -> bytes:
    text: str = yaml.safe_dump(data, sort_keys=True, allow_unicode=True, default_flow_style=False, width=120)
    return text.encode()


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _duration(seconds: float | None) -> str | None:
    return f"{int(seconds // 60)}m {round(seconds % 60, 3)}s" if seconds is not None else None


def _slug(name: str, colon: str = "-") -> str:
    return re.sub(r"[^A-Za-z0-9._/-]", "-", name.replace("/", "-").replace(":", colon)).strip(".") or "unnamed"

"""Which documents are older than what they could be made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator_assets.activities.contract import Target
from orchestrator_assets.activities.documents import document_name
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.run import Runner
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.catalog.activity_store import Document
from orchestrator_assets.fleet.objects import RepositoryUnavailable

TRIES = 3


@dataclass(frozen=True, slots=True)
class Regeneration:
    """A document to make anew. `key` is that of the evidence and the try: asked for once."""

    activity: str
    target: str
    given: dict[str, Any]
    key: str


def staleness(runner: Runner, document: Document) -> tuple[bool | None, str]:
    """Whether a document is stale, and why; None if what it is made from cannot be read now."""
    if document.refused is not None:
        return True, f"a newer draft was not taken: {document.refused}"
    try:
        evidence = evidence_now(runner, document)
    except (ActivityFailed, RepositoryUnavailable) as error:
        return None, str(error)
    return evidence != document.evidence, "what it is made from changed" if evidence != document.evidence else ""


def due(runner: Runner, document: Document) -> Regeneration | None:
    """The regeneration that a document needs now: its evidence is another, and neither was a draft from that evidence
    refused nor was it tried too often. None if it needs none. ActivityFailed, RepositoryUnavailable."""
    evidence = evidence_now(runner, document)
    if evidence in (document.evidence, document.refused_evidence):
        return None
    runs = activity_store.runs(runner.engine, document.activity, document.target, 50)
    tried = sum(run.evidence == evidence for run in runs)
    if tried >= TRIES:
        return None
    return Regeneration(document.activity, document.target, _given(document), f"{document.name}:{evidence}:{tried}")


def evidence_now(runner: Runner, document: Document) -> str:
    """Digest of what the document would be made from now. ActivityFailed, RepositoryUnavailable."""
    activity = activities().get(document.activity)
    if activity is None:
        raise ActivityFailed(f"{document.name} was made by an activity that is gone: {document.activity}")
    target = None if activity.target is Target.FLEET else document.target
    return runner.evidence(activity, target, _given(document))


def _given(document: Document) -> dict[str, Any]:
    """The input that the document was made with, as far as it tells documents apart."""
    field = activities()[document.activity].part_field
    part = document.name.removeprefix(document_name(document.activity, document.target)).removeprefix(":")
    return {field: part} if field and part else {}

"""Generated documents: a new draft becomes the last good version, or is refused and that version stays."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import Engine

from orchestrator_assets.activities.cleaning import secrets_in
from orchestrator_assets.activities.contract import Activity, Concluded, Gate, Scene
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.catalog.activity_store import Document

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")


def document_name(activity: str, target: str, part: str = "") -> str:
    """The name that a document is kept under."""
    return ":".join((activity, target, part) if part else (activity, target))


def keep_document(
    engine: Engine, activity: Activity, scene: Scene, concluded: Concluded, evidence: str, run_id: str
) -> Concluded:
    """Keeps the draft if every gate passes, else notes why not. Adds the gates `nothing_lost` and `no_secrets`."""
    if not activity.makes_document or concluded.document is None:
        return concluded
    name = document_name(activity.name, scene.target, concluded.part)
    before = activity_store.load_document(engine, name)
    lost = [] if getattr(scene.given, "accept_loss", False) else content_lost(before, concluded.document)
    secrets = secrets_in(concluded.document)
    gates = {
        **concluded.gates,
        "nothing_lost": Gate(not lost, "; ".join(lost) or ("compared with the last" if before else "there was none")),
        "no_secrets": Gate(not secrets, ", ".join(secrets) or "none found"),
    }
    failed = [f"{gate}: {result.evidence}" for gate, result in gates.items() if not result.passed]
    if failed:
        activity_store.refuse_draft(engine, name, evidence, "; ".join(failed))
    else:
        kept = Document(name, activity.name, scene.target, evidence, concluded.document, run_id, None, None)
        activity_store.save_document(engine, kept)
    return replace(concluded, gates=gates)


def content_lost(before: Document | None, draft: str) -> list[str]:
    """What the last good version has and a draft has not: sections, or items of a section."""
    if before is None:
        return []
    old, new = _sections(before.content), _sections(draft)
    lost = [f"the section {name!r} is gone" for name in old if name not in new]
    fewer = [name for name in old if name in new and new[name] < old[name]]
    return lost + [f"the section {name!r} has {new[name]} items, it had {old[name]}" for name in fewer]


def _sections(text: str) -> dict[str, int]:
    """Items by section, code fences left out."""
    found: dict[str, int] = {}
    section, fenced = "", False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading:
            section = heading[1]
            found.setdefault(section, 0)
        elif not fenced and _ITEM.match(line):
            found[section] = found.get(section, 0) + 1
    return found

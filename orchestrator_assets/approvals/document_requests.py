"""Documents that models drafted: published only in the version that a person approved, where the policy says so."""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine

from orchestrator_assets.catalog import approval_store
from orchestrator_assets.catalog.approval_store import Sort
from orchestrator_assets.settings import Settings


def to_publish(engine: Engine, settings: Settings, activity: str, name: str, text: str) -> str | None:
    """The text of a document that may be published: its newest one, or, for the activities that
    `ORCHESTRATOR_APPROVED_ACTIVITIES` names, the one approved last (None: none was yet). A newer one is asked for."""
    if activity not in settings.approved_activities:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    content = {"text": text}
    approval_store.request(engine, Sort.DOCUMENT, name, activity, content, f"document {name} {digest}")
    approved = approval_store.newest_approved(engine, Sort.DOCUMENT, name)
    return str(approved.content["text"]) if approved else None

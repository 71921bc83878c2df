"""Delivery to a chat: one JSON POST, as the webhooks of chat systems take it. No redirect is followed: the address is
the secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestrator_assets.documents.text import visible
from orchestrator_assets.reports.page import Page
from orchestrator_assets.reports.targets.contract import Committing, NotDelivered, Parcel, Unanswered
from orchestrator_assets.settings import Settings

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_RETRIED = frozenset({408, 425, 429})


def send(parcel: Parcel, settings: Settings, committing: Committing) -> None:
    """Posts the message. NotDelivered or Unanswered; neither names the address."""
    import httpx  # here: loading the code location must not wait for it

    url = settings.chat_webhook or ""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise NotDelivered("ORCHESTRATOR_CHAT_WEBHOOK must be an https URL", lasting=True)
    body = json.dumps({"text": text_of(parcel.page)}).encode()
    committed = False

    def content() -> Iterator[bytes]:
        nonlocal committed
        yield body[:-1]
        committing()
        committed = True
        yield body[-1:]

    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Idempotency-Key": parcel.id}
    try:
        with (
            httpx.Client(follow_redirects=False, timeout=settings.delivery_timeout, trust_env=False) as client,
            client.stream("POST", url, content=content(), headers=headers) as answer,
        ):
            pass  # its status says all; a body without end is not waited for
    except httpx.HTTPError as error:
        told = f"{parts.hostname} did not answer: {type(error).__name__}"
        raise (Unanswered if committed else NotDelivered)(told) from None
    if not answer.is_success:
        lasting = 300 <= answer.status_code < 500 and answer.status_code not in _RETRIED
        raise NotDelivered(f"{parts.hostname} answered {answer.status_code}", lasting)


def text_of(page: Page) -> str:
    """The page in a few lines of plain text."""
    lines = [page.title, page.headline, *page.warnings]
    for item in page.figures:
        lines.append(f"{item.name}: {item.value:,}" + (f" ({item.shown_change})" if item.change else ""))
    return "\n".join(visible(line) for line in lines)

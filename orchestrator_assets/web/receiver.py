"""The receiver of webhooks, an ASGI application.

A delivery is read within bounds, its signature checked over the raw bytes, and kept in the inbox; only then it is
answered. Nothing is fetched or scanned here: the watcher looks at the repository within its next tick.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orchestrator_assets.catalog import fleet_store, inbox_store
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.catalog.inbox_store import Delivery, InboxFull, InboxUnavailable, Taken
from orchestrator_assets.documents.text import visible
from orchestrator_assets.settings import Settings
from orchestrator_assets.web.payloads import Ignored, Push, delivery_id, place, read_payload
from orchestrator_assets.web.signatures import BadSecret, Headers, Provider, parse_secrets, verify
from orchestrator_assets.web.status import SMALL_ERRORS, from_here, has_token, status_routes

_LOG = logging.getLogger(__name__)

_MEBIBYTE = 1024 * 1024
_BODY_SECONDS = 30.0


class NoSecrets(RuntimeError):
    """The receiver must not start: the message says which settings are missing or wrong."""


@dataclass(frozen=True)
class Receiver:
    """What the receiver works with. `secrets` holds only providers that have one; `body_seconds` is how long a whole
    body may take."""

    engine: Engine
    settings: Settings
    secrets: dict[Provider, tuple[str, ...]]
    body_seconds: float = _BODY_SECONDS
    now: Callable[[], float] = field(default=time.time)

    def limit(self, provider: Provider) -> int:
        """Bytes of the largest body that is read."""
        return self.settings.hook_limit or (25 * _MEBIBYTE if provider is Provider.GITHUB else _MEBIBYTE)


def secrets_of(settings: Settings) -> dict[Provider, tuple[str, ...]]:
    """The secrets per provider that has one. NoSecrets if none has, or one cannot be used."""
    found: dict[Provider, tuple[str, ...]] = {}
    for provider in Provider:
        try:
            secrets = parse_secrets(getattr(settings, f"hook_secret_{provider.value}"))
        except BadSecret as error:
            raise NoSecrets(f"ORCHESTRATOR_HOOK_SECRET_{provider.name}: {error}") from None
        if secrets:
            found[provider] = secrets
    if not found:
        names = ", ".join(f"ORCHESTRATOR_HOOK_SECRET_{provider.name}" for provider in Provider)
        raise NoSecrets(f"webhooks without a secret could come from anyone; set at least one of {names}")
    return found


def application(receiver: Receiver) -> Starlette:
    """`POST /hooks/{provider}` and `GET /hooks/inbox`, with `/healthz`, `/readyz` and `/metrics` beside them; every
    answer but the metrics is a small JSON object."""
    routes = [
        *status_routes(receiver.engine, receiver.settings.hook_token),
        Route("/hooks/inbox", _listing(receiver), methods=["GET"]),
    ]
    routes += [
        Route(f"/hooks/{provider.value}", _receiving(receiver, provider), methods=["POST"]) for provider in Provider
    ]
    return Starlette(routes=routes, exception_handlers=SMALL_ERRORS)


def match(push: Push, fleet: Iterable[FleetRepository]) -> tuple[str, ...]:
    """Partition keys of the repositories that the push names: by place, or by name where it tells one."""
    return tuple(
        item.key
        for item in fleet
        if (push.name is not None and push.name in (item.name, item.key)) or place(item.url) in push.places
    )


def _receiving(receiver: Receiver, provider: Provider) -> Callable[[Request], Any]:
    async def receive(request: Request) -> Response:
        body = await _read(request, receiver.limit(provider), receiver.body_seconds)
        headers = Headers(request.headers.raw)
        if not verify(provider, receiver.secrets.get(provider, ()), headers, body, receiver.now()):
            raise HTTPException(401, "the signature is missing or not made with our secret")
        payload = _json_object(body)
        said = read_payload(provider, headers, payload)
        if isinstance(said, Ignored):
            return JSONResponse({"status": "ignored", "reason": said.reason})
        identity = delivery_id(provider, headers, body)
        return await run_in_threadpool(_take, receiver, provider, identity, said)

    return receive


def _take(receiver: Receiver, provider: Provider, identity: str, push: Push) -> Response:
    settings = receiver.settings
    try:
        keys = match(push, fleet_store.fleet(receiver.engine))
        if not keys:
            return JSONResponse({"status": "ignored", "reason": "no repository of the fleet"})
        delivery = Delivery(provider.value, identity, keys, push.ref, push.commit)
        new = inbox_store.take(receiver.engine, delivery, settings.hook_inbox_limit, settings.hook_inbox_keep)
    except (InboxFull, InboxUnavailable) as error:
        raise HTTPException(503, str(error), {"Retry-After": "60"}) from None
    except DBAPIError:
        raise HTTPException(503, "the database does not answer", {"Retry-After": "60"}) from None
    told = {"provider": provider.value, "delivery": visible(identity), "repositories": list(keys)}
    _LOG.info("webhook kept: %s %s for %s", told["provider"], told["delivery"], ", ".join(keys), extra=told)
    return JSONResponse({"status": "accepted" if new else "known already", "repositories": list(keys)}, 202)


async def _read(request: Request, limit: int, seconds: float) -> bytes:
    """The body, never more than `limit` bytes of it, with or without a length told beforehand."""
    told = request.headers.get("content-length")
    too_large = HTTPException(
        413, f"a webhook may have {limit} bytes (ORCHESTRATOR_HOOK_LIMIT)", {"Connection": "close"}
    )
    if told is not None and (not (told.isascii() and told.isdigit()) or len(told) > 18 or int(told) > limit):
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, f"the body took longer than {seconds:g} s", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "the connection ended before the body did") from None
    return bytes(body)


def _json_object(body: bytes) -> dict[str, Any]:
    payload = None
    for read in (from_json, _lenient):
        with suppress(ValueError, RecursionError):
            payload = read(body)
            break
    if not isinstance(payload, dict):
        raise HTTPException(400, "the body is no JSON object; choose application/json as the webhook's content type")
    return payload


def _lenient(body: bytes) -> Any:
    """JSON with lone surrogates, too, which a commit message may hold and strict readers refuse."""
    return json.loads(body.decode("utf-8"))


def _listing(receiver: Receiver) -> Callable[[Request], Any]:
    async def listing(request: Request) -> Response:
        if not (from_here(request) or has_token(request, receiver.settings.hook_token)):
            raise HTTPException(
                401, "the inbox is shown to this machine, or with ORCHESTRATOR_HOOK_TOKEN as bearer token"
            )
        if request.query_params.get("format", "json") != "json":
            raise HTTPException(400, "the only format is json")
        try:
            taken = await run_in_threadpool(inbox_store.newest, receiver.engine)
        except InboxUnavailable as error:
            raise HTTPException(503, str(error)) from None
        return JSONResponse({"deliveries": [_shown(item) for item in taken]}, headers={"Cache-Control": "no-store"})

    return listing


def _shown(item: Taken) -> dict[str, Any]:
    return {
        "id": item.id,
        "provider": item.delivery.provider,
        "delivery": item.delivery.delivery,
        "repositories": list(item.delivery.repositories),
        "ref": item.delivery.ref,
        "commit": item.delivery.commit,
        "received_at": item.received_at.isoformat(),
        "looked_at": item.looked_at.isoformat() if item.looked_at else None,
        "moved": item.moved,
        "runs": list(item.runs),
    }

"""`/healthz`, `/readyz` and `/metrics`: of the receiver of webhooks, and of the UI."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from orchestrator_assets.operations import health
from orchestrator_assets.operations.metrics import metrics
from orchestrator_assets.web.signatures import Headers


def status_routes(engine: Engine, token: str | None) -> list[Route]:
    """The three; metrics are for this machine, or with the bearer token. All other answers are small JSON objects."""
    return [
        Route("/healthz", _alive, methods=["GET"]),
        Route("/readyz", _readiness(engine), methods=["GET"]),
        Route("/metrics", _metrics(engine, token), methods=["GET"]),
    ]


class WithStatus:
    """An ASGI application with the three beside it."""

    def __init__(self, application: ASGIApp, engine: Engine, token: str | None) -> None:
        routes = status_routes(engine, token)
        self._application = application
        self._status = Starlette(routes=routes, exception_handlers=SMALL_ERRORS)
        self._paths = {route.path for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request to whichever answers it."""
        ours = scope["type"] == "http" and scope["path"] in self._paths
        await (self._status if ours else self._application)(scope, receive, send)


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _readiness(engine: Engine) -> Callable[[Request], Any]:
    async def readiness(request: Request) -> Response:
        parts = await run_in_threadpool(health.readiness, engine)
        ready = all(part.ready for part in parts)
        told = {part.name: {"ready": part.ready, "detail": part.detail} for part in parts}
        return JSONResponse({"ready": ready, "parts": told}, 200 if ready else 503)

    return readiness


def _metrics(engine: Engine, token: str | None) -> Callable[[Request], Any]:
    async def page(request: Request) -> Response:
        if not (from_here(request) or has_token(request, token)):
            raise HTTPException(401, "shown to this machine, or with ORCHESTRATOR_HOOK_TOKEN as bearer token")
        try:
            return Response(await run_in_threadpool(metrics, engine), media_type=CONTENT_TYPE_LATEST)
        except DBAPIError:
            raise HTTPException(503, "the database does not answer") from None

    return page


def from_here(request: Request) -> bool:
    """Whether it comes from this machine itself, not through a proxy on it or a web page whose name leads here."""
    proxied = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))
    host = request.url.hostname or ""
    return not proxied and _is_loopback(host) and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def has_token(request: Request, token: str | None) -> bool:
    """Whether it carries this bearer token."""
    given = Headers(request.headers.raw).one("authorization")
    return bool(token) and given is not None and hmac.compare_digest(given, f"Bearer {token}".encode())


async def _refused(request: Request, error: HTTPException) -> Response:
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "our fault; see the log"}, 500)


SMALL_ERRORS: Any = {HTTPException: _refused, Exception: _failed}
"""How errors are answered."""

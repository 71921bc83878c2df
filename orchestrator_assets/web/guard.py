"""The guard before the Dagster UI, an ASGI middleware around the webserver's own application.

The UI has no authentication, and would run a GraphQL mutation for any page that a browser on this machine has open:
sent by GET, as text/plain, or under a host name that somebody points here. All of that ends here, before Dagster.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator_assets.web.signatures import Headers

_DIRECTIVES = {"img-src": "img-src 'self' data:", "frame-ancestors": "frame-ancestors 'none'"}
_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest GraphQL request that is read to see whether it changes something."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request does not reach Dagster."""

    status: int
    reason: str


@dataclass(frozen=True)
class Guard:
    """The middleware. `hosts` are host names (without port) under which the UI may be asked for, beside loopback's;
    `addresses` allows any IP address as host too, for a server that listens on all: only names can be pointed here by
    others. `read_only` refuses everything that changes something."""

    app: ASGIApp
    hosts: Collection[str] = ()
    addresses: bool = False
    read_only: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 400, 403, 405, 413 or 415 with a JSON reason, or hands on to the webserver."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": with_policy(message.get("headers", []))}
            await send(message)

        refusal = self._foreign(scope) or self._wrong(scope)
        if refusal is None and self.read_only and scope["method"] == "POST":
            refusal, receive = await self._mutation(scope, receive)
        if refusal is not None:
            response = JSONResponse({"error": refusal.reason}, refusal.status, headers={"Connection": "close"})
            await response(scope, receive, answer)
            return
        await self.app(scope, receive, answer)

    def _foreign(self, scope: Scope) -> Refusal | None:
        """Refuses what another site's page sends, or what is sent to another name."""
        headers = Headers(scope["headers"])
        host = headers.text("host")
        if host is None:
            return Refusal(400, "exactly one Host header is needed")
        name = _host_name(host)
        if name is None or not self._known(name):
            return Refusal(403, "this host name is not ours; ORCHESTRATOR_UI_HOSTS names those that are")
        origins = [value for key, value in scope["headers"] if key.lower() == b"origin"]
        if origins and (len(origins) > 1 or not _same(origins[0], host)):
            return Refusal(403, "the request comes from another site's page")
        site = headers.text("sec-fetch-site")
        if site not in (None, "same-origin", "none") and not _is_link(scope, headers):
            return Refusal(403, "the request comes from another site's page")
        return None

    def _known(self, name: str) -> bool:
        if name in _LOCAL or name in {item.casefold() for item in self.hosts}:
            return True
        return self.addresses and _is_address(name)

    def _wrong(self, scope: Scope) -> Refusal | None:
        """Refuses what changes something in a way that any page may send without asking."""
        method = scope["method"]
        if method == "POST":
            given = Headers(scope["headers"]).text("content-type") or ""
            if given.partition(";")[0].strip().lower() != "application/json":
                return Refusal(415, "a POST must be application/json")
            return None
        if method not in ("GET", "HEAD", "OPTIONS"):
            return Refusal(405, f"{method} is not used here" if method.isalpha() else "the method is not used here")
        if _is_graphql(scope):
            asked = [value for name, value in _query(scope) if name == "query"]
            if any(changes_something(value) for value in asked):
                return Refusal(405, "a mutation must be sent by POST")
        return None

    async def _mutation(self, scope: Scope, receive: Receive) -> tuple[Refusal | None, Receive]:
        """Reads a POST to see whether it changes something, and what the webserver then gets to read."""
        refusal = Refusal(403, "this server is read-only")
        if not _is_graphql(scope):
            return refusal, receive
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return Refusal(400, "the connection ended before the body did"), receive
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _LIMIT:
                return Refusal(413, f"a GraphQL request may have {_LIMIT} bytes"), receive
        try:
            asked: Any = json.loads(bytes(body))  # as the webserver reads it
        except (ValueError, RecursionError):
            return Refusal(400, "the body is no JSON"), receive
        query = asked.get("query") if isinstance(asked, dict) else None
        if not isinstance(query, str):
            return Refusal(400, "the body holds no GraphQL query"), receive
        return refusal if changes_something(query) else None, _replay(bytes(body), receive)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._foreign(scope)
        if refusal is not None:
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.reason})
            return

        async def checked() -> Message:
            # The UI subscribes by websocket and changes things by POST; so no socket ever carries a mutation.
            message = await receive()
            if message["type"] == "websocket.receive" and _starts_mutation(message):
                await send({"type": "websocket.close", "code": 1008, "reason": "a mutation must be sent by POST"})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        await self.app(scope, checked, send)


def changes_something(query: str) -> bool:
    """Whether a GraphQL document may change something: it holds a mutation, or cannot be read."""
    try:
        document = parse(query, no_location=True, max_tokens=50_000)
    except (GraphQLError, RecursionError):
        return True
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    return any(item.operation is OperationType.MUTATION for item in operations)


def with_policy(headers: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with images from ourselves alone and no framing added to the content security policy."""
    name = b"content-security-policy"
    policies = [value.decode("latin-1") for key, value in headers if key.lower() == name] or [""]
    kept = [item for item in headers if item[0].lower() not in (name, b"x-frame-options")]
    for policy in policies:
        parts = [part.strip() for part in policy.split(";") if part.strip()]
        parts = [part for part in parts if part.split()[0].lower() not in _DIRECTIVES]
        kept.append((name, "; ".join([*parts, *_DIRECTIVES.values()]).encode("latin-1")))
    return [*kept, (b"x-frame-options", b"DENY")]


def _starts_mutation(message: Message) -> bool:
    text = message.get("text")
    try:
        told = json.loads(text if text is not None else message.get("bytes") or b"")
    except (ValueError, RecursionError):
        return True
    payload = told.get("payload") if isinstance(told, dict) else None
    query = payload.get("query") if isinstance(payload, dict) else None
    return query is not None and (not isinstance(query, str) or changes_something(query))


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _is_graphql(scope: Scope) -> bool:
    return str(scope["path"]).rstrip("/").endswith("/graphql")


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Whether somebody follows a link to a page of the UI: that changes nothing."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or _is_graphql(scope):
        return False
    return headers.text("sec-fetch-mode") == "navigate" and headers.text("sec-fetch-dest") == "document"


def _same(origin: bytes, host: str) -> bool:
    try:
        parts = urlsplit(origin.decode("ascii"))
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    default = ":443" if parts.scheme == "https" else ":80"
    return parts.netloc.casefold().removesuffix(default) == host.casefold().removesuffix(default)


def _host_name(host: str) -> str | None:
    """The name or address of a Host header, in lower case and without port; None if it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises on what is no port
    except ValueError:
        return None
    if parts.netloc != host or "@" in host:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

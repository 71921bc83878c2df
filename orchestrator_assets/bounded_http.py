"""Asking a server that may answer with anything: without end, or a byte at a time. No redirect is followed, so that
what the headers carry stays with the host it is for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

SIZE = 16 * 1024 * 1024
_PATIENCE = 4
_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Unanswered(Exception):
    """There is no answer that can be used; the message says why, and holds neither headers nor body."""


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    seconds: float,
    size: int = SIZE,
    json: Any = None,
) -> httpx.Response:
    """The whole answer, of any status, of at most `size` bytes. Each step of it may take `seconds`, and all of it four
    times that. Unanswered."""
    import httpx  # here: loading the code location must not wait for it

    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        raise Unanswered("what it is asked at is no URL") from None
    until = time.monotonic() + _PATIENCE * seconds
    body = bytearray()
    try:
        with (
            httpx.Client(timeout=seconds, follow_redirects=False) as client,
            client.stream(method, url, headers=dict(headers), json=json) as answer,
        ):
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > size:
                    raise Unanswered(f"{host} answers with more than {size} bytes")
                if time.monotonic() > until:
                    raise Unanswered(f"{host} has not come to the end of its answer in {_PATIENCE * seconds:g} seconds")
    except httpx.HTTPError as error:
        raise Unanswered(f"{host} does not answer: {type(error).__name__}") from None
    kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in _DECODED]
    return httpx.Response(answer.status_code, headers=kept, content=bytes(body), request=answer.request)

"""The HTTP side of a question: bounded, counted, without redirects, and with a name for whatever goes wrong.

The client library above this transport retries by itself (408, 409, 429, 5xx, broken connections) and honours
Retry-After. Answers that it would misread or that no retry mends are replaced by a plain refusal of our own, with the
true reason kept in `failure`.
"""

from __future__ import annotations

import base64
import email.utils
import json
import math
import time
from typing import Any
from urllib.parse import quote

import httpx2

from orchestrator_assets.documents.text import visible
from orchestrator_assets.models.reply import Outcome, ReplyFailed

_RETRIED = (408, 409, 429)
_NOT_OURS = ("openai-organization", "openai-project")
"""Headers that the client takes from the environment of other programs."""
_SHOWN = 300


class Wire(httpx2.AsyncBaseTransport):
    """One question's HTTP requests. `attempts` counts them; `failure` is what was wrong with the newest, None if it was
    answered properly; `waiting` is whether the client now waits to try again."""

    def __init__(self, deadline: float, body_limit: int, secret: str | None) -> None:
        """`deadline` is a moment of `time.monotonic()`; `secret` is taken out of whatever comes back."""
        self.attempts = 0
        self.failure: ReplyFailed | None = None
        self.waiting = False
        self._inner = httpx2.AsyncHTTPTransport()
        self._deadline = deadline
        self._limit = body_limit
        self._secrets = _forms(secret)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends one request and reads its answer whole. Connection errors pass through, for the client to retry."""
        self.attempts += 1
        self.waiting = False
        request.headers["accept-encoding"] = "identity"
        for name in _NOT_OURS:
            request.headers.pop(name, None)
        try:
            response = await self._inner.handle_async_request(request)
            body = await self._read(response)
        except httpx2.TimeoutException as error:
            self.failure = ReplyFailed(Outcome.TIMEOUT, f"the endpoint did not answer in time ({type(error).__name__})")
            raise
        except (httpx2.ConnectError, httpx2.UnsupportedProtocol) as error:
            self.failure = ReplyFailed(Outcome.SERVER_ERROR, f"the endpoint cannot be reached: {_said(error)}")
            raise
        except httpx2.TransportError as error:
            self.failure = ReplyFailed(Outcome.BAD_RESPONSE, f"the connection broke off: {_said(error)}")
            raise
        self.failure = self._judge(response, body)
        return self._answer(request, response, body)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _read(self, response: httpx2.Response) -> bytes | None:
        """The body without our key in it; None if it is too large."""
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        found = bytearray()
        try:
            async for chunk in response.stream:
                found += chunk
                if len(found) > self._limit:
                    return None
        finally:
            await response.stream.aclose()
        body = bytes(found)
        for secret in self._secrets:
            body = body.replace(secret, b"***")
        return body

    def _judge(self, response: httpx2.Response, body: bytes | None) -> ReplyFailed | None:
        status = response.status_code
        if body is None:
            return ReplyFailed(Outcome.TOO_LARGE, f"the reply is larger than {self._limit} bytes")
        if response.headers.get("content-encoding", "identity") != "identity":
            return ReplyFailed(Outcome.BAD_RESPONSE, "the reply is compressed, which was not asked for")
        if status == 429:
            wait = _retry_after(response)
            told = f"; it asks to wait {wait:g} s" if wait is not None else ""
            return ReplyFailed(Outcome.RATE_LIMITED, f"HTTP 429{told}: {_message(body)}")
        if status >= 500 or status in _RETRIED:
            return ReplyFailed(Outcome.SERVER_ERROR, f"HTTP {status}: {_message(body)}")
        if 300 <= status < 400:
            return ReplyFailed(Outcome.BAD_RESPONSE, f"HTTP {status}: redirects are not followed with a key")
        if status != 200:
            return ReplyFailed(Outcome.BAD_RESPONSE, f"HTTP {status}: {_message(body)}")
        return _judge_completion(response, body)

    def _answer(self, request: httpx2.Request, response: httpx2.Response, body: bytes | None) -> httpx2.Response:
        if self.failure is None:
            headers = {"content-type": "application/json"}
            return httpx2.Response(200, headers=headers, content=body, request=request)
        wait = _retry_after(response)
        status = response.status_code
        retried = status >= 500 or status in _RETRIED
        if retried and time.monotonic() + (wait or 0) < self._deadline:
            self.waiting = True
            kept = {name: value for name, value in response.headers.items() if name.startswith("retry-after")}
            return httpx2.Response(status, headers=kept, content=b"{}", request=request)
        refusal = {"x-should-retry": "false"}
        return httpx2.Response(status if retried else 400, headers=refusal, content=b"{}", request=request)


def _judge_completion(response: httpx2.Response, body: bytes) -> ReplyFailed | None:
    """Whether an answer with status 200 is a chat completion at all."""
    if not body.strip():
        return ReplyFailed(Outcome.EMPTY, "the body of the reply is empty")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        html = "html" in response.headers.get("content-type", "") or body.lstrip()[:1] == b"<"
        what = "HTML" if html else "no JSON"
        return ReplyFailed(Outcome.BAD_RESPONSE, f"{what} with status 200: {_text(body)}")
    if not isinstance(data, dict) or (data.get("error") and not data.get("choices")):
        return ReplyFailed(Outcome.BAD_RESPONSE, f"an error with status 200: {_message(body)}")
    choices = data.get("choices")
    if not isinstance(choices, list) or not all(isinstance(item, dict) for item in choices):
        return ReplyFailed(Outcome.BAD_RESPONSE, f"no chat completion with status 200: {_text(body)}")
    return None if choices else ReplyFailed(Outcome.EMPTY, "the reply holds no choice")


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds that the endpoint asks to wait: a number or a date. None if it does not say."""
    value = response.headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _message(body: bytes) -> str:
    """The message of an error body, else its beginning."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return _text(body)
    error = data.get("error", data) if isinstance(data, dict) else data
    message = error.get("message") if isinstance(error, dict) else error
    return visible(message)[:_SHOWN] if isinstance(message, str) and message else _text(body)


def _text(body: bytes) -> str:
    return visible(body[: 2 * _SHOWN].decode("utf-8", errors="replace"))[:_SHOWN] or "(nothing)"


def _said(error: Exception) -> str:
    return visible(str(error))[:_SHOWN] or type(error).__name__


def _forms(secret: str | None) -> list[bytes]:
    """A secret as it may come back: as it is, URL-encoded, in base64."""
    if not secret or len(secret) < 6:
        return []
    raw = secret.encode()
    return list({raw, quote(secret, safe="").encode(), base64.b64encode(raw), json.dumps(secret)[1:-1].encode()})

"""The guard before the Dagster UI: what other sites' pages may try, refused before Dagster sees it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from orchestrator_assets.web.guard import Guard, changes_something, with_policy

MUTATION = "mutation { launchRun { runId } }"
BODY = json.dumps({"query": "{ version }"}).encode()
JSON = {"content-type": "application/json"}


async def _echo(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse(
        {"reached": body.decode()}, headers={"content-security-policy": "default-src 'self'; img-src *"}
    )


def ask(
    method: str,
    path: str = "/graphql",
    host: str = "127.0.0.1:3000",
    content: bytes = b"",
    headers: Any = None,
    **guard: Any,
) -> httpx.Response:
    application = Starlette(routes=[Route("/{path:path}", _echo, methods=["GET", "POST", "PUT", "DELETE"])])

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=Guard(application, **guard))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(send())


def test_what_the_ui_itself_sends_passes() -> None:
    own = {**JSON, "origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}
    answer = ask("POST", content=json.dumps({"query": MUTATION}).encode(), headers=own)
    assert answer.status_code == 200 and MUTATION in answer.json()["reached"]
    assert ask("GET", "/assets/adr_index").status_code == 200
    assert ask("POST", content=BODY, headers=JSON, host="localhost:3000").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", f"/graphql?query={MUTATION}", {}, 405),
        ("GET", "/graphql?query=%7Bversion%7D&query=mutation%7Bx%7D", {}, 405),
        ("GET", "/graphql?query=not%20graphql%20%7B", {}, 405),
        ("GET", "/graphql/?query=mutation%20M%20%7Bx%7D%20query%20Q%7By%7D&operationName=M", {}, 405),
        ("POST", "/graphql", {"content-type": "text/plain"}, 415),
        ("POST", "/graphql", {"content-type": "multipart/form-data; boundary=x"}, 415),
        ("POST", "/graphql", {"content-type": "application/jsonx"}, 415),
        ("POST", "/graphql", {}, 415),
        ("POST", "/graphql", {**JSON, "origin": "http://evil.example"}, 403),
        ("POST", "/graphql", {**JSON, "origin": "null"}, 403),
        ("POST", "/graphql", {**JSON, "origin": "http://127.0.0.1:3001"}, 403),
        ("POST", "/graphql", {**JSON, "sec-fetch-site": "cross-site"}, 403),
        ("POST", "/graphql", {**JSON, "sec-fetch-site": "same-site"}, 403),
        ("PUT", "/graphql", JSON, 405),
        ("DELETE", "/anything", {}, 405),
    ],
)
def test_what_others_may_send_is_refused(method: str, path: str, headers: dict[str, str], status: int) -> None:
    answer = ask(method, path, content=BODY if method == "POST" else b"", headers=headers)
    assert answer.status_code == status and list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    ("host", "passes"),
    [("127.0.0.1:3000", True), ("localhost", True), ("evil.example", False), ("127.0.0.1.evil.example", False),
     ("127.0.0.1@evil.example", False), ("ui.example.org", True), ("10.1.2.3", False)],
)  # fmt: skip
def test_only_our_own_names_are_hosts(host: str, passes: bool) -> None:
    answer = ask("GET", "/", headers={"host": host}, hosts=["ui.example.org"])
    assert answer.status_code == (200 if passes else 403)


def test_a_server_for_everyone_takes_addresses_and_no_names() -> None:
    assert ask("GET", "/", headers={"host": "10.1.2.3:3000"}, addresses=True).status_code == 200
    assert ask("GET", "/", headers={"host": "evil.example:3000"}, addresses=True).status_code == 403


def test_a_link_from_elsewhere_may_be_followed_to_a_page() -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert ask("GET", "/assets", headers=link).status_code == 200
    assert ask("GET", "/graphql?query=%7Bversion%7D", headers=link).status_code == 403
    assert ask("GET", "/assets", headers={**link, "sec-fetch-dest": "iframe"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": "{ version }"}, 200),
        ({"query": "subscription { x }"}, 200),
        ({"query": MUTATION}, 403),
        ({"query": "query Q { a } mutation M { b }", "operationName": "Q"}, 403),
        ({"query": "broken {"}, 403),
        ({"other": 1}, 400),
        ([{"query": MUTATION}], 400),
    ],
)
def test_a_viewer_may_read_and_change_nothing(body: Any, status: int) -> None:
    answer = ask("POST", content=json.dumps(body).encode(), headers=JSON, read_only=True)
    assert answer.status_code == status
    if status == 200:
        assert json.loads(answer.json()["reached"]) == body
    assert ask("POST", "/upload", content=b"{}", headers=JSON, read_only=True).status_code == 403


def test_images_come_from_ourselves_alone_and_nobody_frames_us() -> None:
    for answer in (ask("GET", "/"), ask("GET", "/", headers={"host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert "img-src 'self' data:" in policy and "frame-ancestors 'none'" in policy and "img-src *" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src 'self'" in ask("GET", "/").headers["content-security-policy"]
    assert len(with_policy([])) == 2


def test_a_document_that_cannot_be_read_counts_as_changing_something() -> None:
    assert changes_something("{" * 100_000) and changes_something("") and not changes_something("{a}")

"""The receiver of webhooks as a real server: what it answers, what it keeps, and what survives a kill."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from orchestrator_assets.catalog import inbox_store
from orchestrator_assets.fleet.watch import RunState, look, plan
from orchestrator_assets.settings import Settings
from orchestrator_assets.web.receiver import Receiver, application, secrets_of
from orchestrator_assets.web.signatures import standard_signature
from orchestrator_assets_tests.fleets import Fleet

SECRET = "hook-secret-0123456789"
PUSH = {"ref": "refs/heads/main", "after": "a" * 40, "repository": {"clone_url": "https://example.org/team/shop.git"}}


@dataclass
class Server:
    """A running `orchestrator hooks serve`."""

    process: subprocess.Popen[str]
    url: str

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(f"{self.url}{path}", content=body, headers=named, timeout=20)

    def github(
        self, payload: Any = PUSH, delivery: str = "d-1", event: str = "push", secret: str = SECRET
    ) -> httpx.Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.post(
            "/hooks/github", body, **signed(body, secret), x_github_event=event, x_github_delivery=delivery
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x_hub_signature_256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@pytest.fixture
def start(fleet: Fleet) -> Iterator[Callable[..., Server]]:
    """Starts receivers on free ports; ends them."""
    running: list[Server] = []

    def begin(**settings: str) -> Server:
        given = {"HOOK_SECRET_GITHUB": f"older,{SECRET}", "HOOK_SECRET_STANDARD": "whsec_" + "QUJD" * 8, **settings}
        environment = os.environ | {f"ORCHESTRATOR_{name}": value for name, value in given.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestrator_assets.cli", "hooks", "serve", "--port", "0"],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found is not None
        running.append(Server(process, found[0]))
        return running[-1]

    yield begin
    for server in running:
        server.process.terminate()
        server.process.wait(20)


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """A fleet whose one repository is remote, at an address that nothing answers at."""
    fleet.settings.fleet_path.write_text("repos:\n  - name: shop\n    url: https://example.org/team/shop.git\n")
    fleet.register_file()
    return fleet


def kept(fleet: Fleet) -> list[inbox_store.Taken]:
    return inbox_store.newest(fleet.engine)


def test_a_signed_push_is_kept_and_then_answered(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start()
    answer = server.github()
    assert (answer.status_code, answer.json()["repositories"]) == (202, ["shop"])
    [item] = kept(shop)
    assert (item.delivery.provider, item.delivery.delivery, item.looked_at) == ("github", "d-1", None)
    assert (item.delivery.ref, item.delivery.commit) == ("refs/heads/main", "a" * 40)
    assert server.github().status_code == 202 and len(kept(shop)) == 1, "the same delivery is one row"


@pytest.mark.parametrize(
    ("payload", "event", "reason"),
    [
        ({"zen": "x"}, "ping", "ping"),
        ({**PUSH, "ref": "refs/tags/v1"}, "push", "no branch"),
        ({**PUSH, "deleted": True, "after": "0" * 40}, "push", "deleted"),
        (
            {**PUSH, "repository": {"clone_url": "https://example.org/team/other.git"}},
            "push",
            "no repository of the fleet",
        ),
        ({"action": "opened"}, "issues", "not a push"),
        ({**PUSH, "repository": [1, {"x": None}]}, "push", "no repository"),
    ],
)
def test_what_leads_to_nothing_is_answered_with_200(
    shop: Fleet, start: Callable[..., Server], payload: Any, event: str, reason: str
) -> None:
    answer = start().github(payload, event=event)
    assert answer.status_code == 200 and reason in answer.json()["reason"] and kept(shop) == []


def test_refusals_have_their_status_and_a_small_json_body(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start(HOOK_LIMIT="2000")
    body = json.dumps(PUSH).encode()
    push = {"x_github_event": "push"}
    answers = {
        "no signature": (server.post("/hooks/github", body, **push), 401),
        "another secret": (server.github(secret="guessed"), 401),
        "signature of another body": (server.post("/hooks/github", body + b" ", **signed(body), **push), 401),
        "not ASCII": (
            httpx.post(
                f"{server.url}/hooks/github", content=body, headers={b"x-hub-signature-256": b"sha256=\xff\xfe"}
            ),
            401,
        ),
        "no JSON and no signature": (server.post("/hooks/github", b"{", **push), 401),
        "provider without a secret": (server.post("/hooks/gitlab", body, x_gitlab_token=SECRET), 401),
        "GitHub's at another path": (server.post("/hooks/gitea", body, **signed(body), **push), 401),
        "signed, but no JSON": (server.github(b"{"), 400),
        "signed, but a form": (server.github(b"payload=%7B%7D"), 400),
        "signed, but a list": (server.github([1]), 400),
        "unknown provider": (server.post("/hooks/svn", body, **signed(body)), 404),
        "unknown page": (server.post("/other", body), 404),
        "by GET": (httpx.get(f"{server.url}/hooks/github"), 405),
        "too large": (server.github({**PUSH, "x": "y" * 3000}), 413),
        "too large without a length": (httpx.post(f"{server.url}/hooks/github", content=iter([b"x" * 1500] * 2)), 413),
    }
    assert {name: answer.status_code for name, (answer, _) in answers.items()} == {
        name: status for name, (_, status) in answers.items()
    }
    for answer, _ in answers.values():
        assert len(answer.content) < 400 and list(answer.json()) == ["error"]
    assert kept(shop) == []


def test_a_chunked_body_within_the_limit_is_read(shop: Fleet, start: Callable[..., Server]) -> None:
    body = json.dumps(PUSH).encode()
    headers = {name.replace("_", "-"): value for name, value in signed(body).items()} | {"x-github-event": "push"}
    answer = httpx.post(f"{start().url}/hooks/github", content=iter([body[:9], body[9:]]), headers=headers)
    assert answer.status_code == 202


def test_deliveries_of_standard_webhooks(shop: Fleet, start: Callable[..., Server]) -> None:
    body = json.dumps(
        {"type": "push", "data": {"repository": {"name": "shop"}, "ref": "refs/heads/main", "after": "b" * 40}}
    ).encode()
    now = str(int(time.time()))
    signature = standard_signature("whsec_" + "QUJD" * 8, "m1", now, body)
    server = start()
    given = {"webhook_id": "m1", "webhook_timestamp": now, "webhook_signature": signature}
    assert server.post("/hooks/standard", body, **given).status_code == 202
    old = {**given, "webhook_timestamp": str(int(now) - 3600)}
    assert server.post("/hooks/standard", body, **old).status_code == 401
    assert [item.delivery.delivery for item in kept(shop)] == ["m1"]


def test_when_too_many_wait_more_are_answered_with_503(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start(HOOK_INBOX_LIMIT="2")
    assert [server.github(delivery=f"d-{n}").status_code for n in range(3)] == [202, 202, 503]
    assert len(kept(shop)) == 2


def test_the_inbox_is_listed_to_this_machine_or_with_the_token(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start(HOOK_TOKEN="t0ken")
    server.github()
    place = f"{server.url}/hooks/inbox?format=json"
    [row] = httpx.get(place).json()["deliveries"]
    assert (row["provider"], row["delivery"], row["repositories"], row["runs"]) == ("github", "d-1", ["shop"], [])
    through = {"X-Forwarded-For": "203.0.113.9"}
    assert httpx.get(place, headers=through).status_code == 401
    assert httpx.get(place, headers={"Host": "evil.example"}).status_code == 401
    assert httpx.get(place, headers={**through, "Authorization": "Bearer t0ken"}).status_code == 200


def test_without_a_secret_it_does_not_start(fleet: Fleet) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator_assets.cli", "hooks", "serve", "--port", "0"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "ORCHESTRATOR_HOOK_SECRET_GITHUB" in done.stderr


def test_a_body_that_never_ends_is_given_up(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start(HOOK_SECONDS="1")
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST /hooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert b" 408 " in connection.recv(4096).split(b"\r\n")[0]
    assert server.github().status_code == 202


def test_what_was_answered_survives_twenty_kills(shop: Fleet, start: Callable[..., Server]) -> None:
    for number in range(20):
        server = start()
        assert server.github(delivery=f"d-{number}").status_code == 202
        server.kill()
    assert {item.delivery.delivery for item in kept(shop)} == {f"d-{number}" for number in range(20)}
    assert all(item.looked_at is None for item in kept(shop))


def test_a_delivery_is_looked_into_at_once_and_names_the_run_it_led_to(
    fleet: Fleet, start: Callable[..., Server]
) -> None:
    """Though the repository failed before and waits for its next attempt."""
    [made] = fleet.make("shop")
    fleet.scan()
    with fleet.engine.begin() as connection:
        connection.execute(
            text("UPDATE catalog.repository_state SET failures = 5, next_attempt_at = now() + interval '1 hour'")
        )
    made.commit({"docs/decisions/ADR-0002-x.md": "# ADR-0002: X\n"})
    assert look(fleet.engine, fleet.settings, time.monotonic() + 20).moved == ()
    payload = {**PUSH, "repository": {"url": str(made.path)}}
    assert start().github(payload).status_code == 202
    assert look(fleet.engine, fleet.settings, time.monotonic() + 20).moved == ("shop",)
    [request] = plan(fleet.engine, fleet.settings, lambda key: RunState.UNKNOWN)
    [item] = kept(fleet)
    assert item.moved is True and item.runs == (request.run_key,)


def test_a_delivery_of_nothing_new_leads_to_no_run(fleet: Fleet, start: Callable[..., Server]) -> None:
    [made] = fleet.make("shop")
    fleet.scan()
    start().github({**PUSH, "repository": {"url": str(made.path)}})
    look(fleet.engine, fleet.settings, time.monotonic() + 20)
    assert plan(fleet.engine, fleet.settings, lambda key: RunState.UNKNOWN) == []
    [item] = kept(fleet)
    assert item.moved is False and item.runs == () and item.looked_at is not None


def test_the_hook_of_a_plain_server_tells_of_a_real_push(
    fleet: Fleet, start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = fleet.make("shop")
    bare = fleet.folder / "repos" / "plain.git"
    made.git("clone", "-q", "--bare", str(made.path), str(bare))
    server = start()
    monkeypatch.setenv("ORCHESTRATOR_HOOK_SECRET_STANDARD", "whsec_" + "QUJD" * 8)
    command = [sys.executable, "-m", "orchestrator_assets.cli", "hooks", "install", str(bare), "--url", server.url]
    done = subprocess.run([*command, "--name", "shop"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (bare / "hooks" / "orchestrator-hook-secret").stat().st_mode & 0o777 == 0o600
    commit = made.commit({"x": "1"})
    made.git("push", "-q", str(bare), "main")
    [item] = kept(fleet)
    assert (item.delivery.provider, item.delivery.repositories, item.delivery.commit) == ("standard", ("shop",), commit)
    (bare / "hooks" / "post-receive").write_text("#!/bin/sh\n")
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1 and "somebody else's" in refused.stderr


def test_health_readiness_and_metrics(shop: Fleet, start: Callable[..., Server]) -> None:
    server = start()
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{server.url}/readyz")
    assert ready.status_code == 200 and ready.json()["ready"] is True
    page = httpx.get(f"{server.url}/metrics")
    assert page.status_code == 200 and "orchestrator_inbox_waiting 0.0" in page.text
    assert httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401


def test_a_delivery_from_before_the_clock_was_set_back_does_not_wait_for_ever(fleet: Fleet) -> None:
    fleet.make("shop")
    fleet.scan()
    inbox_store.take(fleet.engine, inbox_store.Delivery("github", "1", ("shop",), None, None), 10, 1e6)
    with fleet.engine.begin() as connection:
        connection.execute(text("UPDATE catalog.inbox SET received_at = clock_timestamp() + interval '1 year'"))
    look(fleet.engine, fleet.settings, time.monotonic() + 30)
    assert inbox_store.waiting(fleet.engine) == set()


def test_whatever_a_signed_body_holds_nothing_fails(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://github.com/acme/shop"
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: shop\n    url: {url}\n")
    fleet.register_file()
    monkeypatch.setenv("ORCHESTRATOR_HOOK_SECRET_GITHUB", SECRET)
    chosen = Settings()
    client = TestClient(
        application(Receiver(fleet.engine, chosen, secrets_of(chosen), 30)), raise_server_exceptions=False
    )

    def status(body: bytes, delivery: str = "d") -> int:
        headers = {name.replace("_", "-"): value for name, value in signed(body).items()}
        headers |= {"X-GitHub-Event": "push", "X-GitHub-Delivery": delivery}
        return client.post("/hooks/github", content=body, headers=headers).status_code

    push = {"ref": "refs/heads/main", "after": "a" * 40, "repository": {"clone_url": f"{url}.git", "name": "shop"}}
    for ref in ("refs/heads/\0x", "refs/heads/\ud800x", "refs/heads/" + "x" * 9000):
        assert status(json.dumps({**push, "ref": ref}).encode()) == 202, ref[:20]
    for delivery in ("x" * 8000, "a\tb"):
        assert status(json.dumps(push).encode(), delivery) == 202
    for body in (
        b"",
        b"[1]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps(push).encode("utf-16"),
        b'{"a": 1' + b"0" * 9000,
    ):
        assert status(body) == 400, body[:20]
    chance = random.Random(4)
    names = ["ref", "after", "deleted", "repository", "project", "push", "changes", "type", "object_kind", "new", "old",
             "target", "name", "links", "html", "clone", "href", "url", "path", "data", "id"]  # fmt: skip
    texts = ["refs/heads/x", "refs/tags/y", "\0", "\ud800", url, "git@github.com:acme/shop.git", "0" * 40, "a" * 40, "x" * 3000,
             "", "http://[::1", "https://u:p@github.com:443/acme/shop"]  # fmt: skip

    def junk(depth: int = 0) -> Any:
        kind = chance.randrange(6) if depth < 4 else 0
        if kind < 2:
            return chance.choice([None, True, 1, -1, 1e300, 10**18])
        if kind < 4:
            return chance.choice(texts)
        below = [junk(depth + 1) for _ in range(chance.randrange(5))]
        return below if kind == 4 else {chance.choice(names): item for item in below}

    for _ in range(500):
        body = {**push, **{name: junk() for name in chance.sample(names[:9], 3)}}
        assert status(json.dumps(body).encode()) in (200, 202), body

"""Issues out of files and from a forge: bounded, without redirects, and the token goes nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from orchestrator_assets.activities import issues
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.settings import Settings

TOKEN = "ghx-0123456789"


@contextmanager
def forge(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A forge that answers everything so; keeps what it was asked and with which token."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def settings(url: str) -> Settings:
    return Settings.model_validate({"issues_url": url, "issues_token": TOKEN})


def test_an_issue_is_fetched_with_the_token() -> None:
    with forge(200, json.dumps({"title": "Queue", "body": "We need one."}).encode()) as (url, asked):
        assert issues.fetch("team/shop#12", settings(url)) == "Queue\n\nWe need one."
        assert asked == [("/repos/team/shop/issues/12", f"Bearer {TOKEN}")]
        assert TOKEN not in repr(settings(url))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"{}", "HTTP 404; set ORCHESTRATOR_ISSUES_TOKEN"),
        (500, b"{}", "HTTP 500"),
        (200, b"<html>", "cannot be read"),
        (200, b"[]", "no issue"),
        (200, b" " * 1_100_000, "answers with more than"),
    ],
)
def test_what_is_no_issue_is_told(status: int, body: bytes, said: str) -> None:
    with forge(status, body) as (url, _), pytest.raises(ActivityFailed, match=said) as refused:
        issues.fetch("team/shop#12", settings(url))
    assert TOKEN not in str(refused.value)


def test_no_redirect_is_followed() -> None:
    with forge(200, b"{}") as (other, asked), forge(302, b"", Location=f"{other}/x") as (url, _):
        with pytest.raises(ActivityFailed, match="HTTP 302"):
            issues.fetch("team/shop#12", settings(url))
        assert asked == []


@pytest.mark.parametrize("reference", ["12", "team/shop", "../..#1", "team/shop#0", "a/b#1?x=1"])
def test_what_names_no_issue_is_refused(reference: str) -> None:
    with pytest.raises(ActivityFailed, match="names no issue"):
        issues.fetch(reference, settings("http://127.0.0.1:9"))


def test_only_texts_are_read_as_issues(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Need a queue.")
    (tmp_path / "key.pem").write_text("secret")
    assert issues.from_file(tmp_path / "good.md") == "Need a queue."
    for name in ("key.pem", "missing.md", "."):
        with pytest.raises(ActivityFailed):
            issues.from_file(tmp_path / name)

"""Project boards in reports, from a stub server that answers as GitHub's GraphQL documents it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orchestrator_assets.reports.boards import ask_boards
from orchestrator_assets.reports.model import BoardFacts
from orchestrator_assets.reports.period import Length, period_at
from orchestrator_assets.settings import Settings

WEEK = period_at(Length.WEEK, "2026-03-04", "UTC", datetime(2026, 6, 1, tzinfo=UTC))
TOKEN = "tok-9f8e7d6c5b"
Answer = Callable[[dict[str, Any]], tuple[int, Any]]


def item(created: str, status: str | None, closed: str | None = None, archived: bool = False) -> dict[str, Any]:
    return {
        "createdAt": created,
        "isArchived": archived,
        "status": {"name": status} if status else None,
        "content": {"closedAt": closed},
    }


ITEMS = [
    item("2026-03-02T00:00:00Z", "Todo"),
    item("2026-03-01T23:59:59Z", "Done", closed="2026-03-08T23:59:59Z"),
    item("2026-02-01T00:00:00Z", "Done", closed="2026-03-09T00:00:00Z"),
    item("2026-03-05T00:00:00Z", None) | {"content": {}},
    item("2026-03-05T00:00:00Z", "Done", archived=True) | {"content": None},
]


def board(asked: dict[str, Any]) -> tuple[int, Any]:
    """Five items on pages of two; one board, acme/7."""
    variables = asked["variables"]
    if "owner" in variables:
        found = {"id": "P1"} if (variables["owner"], variables["number"]) == ("acme", 7) else None
        return 200, {"data": {"repositoryOwner": {"projectV2": found} if variables["owner"] == "acme" else None}}
    start = int(variables["after"] or 0)
    page = {"hasNextPage": start + 2 < len(ITEMS), "endCursor": str(start + 2)}
    nodes = [*ITEMS[start : start + 2], None]
    return 200, {"data": {"node": {"title": "Roadmap", "items": {"pageInfo": page, "nodes": nodes}}}}


def endless(asked: dict[str, Any]) -> tuple[int, Any]:
    if "owner" in asked["variables"]:
        return board(asked)
    page = {"hasNextPage": True, "endCursor": f"{asked['variables']['after']}x"}
    return 200, {"data": {"node": {"title": "Roadmap", "items": {"pageInfo": page, "nodes": []}}}}


@pytest.fixture
def github() -> Iterator[tuple[str, list[Answer]]]:
    answers: list[Answer] = [board]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            allowed = self.path == "/graphql" and self.headers["Authorization"] == f"Bearer {TOKEN}"
            status, told = answers[-1](asked) if allowed else (401, {"message": "Bad credentials"})
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}", answers
    served.shutdown()
    served.server_close()


def asked(chosen: Settings, url: str, *boards: str, token: str | None = TOKEN) -> list[BoardFacts]:
    return ask_boards(
        chosen.model_copy(update={"github_api": url, "github_token": token, "boards": list(boards)}), WEEK
    )


def test_a_board_is_counted_over_all_pages(chosen: Settings, github: tuple[str, list[Answer]]) -> None:
    assert asked(chosen, github[0], "acme/7") == [
        BoardFacts(
            board="acme/7",
            title="Roadmap",
            items=4,
            states={"Done": 2, "Todo": 1, "no status": 1},
            added=3,
            closed=1,
        )
    ]


def test_what_cannot_be_read_is_unknown_with_its_reason(chosen: Settings, github: tuple[str, list[Answer]]) -> None:
    url, answers = github
    [gone, nobody, misspelt] = asked(chosen, url, "acme/8", "nobody/7", "acme")
    assert gone.why == "acme has no project 8 that this token may see" and gone.items is None
    assert nobody.why == "nobody has no project 7 that this token may see"
    assert misspelt.why == "ORCHESTRATOR_BOARDS holds names like acme/7"
    [unset] = asked(chosen, url, "acme/7", token=None)
    assert unset.why == "no token is set (ORCHESTRATOR_GITHUB_TOKEN)"
    for answer, why in (
        ((200, {"data": {"repositoryOwner": {"projectV2": {"id": "P1"}}, "node": {"items": None}}}), "another shape"),
        ((200, {"data": {"repositoryOwner": []}}), "has no project 7"),
        ((200, {"data": {"repositoryOwner": {"projectV2": {"id": "P1"}}}}), "the board is gone"),
        ((200, {"errors": [{"message": "Something went wrong"}]}), "refuses: Something went wrong"),
        ((429, {}), "answers 429"),
        (endless, "more than 200 pages"),
        ((200, [1]), "answer"),
    ):
        answers.append(answer if callable(answer) else lambda _, answer=answer: answer)  # type: ignore[misc]
        [found] = asked(chosen, url, "acme/7")
        assert found.why is not None and why in found.why and TOKEN not in found.why, found

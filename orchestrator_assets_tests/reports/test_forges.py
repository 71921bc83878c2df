"""Issues and requests from stub servers on loopback that answer as GitHub and GitLab document it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.reports.forges import ask_forges, place_of
from orchestrator_assets.reports.model import Forge
from orchestrator_assets.reports.period import Length, period_at
from orchestrator_assets.settings import Settings

WEEK = period_at(Length.WEEK, "2026-03-04", "UTC", datetime(2026, 6, 1, tzinfo=UTC))
TOKEN = "tok-9f8e7d6c5b"


@dataclass
class Api:
    """A stub API: items by path, pages of two, ETags; `refuse` may answer first."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    url: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    refuse: Callable[[int], tuple[int, dict[str, str]] | None] = lambda number: None
    next_at: str | None = None


@contextmanager
def stub(api: Api) -> Iterator[Api]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            refused = api.refuse(len(api.asked))
            parts = urlsplit(self.path)
            items = api.lists.get(parts.path)
            token = self.headers.get("Authorization") == f"Bearer {TOKEN}" or self.headers.get("PRIVATE-TOKEN") == TOKEN
            if refused is not None:
                return self.reply(refused[0], refused[1], {"message": "refused"})
            if not token:
                return self.reply(401, {}, {"message": "Bad credentials"})
            if items is None:
                return self.reply(404, {}, {"message": "Not Found"})
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            shown = items[(page - 1) * 2 : page * 2]
            tag = f'"{abs(hash(json.dumps(shown)))}"'
            headers = {"ETag": tag}
            if len(items) > page * 2:
                base = api.next_at or api.url
                query = "&".join(part for part in parts.query.split("&") if not part.startswith("page="))
                headers["Link"] = f'<{base}{parts.path}?{query}&page={page + 1}>; rel="next"'
            if self.headers.get("If-None-Match") == tag:
                return self.reply(304, headers, None)
            return self.reply(200, headers, shown)

        def reply(self, status: int, headers: dict[str, str], body: Any) -> None:
            api.asked.append((self.path, status))
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def issue(created: str, closed: str | None = None, request: dict[str, Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"created_at": created, "closed_at": closed}
    return found if request is None else {**found, "pull_request": request}


GITHUB_ITEMS = [
    issue("2026-03-02T00:00:00Z"),
    issue("2026-01-01T00:00:00Z", "2026-03-08T23:59:59Z"),
    issue("2026-03-09T00:00:00Z"),
    issue("2026-03-05T00:00:00Z", request={"merged_at": None}),
    issue("2026-02-05T00:00:00Z", "2026-03-06T00:00:00Z", {"merged_at": "2026-03-06T00:00:00Z"}),
]


@pytest.fixture
def api() -> Iterator[Api]:
    with stub(Api({"/repos/acme/shop/issues": GITHUB_ITEMS})) as found:
        yield found


def repository(url: str, name: str = "shop") -> FleetRepository:
    return FleetRepository(name, name, url, None, {}, {})


def ask(api: Api, home: Path, url: str = "https://github.com/acme/shop.git", **more: Any) -> Forge:
    given = {
        "home": home,
        "github_api": api.url,
        "gitlab_api": api.url,
        "github_token": TOKEN,
        "gitlab_token": TOKEN,
        **more,
    }
    [found] = ask_forges(Settings(**given), [repository(url)], WEEK)
    return found


def figures(found: Forge) -> tuple[int | None, ...]:
    return found.issues_opened, found.issues_closed, found.requests_opened, found.requests_merged


def test_issues_and_requests_over_all_pages(api: Api, tmp_path: Path) -> None:
    found = ask(api, tmp_path)
    assert (figures(found), found.why) == ((1, 1, 1, 1), None)
    assert [status for _, status in api.asked] == [200, 200, 200]


def test_what_has_not_changed_is_not_sent_again(api: Api, tmp_path: Path) -> None:
    first = ask(api, tmp_path)
    assert ask(api, tmp_path) == first
    assert [status for _, status in api.asked[3:]] == [304, 304, 200], "the last page may have got a successor"


def test_gitlabs_issues_and_merge_requests(tmp_path: Path) -> None:
    lists = {
        "/projects/acme%2Fteam%2Fshop/issues": [issue("2026-03-03T00:00:00.000+01:00")],
        "/projects/acme%2Fteam%2Fshop/merge_requests": [
            {"created_at": "2026-03-03T00:00:00.000Z", "merged_at": "2026-03-04T00:00:00.000Z"}
        ],
    }
    with stub(Api(lists)) as api:
        assert figures(ask(api, tmp_path, "git@gitlab.com:acme/team/shop.git")) == (1, 0, 1, 1)


def test_without_a_token_it_is_unknown_and_nobody_is_asked(api: Api, tmp_path: Path) -> None:
    found = ask(api, tmp_path, github_token=None)
    assert figures(found) == (None,) * 4 and found.why == "no token is set (ORCHESTRATOR_GITHUB_TOKEN)"
    assert api.asked == []


def test_a_repository_that_lies_elsewhere_is_left_out(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path)
    fleet = [repository("/srv/git/shop"), repository("https://git.example.org/a/b.git")]
    assert ask_forges(chosen, fleet, WEEK) == []
    assert place_of("ssh://git@github.com:22/acme/shop.git", chosen) == ("github", "acme/shop")


def test_a_wait_that_is_asked_for_is_kept(api: Api, tmp_path: Path) -> None:
    api.refuse = lambda number: (429, {"Retry-After": "0"}) if number < 2 else None
    assert figures(ask(api, tmp_path)) == (1, 1, 1, 1)
    assert [status for _, status in api.asked] == [429, 429, 200, 200, 200]


def test_a_spent_limit_is_told_instead_of_waited_out(api: Api, tmp_path: Path) -> None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    api.refuse = lambda number: (403, spent)
    found = ask(api, tmp_path)
    assert figures(found) == (None,) * 4 and "too many requests" in (found.why or "") and len(api.asked) == 1


@pytest.mark.parametrize(
    ("status", "told"), [(401, "the token is refused"), (404, "there is no such repository"), (302, "no list")]
)
def test_a_refusal_is_told_without_the_token(api: Api, tmp_path: Path, status: int, told: str) -> None:
    api.refuse = lambda number: (status, {"Location": "http://127.0.0.1:1/"})
    found = ask(api, tmp_path)
    assert told in (found.why or "") and TOKEN not in (found.why or "")


def test_a_next_page_at_another_host_is_refused(api: Api, tmp_path: Path) -> None:
    with stub(Api({"/repos/acme/shop/issues": GITHUB_ITEMS})) as other:
        api.next_at = other.url
        found = ask(api, tmp_path)
        assert "another host" in (found.why or "") and other.asked == []


def test_the_token_is_not_among_what_is_kept(api: Api, tmp_path: Path) -> None:
    ask(api, tmp_path)
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 3 and not any(TOKEN in text for text in kept)

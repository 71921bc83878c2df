"""Reading lists from the APIs of GitHub and GitLab: page by page, within their limits, without asking twice for what
has not changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from orchestrator_assets.bounded_http import Unanswered, ask
from orchestrator_assets.documents.files import write_file

if TYPE_CHECKING:
    import httpx

_PAGES = 200
_LONGEST_WAIT = 60.0
_TRIES = 4
_REASONS = {401: "the token is refused", 403: "the token may not read this", 404: "there is no such repository"}
_LIMITED = frozenset({403, 429})


class ForgeFailed(Exception):
    """A forge does not tell; the message says why, without the token."""


@dataclass(frozen=True)
class ForgeClient:
    """A connection to one API. `headers` carry the token; `cache` is a folder for answers with their ETags. The token
    goes to the API's own host only: no redirect is followed, and a next page elsewhere is refused."""

    api: str
    headers: Mapping[str, str]
    cache: Path
    timeout: float

    def pages(self, path: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The items of a list, over all its pages. ForgeFailed."""
        url: str | None = f"{self.api.rstrip('/')}/{path.lstrip('/')}?{urlencode(dict(parameters))}"
        for _ in range(_PAGES):
            items, url = self._page(str(url))
            yield from items
            if url is None:
                return
            if urlsplit(url)[:2] != urlsplit(self.api)[:2]:
                raise ForgeFailed(f"{urlsplit(self.api).hostname} names a next page at another host")
        raise ForgeFailed(f"more than {_PAGES} pages at {urlsplit(self.api).hostname}")

    def _page(self, url: str) -> tuple[list[dict[str, Any]], str | None]:
        place = self.cache / f"{hashlib.sha256(url.encode()).hexdigest()}.json"
        # The last page is always asked for whole: its bytes may stay the same when another page comes after it.
        known = _known(place)
        known = known if known and known["next"] else None
        answer = self._asked(url, {"If-None-Match": known["etag"]} if known else {})
        if answer.status_code == 304 and known:
            return known["items"], known["next"]
        try:
            items = answer.json()
        except ValueError:
            raise ForgeFailed(f"{answer.url.host} answers with something that is no JSON") from None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ForgeFailed(f"{answer.url.host} answers with something that is no list")
        following = answer.links.get("next", {}).get("url")
        if etag := answer.headers.get("etag"):
            write_file(place, json.dumps({"etag": etag, "items": items, "next": following}).encode())
        return items, following

    def _asked(self, url: str, headers: dict[str, str]) -> httpx.Response:
        for attempt in range(_TRIES):
            try:
                answer = ask("GET", url, headers={**self.headers, **headers}, seconds=self.timeout)
            except Unanswered as error:
                raise ForgeFailed(str(error)) from None
            wait = _wait(answer, attempt)
            if wait is None:
                break
            if wait > _LONGEST_WAIT or attempt + 1 == _TRIES:
                raise ForgeFailed(f"{answer.url.host} asks to wait {wait:.0f} seconds: too many requests")
            time.sleep(wait)
        if answer.status_code in (200, 304):
            return answer
        raise ForgeFailed(
            f"{answer.url.host} answers {answer.status_code}: {_REASONS.get(answer.status_code, 'no list')}"
        )


def forget_answers(cache: Path, days: int) -> int:
    """Removes the answers that were kept longer ago than that; how many."""
    old = [place for place in cache.glob("*.json") if time.time() - place.stat().st_mtime > days * 86_400]
    for place in old:
        place.unlink(missing_ok=True)
    return len(old)


def _wait(answer: httpx.Response, attempt: int) -> float | None:
    """How many seconds to wait before asking again; None if the answer is one."""
    told = answer.headers.get("retry-after", "")
    if answer.status_code in _LIMITED and told.isdigit():
        return float(told)
    spent = answer.headers.get("x-ratelimit-remaining", answer.headers.get("ratelimit-remaining")) == "0"
    if answer.status_code in _LIMITED and (spent or answer.status_code == 429):
        reset = answer.headers.get("x-ratelimit-reset", answer.headers.get("ratelimit-reset", ""))
        return max(1.0, float(reset) - time.time()) if reset.isdigit() else 2.0**attempt
    return 0.5 * 2.0**attempt if answer.status_code >= 500 else None


def _known(place: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(place.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and {"etag", "items", "next"} <= told.keys() else None

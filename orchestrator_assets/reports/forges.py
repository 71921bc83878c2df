"""Issues and requests at GitHub and GitLab within a period, where a token is set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.forges.client import ForgeClient, ForgeFailed
from orchestrator_assets.reports.model import Forge
from orchestrator_assets.reports.period import Period
from orchestrator_assets.settings import Settings

GITHUB, GITLAB = "github", "gitlab"


def ask_forges(settings: Settings, fleet: Sequence[FleetRepository], period: Period) -> list[Forge]:
    """What the forges tell of each repository that lies at one. Without a token, and where a forge fails, the figures
    are unknown and the reason is given; repositories that lie elsewhere are left out."""
    found = []
    for repository in sorted(fleet, key=lambda item: item.name):
        place = place_of(repository.url, settings)
        if place is None:
            continue
        forge, path = place
        token = settings.github_token if forge == GITHUB else settings.gitlab_token
        if not token:
            why = f"no token is set (ORCHESTRATOR_{forge.upper()}_TOKEN)"
            found.append(Forge(repo=repository.name, forge=forge, why=why))
            continue
        try:
            ask = _github if forge == GITHUB else _gitlab
            found.append(ask(settings, token, repository.name, path, period))
        except ForgeFailed as error:
            found.append(Forge(repo=repository.name, forge=forge, why=str(error)))
    return found


def place_of(url: str, settings: Settings) -> tuple[str, str] | None:
    """The forge that a git URL leads to and the repository's path there; None if it is neither."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path
    else:
        before, _, path = url.partition(":")
        host = before.rpartition("@")[2]
    path = path.strip("/").removesuffix(".git")
    forge = {settings.github_host: GITHUB, settings.gitlab_host: GITLAB}.get(host.lower())
    return (forge, path) if forge and path.count("/") >= 1 else None


def _github(settings: Settings, token: str, name: str, path: str, period: Period) -> Forge:
    """GitHub's issues list holds requests too; what was closed or merged later than it was last changed does not
    exist, so everything of the period is among what was changed since its beginning."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    client = ForgeClient(settings.github_api, headers, settings.home_path / "forges", settings.delivery_timeout)
    wanted = {
        "state": "all",
        "since": period.start.isoformat(),
        "per_page": "100",
        "sort": "created",
        "direction": "asc",
    }
    items = list(client.pages(f"repos/{quote(path)}/issues", wanted))
    issues = [item for item in items if "pull_request" not in item]
    requests = [item for item in items if "pull_request" in item]
    return Forge(
        repo=name,
        forge=GITHUB,
        issues_opened=_within(issues, "created_at", period),
        issues_closed=_within(issues, "closed_at", period),
        requests_opened=_within(requests, "created_at", period),
        requests_merged=_within((item["pull_request"] for item in requests), "merged_at", period),
    )


def _gitlab(settings: Settings, token: str, name: str, path: str, period: Period) -> Forge:
    client = ForgeClient(
        settings.gitlab_api, {"PRIVATE-TOKEN": token}, settings.home_path / "forges", settings.delivery_timeout
    )
    wanted = {"scope": "all", "updated_after": period.start.isoformat(), "per_page": "100", "order_by": "created_at"}
    issues = list(client.pages(f"projects/{quote(path, safe='')}/issues", wanted))
    requests = list(client.pages(f"projects/{quote(path, safe='')}/merge_requests", wanted))
    return Forge(
        repo=name,
        forge=GITLAB,
        issues_opened=_within(issues, "created_at", period),
        issues_closed=_within(issues, "closed_at", period),
        requests_opened=_within(requests, "created_at", period),
        requests_merged=_within(requests, "merged_at", period),
    )


def _within(items: Iterable[dict[str, Any]], field: str, period: Period) -> int:
    return sum(period.start <= found < period.end for item in items if (found := moment(item.get(field))) is not None)


def moment(text: object) -> datetime | None:
    """The moment that a forge's answer names, with its zone; None if it names none."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None

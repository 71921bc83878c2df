"""The repositories that an organisation has at its forge, as its API lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from orchestrator_assets.forges.client import ForgeClient, ForgeFailed
from orchestrator_assets.settings import Settings


class BadOrganisation(ValueError):
    """A setting that names no organisation; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation (or group) at a forge. `text` is as the setting names it."""

    text: str
    forge: str
    api: str
    path: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A repository as its forge lists it; `id` stays the same when it is renamed or moved."""

    id: str
    name: str
    url: str
    archived: bool


def organisation_of(text: str, settings: Settings) -> Organisation:
    """From `github:acme`, `gitlab:group/sub` or `gitea:https://git.example.org/acme`. BadOrganisation."""
    forge, _, place = text.partition(":")
    parts = urlsplit(place)
    if forge == "gitea" and parts.scheme in ("https", "http") and parts.netloc and parts.path.strip("/"):
        return Organisation(text, forge, f"{parts.scheme}://{parts.netloc}/api/v1", parts.path.strip("/"))
    apis = {"github": settings.github_api, "gitlab": settings.gitlab_api}
    if forge in apis and place.strip("/") and not parts.scheme:
        return Organisation(text, forge, apis[forge], place.strip("/"))
    raise BadOrganisation(f"{text!r}: write github:ORG, gitlab:GROUP or gitea:https://HOST/ORG")


def listing(organisation: Organisation, settings: Settings) -> list[Listed]:
    """Every repository of an organisation, over all pages, by id. ForgeFailed: then nothing is known, not even that
    something is gone."""
    path, parameters = _question(organisation)
    client = ForgeClient(
        organisation.api,
        _headers(organisation.forge, settings),
        settings.home_path / "forges",
        settings.delivery_timeout,
    )
    found = {item.id: item for item in _items(client.pages(path, parameters), organisation.forge)}
    return sorted(found.values(), key=lambda item: (item.name, item.id))


def _question(organisation: Organisation) -> tuple[str, dict[str, str]]:
    if organisation.forge == "github":
        return f"orgs/{quote(organisation.path)}/repos", {"per_page": "100", "type": "all", "sort": "created"}
    if organisation.forge == "gitlab":
        path = f"groups/{quote(organisation.path, safe='')}/projects"
        return path, {"per_page": "100", "include_subgroups": "true", "order_by": "id"}
    return f"orgs/{quote(organisation.path)}/repos", {"limit": "50"}


def _headers(forge: str, settings: Settings) -> dict[str, str]:
    if forge == "github":
        token = settings.github_token
        return {"Accept": "application/vnd.github+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    if forge == "gitlab":
        return {"PRIVATE-TOKEN": settings.gitlab_token} if settings.gitlab_token else {}
    return {"Authorization": f"token {settings.gitea_token}"} if settings.gitea_token else {}


def _items(rows: Iterable[Mapping[str, Any]], forge: str) -> Iterable[Listed]:
    for row in rows:
        url = row.get("http_url_to_repo") if forge == "gitlab" else row.get("clone_url")
        name = row.get("path") if forge == "gitlab" else row.get("name")
        if not isinstance(row.get("id"), int) or not isinstance(url, str) or not isinstance(name, str):
            raise ForgeFailed(f"{forge} lists something without id, name or clone address")
        yield Listed(str(row["id"]), name[:200], url[:2000], row.get("archived") is True)

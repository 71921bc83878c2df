"""What the architecture index keeps: pages, commands, proposals, and the links of every page."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel


class PageRole(StrEnum):
    """What a page is for, by its file name."""

    ARCHITECTURE = "architecture"
    INFRASTRUCTURE = "infrastructure"
    GLOBAL_ARCHITECTURE = "global-architecture"
    GLOBAL_INFRASTRUCTURE = "global-infrastructure"


class Service(BaseModel):
    """A row of a table of services. `repository` is the one that the row names, None if it names none."""

    model_config = ConfigDict(frozen=True)

    name: str
    port: str
    repository: str | None
    line: int


class Page(BaseModel):
    """An architecture or infrastructure page as written. `classification` is its DDD table by property; None where the
    page has none, like `capabilities`. `scripts` are files that its tables name; `lacks_...` is what the template asks
    for. A page that was not read as such has no title, fields, sections or lacks. `repositories` are all that it names,
    `presented` those with a heading of their own (and the role in it), `subdomains` what its table says of each."""

    model_config = ConfigDict(frozen=True)

    type: Literal["page"] = "page"
    role: PageRole
    title: str | None
    fields: dict[str, str]
    sections: tuple[str, ...]
    classification: dict[str, tuple[str, ...]] | None = None
    capabilities: tuple[str, ...] | None = None
    repositories: tuple[str, ...] = ()
    presented: dict[str, str | None] = {}
    subdomains: dict[str, tuple[str, ...]] = {}
    services: tuple[Service, ...] = ()
    scripts: tuple[str, ...] = ()
    scripts_missing: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()
    stack_missing: tuple[str, ...] = ()
    lacks_fields: tuple[str, ...] = ()
    lacks_sections: tuple[str, ...] = ()
    status: str | None = None


class Command(BaseModel):
    """A shared command: of an assistant, of an agent, or a workflow. `name` identifies it in its family."""

    model_config = ConfigDict(frozen=True)

    type: Literal["command"] = "command"
    family: Literal["claude", "agent", "workflow"]
    name: str
    title: str | None
    status: str = "command"


class Proposed(BaseModel):
    """A proposed document: its base (None: there is none), its age in days when the repository's newest document was
    committed, what it says that it changes, and how many lines it has that the base has not, and the other way round
    (a line that only moved counts in neither)."""

    model_config = ConfigDict(frozen=True)

    type: Literal["proposed"] = "proposed"
    title: str | None
    base: str | None
    age_days: int | None
    changes: tuple[str, ...]
    lines_added: int | None
    lines_removed: int | None
    status: str = "proposed"


class BrokenLink(BaseModel):
    """A relative link that leads to nothing in its repository, as written."""

    model_config = ConfigDict(frozen=True)

    target: str
    line: int


class Links(BaseModel):
    """The relative links of one page."""

    model_config = ConfigDict(frozen=True)

    type: Literal["links"] = "links"
    checked: int
    broken: tuple[BrokenLink, ...]
    status: str = "links"


Item = Page | Command | Proposed | Links


class ArchitectureItem(RootModel[Annotated[Item, Field(discriminator="type")]]):
    """Any of them; `type` says which."""

    @property
    def status(self) -> str | None:
        """What totals count it under."""
        return self.root.type

    @property
    def title(self) -> str:
        """What a person calls it."""
        item = self.root
        if isinstance(item, Command):
            return item.title or item.name
        return (
            (getattr(item, "title", None) or "") if not isinstance(item, Links) else f"{len(item.broken)} broken links"
        )

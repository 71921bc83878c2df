"""The contract of an activity: what it is given, what it may ask, and what of the answer is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from orchestrator_assets.activities.context import Passage
from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.activities.ports import ActivityFailed, Ports
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.settings import Settings


class Target(StrEnum):
    """What an activity is about: a repository of the fleet, a service (which may not exist yet), or the fleet."""

    REPOSITORY = "repository"
    SERVICE = "service"
    FLEET = "fleet"


FLEET = "fleet"
"""The target's name of activities about the whole fleet."""


class Given(BaseModel):
    """What a caller gives an activity. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=20_000)


class Phrased(BaseModel):
    """What a model phrases. Whatever else it claims is not read."""

    model_config = ConfigDict(extra="ignore", str_max_length=20_000)


class Gate(NamedTuple):
    """A gate as code computed it, and what it was computed from."""

    passed: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The result of an activity that ran before in the same sequence."""

    activity: str
    target: str
    output: Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """Where an activity plays. `repository` and `tree` are None where the target is none of the fleet's repositories;
    `fleet` are all of them."""

    engine: Engine
    settings: Settings
    target: str
    given: Any
    repository: FleetRepository | None
    tree: Tree | None
    fleet: Sequence[FleetRepository] = ()
    earlier: Sequence[Earlier] = ()
    ports: Ports = field(default_factory=Ports)
    correlation_id: str = ""

    @property
    def ground(self) -> Tree:
        """The repository at its commit. ActivityFailed if the target is no repository."""
        if self.tree is None:
            raise ActivityFailed(f"{self.target} is no repository of the fleet; `orchestrator repos list` names them")
        return self.tree


@dataclass(frozen=True, slots=True)
class Prepared:
    """What code found before the model is asked. `facts` are shown to it as true; `passages` as data, most important
    first; `asked` is the shape of its answer; `decisions` the ids that may be cited, with their places; `notes` is
    whatever `conclude` needs."""

    facts: dict[str, Any]
    passages: Sequence[Passage]
    asked: type[BaseModel]
    decisions: Mapping[str, str] = field(default_factory=dict)
    notes: Any = None


@dataclass(frozen=True, slots=True)
class Concluded:
    """What an activity says in the end. `output` is JSON-ready; without an answer of a model it holds what code found
    by itself, None if that is nothing. `document` is the Markdown of those that make one, `part` what tells several
    documents of one target apart."""

    output: dict[str, Any] | None
    gates: dict[str, Gate]
    playbook: str | None = None
    document: str | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `gates` are their names with what they mean; `keywords` choose it where no model can; `after` names
    activities whose results it wants to see; `prepare` is pure reading and may raise ActivityFailed; `conclude` gets
    the answer with its citations resolved and its prose cleaned (None: there is none), and computes the gates. Fields
    in `raw_fields` are content of files and keep their markup; `part_field` is the input that is a document's part."""

    name: str
    description: str
    target: Target
    given: type[Given]
    gates: Mapping[str, str]
    keywords: Sequence[str]
    prepare: Callable[[Scene], Prepared]
    conclude: Callable[[Scene, Prepared, dict[str, Any] | None], Concluded]
    prompt: str
    after: Sequence[str] = ()
    makes_document: bool = False
    part_field: str = ""
    raw_fields: Sequence[str] = ()

    @property
    def version(self) -> str:
        """Digest of the prompt as reviewed."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:12]


def prompt_beside(module_file: str) -> str:
    """The prompt that stands beside an activity's module: `assess.py` has `assess.md`."""
    return Path(module_file).with_suffix(".md").read_text(encoding="utf-8")

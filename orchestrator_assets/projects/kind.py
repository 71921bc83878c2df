"""Project specifications as a kind of document."""

from __future__ import annotations

from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.projects.index import index_of, render
from orchestrator_assets.projects.model import Project
from orchestrator_assets.projects.parse import parse
from orchestrator_assets.projects.places import select
from orchestrator_assets.projects.problems import CODES
from orchestrator_assets.projects.resolve import resolve

KIND = DocumentKind(
    name="project",
    index="projects",
    asset="project_index",
    version=1,
    model=Project,
    settings=("places",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    reads=("session-notes",),
)

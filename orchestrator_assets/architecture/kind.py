"""Architecture pages and what belongs to them as a kind of document."""

from __future__ import annotations

from orchestrator_assets.architecture.index import index_of, render
from orchestrator_assets.architecture.model import ArchitectureItem
from orchestrator_assets.architecture.parse import parse
from orchestrator_assets.architecture.pictures import diagrams
from orchestrator_assets.architecture.places import select
from orchestrator_assets.architecture.problems import CODES
from orchestrator_assets.architecture.resolve import resolve
from orchestrator_assets.kinds import DocumentKind

KIND = DocumentKind(
    name="architecture",
    index="architecture",
    asset="architecture_sync",
    version=4,
    model=ArchitectureItem,
    settings=("fields", "sections"),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    diagrams=diagrams,
)

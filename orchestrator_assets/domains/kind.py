"""Domains of the orchestration registry as a kind of document."""

from __future__ import annotations

from orchestrator_assets.domains.index import index_of, render
from orchestrator_assets.domains.model import Domain
from orchestrator_assets.domains.parse import parse
from orchestrator_assets.domains.pictures import diagrams
from orchestrator_assets.domains.problems import CODES, LOST
from orchestrator_assets.domains.resolve import content, resolve
from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.sequences.places import select

KIND = DocumentKind(
    name="domain",
    index="domains",
    asset="orchestration_registry",
    version=1,
    model=Domain,
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    reads=("sequences",),
    diagrams=diagrams,
    content=content,
    lost=LOST,
)

"""Rows of hand-kept registries as a kind of document."""

from __future__ import annotations

from orchestrator_assets.capabilities.index import index_of, render
from orchestrator_assets.capabilities.model import Row
from orchestrator_assets.capabilities.parse import parse
from orchestrator_assets.capabilities.problems import CODES, LOST
from orchestrator_assets.capabilities.resolve import content, resolve, select
from orchestrator_assets.kinds import DocumentKind

KIND = DocumentKind(
    name="capability",
    index="capabilities",
    asset="capability_map",
    version=2,
    model=Row,
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    content=content,
    lost=LOST,
)

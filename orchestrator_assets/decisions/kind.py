"""Decisions as a kind of document."""

from __future__ import annotations

from orchestrator_assets.decisions.index import index_of, render
from orchestrator_assets.decisions.model import Decision
from orchestrator_assets.decisions.parse import parse
from orchestrator_assets.decisions.places import ADR_DIR, is_index_page, select
from orchestrator_assets.decisions.problems import CODES
from orchestrator_assets.decisions.resolve import resolve
from orchestrator_assets.kinds import DocumentKind

KIND = DocumentKind(
    name="decision",
    index="decisions",
    asset="adr_index",
    version=3,
    model=Decision,
    settings=("places",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    is_document=lambda path, parsed, settings: not is_index_page(path),
    config_files=(ADR_DIR,),
)

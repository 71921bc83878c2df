"""Patterns as a kind of document."""

from __future__ import annotations

from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.patterns.index import index_of, render
from orchestrator_assets.patterns.model import Pattern
from orchestrator_assets.patterns.parse import parse
from orchestrator_assets.patterns.pictures import diagrams
from orchestrator_assets.patterns.places import is_page, is_template, select
from orchestrator_assets.patterns.problems import CODES
from orchestrator_assets.patterns.resolve import resolve

KIND = DocumentKind(
    name="pattern",
    index="patterns",
    asset="pattern_registry",
    version=1,
    model=Pattern,
    settings=("places",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    is_document=lambda path, parsed, settings: not (is_page(path) or is_template(path)),
    reads=("capabilities",),
    diagrams=diagrams,
)

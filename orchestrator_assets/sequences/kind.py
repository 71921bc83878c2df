"""Plugin sequences as a kind of document."""

from __future__ import annotations

from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.sequences.index import index_of, render
from orchestrator_assets.sequences.model import Sequence
from orchestrator_assets.sequences.parse import parse
from orchestrator_assets.sequences.pictures import diagrams
from orchestrator_assets.sequences.places import names_page, select
from orchestrator_assets.sequences.problems import CODES, LOST
from orchestrator_assets.sequences.resolve import content, resolve

KIND = DocumentKind(
    name="sequence",
    index="sequences",
    asset="plugin_sequence_catalog",
    version=1,
    model=Sequence,
    settings=("roots",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    is_document=lambda path, parsed, settings: not names_page(path),
    diagrams=diagrams,
    content=content,
    lost=LOST,
)

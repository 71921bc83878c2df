"""Claims as a kind of document."""

from __future__ import annotations

from orchestrator_assets.claims.index import index_of, render
from orchestrator_assets.claims.model import Claim
from orchestrator_assets.claims.parse import parse
from orchestrator_assets.claims.places import select
from orchestrator_assets.claims.problems import CODES
from orchestrator_assets.claims.resolve import resolve
from orchestrator_assets.kinds import DocumentKind

KIND = DocumentKind(
    name="claim",
    index="claims",
    asset="claim_check",
    version=1,
    model=Claim,
    settings=("places",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    reads=("sequences", "domains", "decisions", "patterns"),
)

"""Playbooks as a kind of document."""

from __future__ import annotations

from orchestrator_assets.kinds import DocumentKind
from orchestrator_assets.playbooks.index import index_of, render
from orchestrator_assets.playbooks.model import Playbook
from orchestrator_assets.playbooks.parse import parse, select
from orchestrator_assets.playbooks.problems import CODES
from orchestrator_assets.playbooks.resolve import resolve

KIND = DocumentKind(
    name="playbook",
    index="playbooks",
    asset="playbook_registry",
    version=1,
    model=Playbook,
    settings=("registries",),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
)

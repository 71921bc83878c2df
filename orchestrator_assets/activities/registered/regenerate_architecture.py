"""regenerate_architecture: a proposed architecture page (X.proposed.md) on a branch, from records and issues."""

from __future__ import annotations

import posixpath
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from orchestrator_assets.activities import issues, reading
from orchestrator_assets.activities.cleaning import secrets_in
from orchestrator_assets.activities.context import Passage
from orchestrator_assets.activities.contract import (
    Activity,
    Concluded,
    Gate,
    Given,
    Phrased,
    Prepared,
    Scene,
    Target,
    prompt_beside,
)
from orchestrator_assets.activities.pages import CHANGES, PageParts, items_in, proposed_page, take_apart
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.documents.markdown_escape import code, sentence
from orchestrator_assets.proposals.propose import ProposalRefused, propose

_PLACES = ("ARCHITECTURE.md", "docs/ARCHITECTURE.md", "docs/architecture.md")


class ArchitectureGiven(Given):
    """`document` is the page; empty: the first of the usual ones. `issues` are texts of issues, `issue_files` files
    that hold some, `issue_refs` are fetched (OWNER/REPO#NUMBER). `apply` makes the branch."""

    document: str = ""
    issues: list[str] = []
    issue_files: list[Path] = []
    issue_refs: list[str] = []
    apply: bool = False


class SectionDraft(Phrased):
    """A section that should read differently."""

    section: str
    body: str = Field(min_length=1)
    why: str = Field(min_length=1)
    citations: list[str]


class ArchitectureDraft(Phrased):
    """What the model drafts: only the sections that change."""

    changes: list[SectionDraft] = Field(min_length=1)


def prepare(scene: Scene) -> Prepared:
    """The page as it is, the issues, the records that fit. ActivityFailed if there is no page."""
    tree = scene.ground
    given: ArchitectureGiven = scene.given
    wanted = [given.document] if given.document else list(_PLACES)
    path = next((name for name in wanted if name.endswith(".md") and tree.text(name)), None)
    if path is None:
        raise ActivityFailed(f"{scene.target} has no {' or '.join(wanted)} to propose a new version of")
    text = tree.text(path) or ""
    parts = take_apart(text)
    if not parts.sections:
        raise ActivityFailed(f"{tree.place(path)} has no sections (## headings)")
    sections = [name for name in parts.sections if name != CHANGES]
    facts = {"repository": scene.target, "sections": len(sections)}
    texts = [*given.issues, *map(issues.from_file, given.issue_files)]
    texts += [issues.fetch(reference, scene.settings) for reference in given.issue_refs]
    passages = [
        Passage(tree.place(path), "the page as it is", text, budgeted=len(text) > 20_000),
        Passage(f"sections:{scene.target}", "headings of its sections", "\n".join(sections)),
        *(Passage(f"issue:{number}", "issue", issue) for number, issue in enumerate(texts, 1)),
        *reading.usual(scene, f"architecture {' '.join(parts.sections)} {' '.join(texts)[:2000]}"),
    ]
    return Prepared(facts, passages, ArchitectureDraft, reading.decisions(scene), (path, parts, sections))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """Proposes the page if every gate lets it pass."""
    if answer is None:
        return Concluded(None, {})
    path, parts, sections = prepared.notes
    drafts = {item["section"]: item for item in answer["changes"]}
    unknown = sorted(set(drafts) - set(sections))
    bare = [name for name, item in drafts.items() if not item["citations"]]
    page = proposed_page(parts, {name: item["body"] for name, item in drafts.items()}, _reasons(drafts))
    secrets = secrets_in(page)
    unknown += sorted(set(take_apart(page).sections) - {*parts.sections, CHANGES, *unknown})
    strange, sourceless = ", ".join(unknown)[:400], ", ".join(bare)[:400]
    gates = {
        "same_sections": Gate(not unknown, f"not a section of the page: {strange}" if unknown else "all are its own"),
        "sources_named": Gate(not bare, f"without a source: {sourceless}" if bare else "all changes have one"),
        "nothing_lost": _nothing_lost(parts, drafts),
        "no_secrets": Gate(not secrets, ", ".join(secrets) or "none found"),
    }
    output: dict[str, Any] = {"document": path, "changes": answer["changes"], "page": page}
    if not all(gate.passed for gate in gates.values()):
        gates["proposed"] = Gate(False, "held back by the other gates")
        return Concluded({**output, "proposal": None}, gates)
    gates["proposed"], proposal = _propose(scene, path, page)
    return Concluded({**output, "proposal": proposal}, gates)


def _reasons(drafts: dict[str, Any]) -> list[str]:
    return [
        f"**{sentence(name)}**: {sentence(item['why'])} ({', '.join(code(place) for place in item['citations'])})"
        for name, item in drafts.items()
    ]


def _nothing_lost(parts: PageParts, drafts: dict[str, Any]) -> Gate:
    fewer = [
        f"{name}: {items_in(item['body'])} of {items_in(parts.sections[name])} items"
        for name, item in drafts.items()
        if name in parts.sections and items_in(item["body"]) < items_in(parts.sections[name])
    ]
    return Gate(not fewer, "; ".join(fewer)[:500] or "no section has fewer items or rows")


def _propose(scene: Scene, path: str, page: str) -> tuple[Gate, dict[str, Any] | None]:
    assert scene.repository is not None
    base, suffix = posixpath.splitext(path)
    target = f"{base}.proposed{suffix}"
    branch = f"orchestrator/propose/{base.lower().replace('/', '-')}"
    message = f"Propose {posixpath.basename(target)}\n\nDrafted by a model, {scene.correlation_id}"
    files: dict[str, bytes | None] = {target: page.encode()}
    try:
        made = propose(scene.repository, scene.settings, scene.ground.commit, files, branch, message, scene.given.apply)
    except ProposalRefused as refused:
        return Gate(False, str(refused)), None
    return Gate(made.state != "empty", f"{made.state}: {made.branch}"), asdict(made)


ACTIVITY = Activity(
    name="regenerate_architecture",
    description="Proposes a new version of an architecture page on a branch, from records and issues, sources named.",
    target=Target.REPOSITORY,
    given=ArchitectureGiven,
    gates={
        "same_sections": "The draft changes sections that the page has, and no others.",
        "sources_named": "Every change names a source that exists.",
        "nothing_lost": "No changed section has fewer items or rows.",
        "no_secrets": "The page holds no secret.",
        "proposed": "The proposal changes something and was not refused.",
    },
    keywords=("architecture", "propose", "proposed page"),
    after=("regenerate_summary",),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
)

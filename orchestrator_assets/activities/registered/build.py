"""build: files for a task, proposed on a branch of their own. The repository itself is never written to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from typing import Any

from pydantic import Field

from orchestrator_assets.activities import files_check, reading
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
from orchestrator_assets.proposals.propose import Proposal, ProposalRefused, propose


class BuildGiven(Given):
    """`task` is what to build; `show` are paths of files that the model sees whole; `apply` makes the branch, without
    it the proposal is only shown."""

    task: str = Field(min_length=1)
    show: list[str] = []
    apply: bool = False


class DraftFile(Phrased):
    """A whole file."""

    path: str = Field(min_length=1, max_length=500)
    content: str = Field(max_length=files_check.SIZE)


class Build(Phrased):
    """What the model drafts."""

    summary: str = Field(min_length=1)
    files: list[DraftFile] = Field(min_length=1)
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """The task, the files asked for, what is written about it."""
    tree = scene.ground
    given: BuildGiven = scene.given
    shown = [(path, tree.text(path)) for path in given.show]
    facts = {
        "repository": scene.target,
        "commit": tree.commit,
        "not_shown": [path for path, text in shown if text is None],
    }
    files = [Passage(tree.place(path), "file", text) for path, text in shown if text is not None]
    passages = [
        Passage("input:task", "the task", given.task, budgeted=False),
        *files,
        *reading.files(scene),
        *reading.usual(scene, given.task),
    ]
    return Prepared(facts, passages, Build, reading.decisions(scene))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """Proposes the files if every gate lets them pass."""
    if answer is None:
        return Concluded(None, {})
    tree = scene.ground
    names = [item["path"] for item in answer["files"]]
    files = {item["path"]: item["content"] for item in answer["files"]}
    twice = sorted({name for name in names if names.count(name) > 1})
    paths = [*files_check.wrong_paths(files, tree), *(f"{name}: drafted twice" for name in twice)]
    gates = {
        "paths_allowed": _gate(paths, f"{len(files)} files"),
        "files_parse": _gate(files_check.unreadable(files), "all of them do"),
        "nothing_lost": _gate(files_check.taken_away(files, tree), "no file loses half of its lines"),
        "no_secrets": _gate(files_check.secret_files(files), "none found"),
    }
    output: dict[str, Any] = {"summary": answer["summary"], "files": sorted(files), "citations": answer["citations"]}
    if not all(gate.passed for gate in gates.values()):
        gates["proposed"] = Gate(False, "held back by the other gates")
        return Concluded({**output, "proposal": None}, gates)
    try:
        made = _propose(scene, answer["summary"], files)
    except ProposalRefused as refused:
        gates["proposed"] = Gate(False, str(refused))
        return Concluded({**output, "proposal": None}, gates)
    gates["proposed"] = Gate(made.state != "empty", f"{made.state}: {made.branch}")
    return Concluded({**output, "proposal": asdict(made)}, gates)


def _propose(scene: Scene, summary: str, files: dict[str, str]) -> Proposal:
    assert scene.repository is not None
    task: str = scene.given.task
    slug = re.sub(r"[^a-z0-9]+", "-", task.lower())[:40].strip("-")
    branch = f"orchestrator/build/{slug or 'task'}-{hashlib.sha256(task.encode()).hexdigest()[:8]}"
    message = f"{summary.splitlines()[0][:72]}\n\nDrafted by a model, activity build, {scene.correlation_id}"
    content: dict[str, bytes | None] = {path: text.encode() for path, text in files.items()}
    return propose(scene.repository, scene.settings, scene.ground.commit, content, branch, message, scene.given.apply)


def _gate(wrong: list[str], right: str) -> Gate:
    return Gate(not wrong, "; ".join(wrong)[:1000] or right)


ACTIVITY = Activity(
    name="build",
    description="Drafts files for a task and proposes them on a branch; the repository itself is never written to.",
    target=Target.REPOSITORY,
    given=BuildGiven,
    gates={
        "paths_allowed": "Every file stands inside the repository, where a model may draft.",
        "files_parse": "Python, JSON, YAML and TOML can be read.",
        "nothing_lost": "No file loses half of its lines.",
        "no_secrets": "No file holds a secret.",
        "proposed": "The proposal changes something and was not refused.",
    },
    keywords=("build", "implement", "create", "write", "add", "code", "generate"),
    after=("discover", "assess"),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
    raw_fields=("files",),
)

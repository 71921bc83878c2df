"""test: runs the repository's own tests in the sandbox and says what ran. The model only explains a failure."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pydantic import Field

from orchestrator_assets.activities import reading, suites
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
from orchestrator_assets.activities.ports import NotAvailable, SandboxResult

_TAIL = 12_000


class TestGiven(Given):
    """`timeout` is for the whole suite, in seconds."""

    timeout: float = Field(600, gt=0, le=3600)


class Cause(Phrased):
    """Why something failed."""

    test: str
    cause: str
    citations: list[str] = []


class TestReport(Phrased):
    """What the model makes of the output."""

    summary: str = Field(min_length=1)
    failures: list[Cause]
    citations: list[str] = []


def prepare(scene: Scene) -> Prepared:
    """Runs the tests, once. NotAvailable without a sandbox."""
    tree = scene.ground
    if scene.ports.sandbox is None:
        raise NotAvailable("test is not available: there is no sandbox to run a repository's tests in")
    chosen = suites.command_of(tree)
    done: SandboxResult | None = None
    if chosen is not None:
        with tempfile.TemporaryDirectory(prefix="orchestrator-test-") as folder:
            suites.lay_out(tree, Path(folder))
            done = scene.ports.sandbox.run(Path(folder), chosen[0], scene.given.timeout)
    facts = {
        "repository": scene.target,
        "commit": tree.commit,
        "command": chosen[0] if chosen else None,
        "exit_code": done.exit_code if done else None,
        "killed_because": done.reason if done else None,
    }
    passages = [Passage("tests:output", "the end of the tests' output", done.output[-_TAIL:])] if done else []
    return Prepared(facts, passages, TestReport, reading.decisions(scene), (chosen, done))


def conclude(scene: Scene, prepared: Prepared, answer: dict[str, Any] | None) -> Concluded:
    """Whether the tests passed is their exit code, whatever the model says."""
    chosen, done = prepared.notes
    if chosen is None:
        nothing = "no Makefile target, package.json script, go.mod, Cargo.toml or Python test"
        gates = {"tests_ran": Gate(False, nothing), "tests_passed": Gate(False, "no test ran")}
    else:
        command = " ".join(chosen[0])
        ended = f"exit code {done.exit_code}" if done.exit_code is not None else f"killed: {done.reason}"
        gates = {
            "tests_ran": Gate(done.exit_code is not None, f"{command} ({chosen[1]}): {ended}, {done.seconds:.1f} s"),
            "tests_passed": Gate(done.exit_code == 0, f"{command}: {ended}"),
        }
    because = chosen[1] if chosen else None
    output: dict[str, Any] = {
        **prepared.facts,
        "command_because_of": because,
        "seconds": round(done.seconds, 3) if done else None,
    }
    return Concluded({**output, **(answer or {})}, gates)


ACTIVITY = Activity(
    name="test",
    description="Runs the repository's own tests in the sandbox and reports what ran; the exit code decides.",
    target=Target.REPOSITORY,
    given=TestGiven,
    gates={
        "tests_ran": "There are tests, and the runner ended by itself.",
        "tests_passed": "The runner's exit code is 0.",
    },
    keywords=("test", "tests", "verify", "check", "run the tests"),
    after=("build",),
    prepare=prepare,
    conclude=conclude,
    prompt=prompt_beside(__file__),
)

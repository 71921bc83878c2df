"""Evals: replies recorded for each prompt, replayed, and judged by evaluators that need no model. A changed prompt fails
until replies were recorded for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Evaluator, EvaluatorContext

from orchestrator_assets.activities.registry import activities
from orchestrator_assets.activities.registry import activity as named
from orchestrator_assets.activities.run import Result, Runner
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.commands.test_cli import told
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults

RECORDED: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "recorded/replies.yaml").read_text())
CHECKOUT = Path(__file__).parents[2]


@dataclass
class Came(Evaluator[dict[str, Any], Result, dict[str, Any]]):
    """What came of a reply is what must come of it."""

    def evaluate(self, ctx: EvaluatorContext[dict[str, Any], Result, dict[str, Any]]) -> dict[str, bool]:
        case, result = ctx.inputs, ctx.output
        told = json.dumps(result.as_json(), ensure_ascii=False)
        wanted = case["output"]
        return {
            "outcome": result.outcome.value == case["outcome"],
            "gates": {name: gate.passed for name, gate in result.gates.items()} == case["gates"],
            "citations": result.citations == {"kept": case["kept"], "dropped": case["dropped"]},
            "output": (result.output is None)
            if wanted is None
            else result.output is not None and wanted.items() <= result.output.items(),
            "no_foreign_link": "://" not in told,
            "succeeded_only_if_all_is_well": result.succeeded
            == (case["outcome"] == "ok" and all(case["gates"].values())),
        }


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """The repository that the replies were recorded for."""
    (made,) = fleet.make("shop")
    made.commit({"README.md": "# shop\n\nKeeps carts.\n", "pyproject.toml": "[project]\nname = 'shop'\n"})
    fleet.scan()
    return fleet


def test_replies_are_of_the_prompts_as_they_are() -> None:
    stale = {case["name"] for case in RECORDED if case["prompt_version"] != activities()[case["activity"]].version}
    assert not stale, "these prompts changed: record replies anew (see recorded/__init__.py)"
    assert {case["activity"] for case in RECORDED} >= {"assess", "discover", "build", "regenerate_summary"}


def test_recorded_replies_come_to_what_they_must(shop: Fleet, endpoint: Faults) -> None:
    def task(case: dict[str, Any]) -> Result:
        endpoint.then(does.says(case["reply"], case.get("finish", "stop")))
        return replay(shop, endpoint.url, case)

    judge(task)


@pytest.mark.slow
def test_recorded_replies_over_aimock(shop: Fleet, tmp_path: Path) -> None:
    """The same replies served by a server that nobody here wrote."""
    with aimock(tmp_path) as url:
        judge(lambda case: replay(shop, url, case))


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["aimock", "llmock"])
def test_the_command_line_over_servers_that_nobody_here_wrote(
    shop: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peer: str
) -> None:
    """`orchestrator activities run`, twice: the second time without a request."""
    case = next(case for case in RECORDED if case["activity"] == "assess" and case.get("finish", "stop") == "stop")
    with aimock(tmp_path) if peer == "aimock" else llmock_server() as url:
        monkeypatch.setenv("ORCHESTRATOR_LLM_URL", url)
        monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", case["name"] if peer == "aimock" else "gpt-4o-mini")
        monkeypatch.setenv("ORCHESTRATOR_LLM_API_KEY", "mock")
        first = told("activities", "run", "assess", "--repo", "shop", "--json")
        again = told("activities", "run", "assess", "--repo", "shop", "--json")
    assert (first["outcome"], again["outcome"], again["requests"]) == ("ok", "cached", 0)
    assert first["output"]["level"] == again["output"]["level"] and first["requests"] >= 1


@contextmanager
def llmock_server() -> Iterator[str]:
    from llmock.testing import LLMockServer

    with LLMockServer() as server:
        yield server.base_url("openai")


def judge(task: Callable[[dict[str, Any]], Result]) -> None:
    """Runs all cases, one after the other, and asserts every evaluation."""
    cases = [Case(name=case["name"], inputs=case) for case in RECORDED]
    dataset = Dataset(name="recorded", cases=cases, evaluators=[Came()])
    report = dataset.evaluate_sync(task, max_concurrency=1, progress=False)
    assert not report.failures, report.failures
    wrong = {
        f"{case.name}.{name}": case.output.as_json()
        for case in report.cases
        for name, assertion in case.assertions.items()
        if not assertion.value
    }
    assert not wrong
    assert len(report.cases) == len(RECORDED)


def replay(fleet: Fleet, url: str, case: dict[str, Any]) -> Result:
    models = ModelSettings.model_validate({"url": url, "model": case["name"], "api_key": "mock", "deadline": 30})
    runner = Runner(fleet.engine, fleet.settings, models)
    return runner.run(named(case["activity"]), "shop", case.get("given", {}), case["name"])


@contextmanager
def aimock(folder: Path, model: str | None = None) -> Iterator[str]:
    """aimock with the recorded replies, chosen by model name (or the first of them, for this model); skipped where it is
    not installed."""
    script = os.environ.get("AIMOCK_CLI_PATH") or CHECKOUT / "node_modules/@copilotkit/aimock/dist/cli.js"
    node = shutil.which("node")
    if node is None or not Path(script).is_file():
        pytest.skip("needs aimock, which .ci/run installs by npm; AIMOCK_CLI_PATH names its dist/cli.js")
    fixtures = [
        {
            "match": {"model": model or case["name"]},
            "response": {"content": case["reply"], "finishReason": case.get("finish", "stop")},
        }
        for case in (RECORDED[:1] if model else RECORDED)
    ]
    (folder / "replies.json").write_text(json.dumps({"fixtures": fixtures}))
    port = does.free_port()
    command = [
        node,
        str(script),
        "-p",
        str(port),
        "-f",
        str(folder / "replies.json"),
        "--strict",
        "--log-level",
        "warn",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            process.poll()
    raise AssertionError(f"aimock did not start: {process.stdout.read1().decode() if process.stdout else ''}")

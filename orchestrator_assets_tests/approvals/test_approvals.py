"""What models ask for: nothing is done before a person approved it, and then once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from orchestrator_assets.activities.publishing import files
from orchestrator_assets.approvals.document_requests import to_publish
from orchestrator_assets.approvals.playbook_requests import ApprovedPlaybooks, carry_out_approved
from orchestrator_assets.catalog import approval_store
from orchestrator_assets.catalog.approval_store import Approval, State
from orchestrator_assets.catalog.exclusive import exclusive
from orchestrator_assets.definitions import defs
from orchestrator_assets.settings import settings
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models.fault_server import Faults, says, serving
from orchestrator_assets_tests.playbooks.test_playbooks import FILES

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap (Linux); .ci/run installs it")
ARGUMENTS = {"version": "1"}


@pytest.fixture
def ready(fleet: Fleet) -> Fleet:
    ops, shop = fleet.make("ops", "shop")
    ops.commit(FILES)
    shop.commit({"Makefile": "test:\n\t@echo fine\n", "tests/test_x.py": "def test(): pass\n"})
    fleet.scan()
    return fleet


def ask(fleet: Fleet, **arguments: Any) -> Any:
    return ApprovedPlaybooks(fleet.engine, settings()).request("release", {**ARGUMENTS, **arguments}, "shop", "run/1")


def approvals(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrator_assets.cli", "approvals", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def one(fleet: Fleet) -> Approval:
    [item] = approval_store.listed(fleet.engine)
    return item


def test_a_request_waits_is_shown_approved_and_run_once(ready: Fleet) -> None:
    first, again = ask(ready), ask(ready)
    assert first == again and first.state == "waiting"
    number = str(one(ready).id)
    assert json.loads(approvals("show", number, "--json").stdout)["content"]["arguments"] == {
        "version": "1",
        "copies": 2,
    }
    assert approvals("carry-out").returncode == 0 and one(ready).state is State.WAITING
    assert approvals("approve", number, "--note", "go").returncode == 0
    refused = approvals("reject", number)
    assert refused.returncode == 1 and "it is approved" in refused.stderr
    done = approvals("carry-out", "--json")
    assert done.returncode == 0, done.stdout
    assert one(ready).state is State.DONE and (one(ready).result or {})["outputs"] == {"url": "https://x/1"}
    assert json.loads(approvals("carry-out", "--json").stdout) == {"approvals": []}
    assert ask(ready).state == "ran"


def test_what_was_rejected_is_not_run(ready: Fleet) -> None:
    ask(ready)
    approvals("reject", str(one(ready).id), "--note", "not on a Friday")
    assert carry_out_approved(ready.engine, settings()) == []
    told = ask(ready)
    assert told.state == "refused" and "not on a Friday" in told.detail


def test_an_approval_is_of_the_commits_that_were_shown(ready: Fleet) -> None:
    ask(ready)
    approvals("approve", str(one(ready).id))
    subprocess.run(["git", "-C", str(ready.folder / "repos" / "shop"), "-c", "user.name=a", "-c", "user.email=a@b",
                    "commit", "-q", "--allow-empty", "-m", "later"], check=True)  # fmt: skip
    [item] = carry_out_approved(ready.engine, settings())
    assert item.state is State.FAILED and "shop has moved" in (item.result or {})["detail"]


@pytest.mark.parametrize(("arguments", "why"), [({"version": 3}, "version"), ({"extra": 1}, "extra")])
def test_what_does_not_fit_is_refused_at_once(ready: Fleet, arguments: dict[str, Any], why: str) -> None:
    told = ask(ready, **arguments)
    assert told.state == "refused" and why in told.detail and approval_store.listed(ready.engine) == []


def test_the_policy_may_let_one_run_unattended(ready: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_PLAYBOOKS_UNATTENDED", '["release"]')
    settings.cache_clear()
    assert ask(ready).state == "ran" and one(ready).decided_by == "policy"


def test_a_killed_run_is_interrupted_and_not_repeated(ready: Fleet) -> None:
    slow = {**FILES, "ops/playbooks/release.sh": "sleep 600\n"}
    (ready.folder / "repos" / "ops" / "ops/playbooks/release.sh").write_text(slow["ops/playbooks/release.sh"])
    subprocess.run(["git", "-C", str(ready.folder / "repos" / "ops"), "-c", "user.name=a", "-c", "user.email=a@b",
                    "commit", "-qam", "slow"], check=True)  # fmt: skip
    ready.scan()
    ask(ready)
    approvals("approve", str(one(ready).id))
    command = [sys.executable, "-m", "orchestrator_assets.cli", "approvals", "carry-out"]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 60
    while one(ready).state is not State.RUNNING:
        assert time.monotonic() < deadline
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    while one(ready).state is State.RUNNING:
        carry_out_approved(ready.engine, settings())
        assert time.monotonic() < deadline
    assert one(ready).state is State.INTERRUPTED
    assert ask(ready).state == "failed"


def test_the_sensor_resumes_what_was_approved(ready: Fleet, instance: dg.DagsterInstance) -> None:
    definitions = defs()
    job = definitions.resolve_job_def("carry_out_approved")
    ask(ready)
    ask(ready, version="2")

    def asked() -> list[Any]:
        with dg.build_sensor_context(instance=instance, resources={"catalog": job.resource_defs["catalog"]}) as context:
            return list(definitions.resolve_sensor_def("approved").evaluate_tick(context).run_requests or [])

    assert asked() == []
    numbers = sorted(item.id for item in approval_store.listed(ready.engine))
    for number in numbers:
        approvals("approve", str(number))
    requests = sorted(asked(), key=lambda request: request.run_key)
    assert [request.run_key for request in requests] == [f"approved-{number}" for number in numbers], "side by side"
    for request, left in zip(requests, (1, 0), strict=True):
        result = job.execute_in_process(instance=instance, run_config=request.run_config)
        assert result.success and len(asked()) == left
        assert [check.passed for check in result.get_asset_check_evaluations()] == [True]
    assert {item.state for item in approval_store.listed(ready.engine)} == {State.DONE}
    assert definitions.resolve_assets_def("approved_actions").op.pool == "playbooks"


def test_a_run_leaves_alone_what_another_is_at(ready: Fleet) -> None:
    ask(ready)
    ask(ready, version="2")
    later, earlier = (item.id for item in approval_store.listed(ready.engine))
    for number in (earlier, later):
        approval_store.decide(ready.engine, number, State.APPROVED, "me", None)
    approval_store.begin(ready.engine, earlier)
    with exclusive(ready.engine, f"approval {earlier}"):
        done = carry_out_approved(ready.engine, settings(), [later])
        assert [(item.id, item.state) for item in done] == [(later, State.DONE)]
    assert [item.state for item in carry_out_approved(ready.engine, settings(), [later])] == [State.INTERRUPTED]


def test_a_document_is_published_in_the_version_that_was_approved(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert to_publish(fleet.engine, settings(), "regenerate_summary", "s", "one") == "one"
    monkeypatch.setenv("ORCHESTRATOR_APPROVED_ACTIVITIES", '["regenerate_summary"]')
    settings.cache_clear()

    def now(text: str) -> str | None:
        return to_publish(fleet.engine, settings(), "regenerate_summary", "s", text)

    assert now("one") is None and now("one") is None
    approval_store.decide(fleet.engine, one(fleet).id, State.APPROVED, "me", None)
    assert now("one") == "one" and now("two") == "one"
    newest = approval_store.listed(fleet.engine)[0]
    approval_store.decide(fleet.engine, newest.id, State.REJECTED, "me", None)
    assert now("two") == "one"
    assert files(fleet.engine, settings()) == {}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    with serving() as running:
        monkeypatch.setenv("ORCHESTRATOR_LLM_URL", running.url)
        monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", "m")
        yield running


def test_deploy_from_the_tests_in_the_sandbox_to_the_approved_playbook(ready: Fleet, model: Faults) -> None:
    """The whole way, as a person takes it: test, deploy, approve, carry out."""

    def activity(name: str, answer: dict[str, Any]) -> dict[str, Any]:
        model.then(says(json.dumps(answer)))
        command = [
            sys.executable,
            "-m",
            "orchestrator_assets.cli",
            "activities",
            "run",
            name,
            "--repo",
            "shop",
            "--json",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    tested = activity("test", {"summary": "All is well.", "citations": []})
    assert tested["gates"]["tests_passed"]["passed"], tested
    choice = {"playbook": "release", "arguments": ARGUMENTS, "reason": "It releases.", "citations": []}
    asked = activity("deploy", choice)
    assert asked["outcome"] == "ok" and "waiting" in asked["gates"]["authorised"]["evidence"], asked
    assert approvals("approve", str(one(ready).id)).returncode == 0
    assert approvals("carry-out").returncode == 0 and one(ready).state is State.DONE

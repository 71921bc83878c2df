"""A process that is killed while a model is asked: the books know, and what it reserved still counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from sqlalchemy import text

from orchestrator_assets.activities.publishing import files
from orchestrator_assets.catalog import activity_store, model_store
from orchestrator_assets_tests.activities.conftest import Play
from orchestrator_assets_tests.activities.test_assess import ANSWER
from orchestrator_assets_tests.commands.test_cli import told
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults


@pytest.mark.slow
def test_a_killed_run_leaves_a_trace_and_no_answer(
    fleet: Fleet, endpoint: Faults, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.make("shop")
    endpoint.then(does.hangs)
    monkeypatch.setenv("ORCHESTRATOR_LLM_URL", endpoint.url)
    monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", "m")
    monkeypatch.setenv("ORCHESTRATOR_LLM_REQUESTS_PER_DAY", "3")
    command = [sys.executable, "-m", "orchestrator_assets.cli", "activities", "run", "assess", "--repo", "shop"]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        until = time.monotonic() + 60
        while not endpoint.requests:
            assert process.poll() is None and time.monotonic() < until
        process.send_signal(signal.SIGKILL)
    (call,) = model_store.calls(fleet.engine)
    (run,) = activity_store.runs(fleet.engine)
    assert call.outcome is None and run.outcome is None and run.ended_at is None
    with fleet.engine.connect() as connection:
        assert connection.execute(text("SELECT reserved_tokens FROM catalog.model_call")).scalar_one() > 4096
    manifest = files(fleet.engine, fleet.settings)["activities/state/shop/assess-manifest.yaml"].decode()
    assert "status: in_progress" in manifest
    endpoint.then(does.says(json.dumps(ANSWER)))
    assert told("activities", "run", "assess", "--repo", "shop", "--json")["outcome"] == "ok"
    assert told("activities", "list", "--json")["activities"][0]["runs"] == 1, "a run without an end is no run to count"
    monkeypatch.setenv("ORCHESTRATOR_LLM_CACHE", "false")
    stopped = told("activities", "run", "assess", "--repo", "shop", "--json", code=1)
    assert stopped["outcome"] == "budget_exceeded", "the killed call counts"

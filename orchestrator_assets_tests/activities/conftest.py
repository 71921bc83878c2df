"""Fixtures of the activities' tests: a scripted endpoint, and a runner on the test's own fleet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator_assets.activities.ports import Ports
from orchestrator_assets.activities.registry import activity
from orchestrator_assets.activities.run import Result, Runner
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults, serving

Play = Callable[..., Result]


@pytest.fixture
def endpoint() -> Iterator[Faults]:
    with serving() as running:
        yield running


@pytest.fixture
def play(fleet: Fleet, endpoint: Faults) -> Play:
    """Runs an activity; `says` is what the model answers (data, or text as it is)."""

    def run(
        name: str,
        target: str | None = "shop",
        says: Any = None,
        given: dict[str, Any] | None = None,
        ports: Ports | None = None,
        run_id: str = "run1",
        **changes: object,
    ) -> Result:
        if says is not None:
            endpoint.then(does.says(says if isinstance(says, str) else json.dumps(says)))
        models = ModelSettings.model_validate({"url": endpoint.url, "model": "m", "deadline": 20, **changes})
        runner = Runner(fleet.engine, fleet.settings, models, ports or Ports())
        return runner.run(activity(name), target, given or {}, run_id)

    return run

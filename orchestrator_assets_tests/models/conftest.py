"""Fixtures of the model's tests: a faulty endpoint, and settings that name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from orchestrator_assets.models.ask import Question
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets_tests.models.answers import Answer
from orchestrator_assets_tests.models.fault_server import Faults, serving

KEY = "sk-test-0123456789-secret"


@pytest.fixture
def faults() -> Iterator[Faults]:
    with serving() as running:
        yield running


@pytest.fixture
def configured(faults: Faults) -> Callable[..., ModelSettings]:
    """Settings for the faulty endpoint, with changes."""

    def make(**changes: object) -> ModelSettings:
        usual = {"url": faults.url, "api_key": KEY, "model": "asked-model", "deadline": 20, "retries": 2}
        return ModelSettings.model_validate({**usual, **changes})

    return make


@pytest.fixture
def question() -> Question[Answer]:
    return Question("run1", "step1", "test", "shop", "Be brief.", "How good is it?", Answer, "v1")

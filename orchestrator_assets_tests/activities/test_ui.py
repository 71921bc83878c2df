"""Activities from the Dagster UI: launched there, answered by a server that nobody here wrote, shown there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator_assets_tests.test_ui import Running, needs_browser, shows, started, wait
from orchestrator_assets_tests.test_ui import browser as browser  # the fixture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("ui")]
_LAUNCH = """mutation {{ launchRun(executionParams: {{
    selector: {{repositoryLocationName: {location}, repositoryName: {repository}, jobName: "{job}"}},
    runConfigData: {config}, mode: "default"}}) {{
  __typename ... on LaunchRunSuccess {{ run {{ runId }} }} ... on PythonError {{ message }} }} }}"""
_STATUS = '{{ runOrError(runId: "{run}") {{ ... on Run {{ status }} }} }}'
_METADATA = """{ assetOrError(assetKey: {path: ["activity_assess"]}) { ... on Asset { assetMaterializations(limit: 1) {
    metadataEntries { label ... on TextMetadataEntry { text } ... on IntMetadataEntry { intValue } } } } } }"""


@pytest.fixture(scope="module")
def llm() -> Iterator[Any]:
    from llmock.testing import LLMockServer

    with LLMockServer() as server:
        yield server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, llm: Any) -> Iterator[Running]:
    model = {"ORCHESTRATOR_LLM_URL": llm.base_url("openai"), "ORCHESTRATOR_LLM_MODEL": "gpt-4o-mini"}
    with started(tmp_path_factory.mktemp("activities"), **model) as found:
        yield found


def launch(running: Running, job: str, config: dict[str, Any]) -> str:
    query = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
    (found,) = running.graphql(query)["repositoriesOrError"]["nodes"]
    mutation = _LAUNCH.format(
        location=json.dumps(found["location"]["name"]),
        repository=json.dumps(found["name"]),
        job=job,
        config=json.dumps(json.dumps(config)),
    )
    answer = running.graphql(mutation)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    run: str = answer["run"]["runId"]
    return run


def ended(running: Running, run: str) -> str:
    def status() -> str | None:
        found: str = running.graphql(_STATUS.format(run=run))["runOrError"]["status"]
        return found if found in ("SUCCESS", "FAILURE") else None

    result: str = wait(status)
    return result


def test_a_run_from_the_ui_is_answered_and_told(running: Running) -> None:
    wait(lambda: running.published("Beginning of webshop"))
    config = {"ops": {"activity_assess": {"config": {"repository": "webshop"}}}}
    assert ended(running, launch(running, "run_assess", config)) == "SUCCESS"
    (event,) = running.graphql(_METADATA)["assetOrError"]["assetMaterializations"]
    told = {entry["label"]: entry.get("text") or entry.get("intValue") for entry in event["metadataEntries"]}
    assert told["outcome"] == "ok" and '"level": "L1"' in told["output"] and told["attempts"] == 1
    nowhere = {"ops": {"activity_assess": {"config": {"repository": "nowhere"}}}}
    assert ended(running, launch(running, "run_assess", nowhere)) == "FAILURE"


@needs_browser
def test_the_browser_shows_the_gates(running: Running, browser: Any) -> None:
    browser.get(f"{running.url}/assets/activity_assess?view=checks")
    wait(lambda: shows(browser, "level_from_evidence", "gaps_are_gaps"))

"""Activities from the Dagster UI: launched there, answered by a server that nobody here wrote, shown there."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from orchestrator_assets_tests.activities.test_evals import aimock
from orchestrator_assets_tests.test_ui import Running, needs_browser, shows, started, wait
from orchestrator_assets_tests.test_ui import browser as browser  # the fixture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("activities_ui")]
MODEL = "gpt-4o-mini"
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


class Relay(socketserver.ThreadingTCPServer):
    """Carries connections to whichever server is the model just now."""

    daemon_threads = True
    target: tuple[str, int]

    def point_to(self, url: str) -> None:
        found = urlsplit(url)
        assert found.path == "/v1" and found.hostname and found.port
        self.target = (found.hostname, found.port)


class _Carry(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Relay)
        with socket.create_connection(self.server.target) as there:
            back = threading.Thread(target=self._copy, args=(there, self.request), daemon=True)
            back.start()
            self._copy(self.request, there)
            back.join(30)

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def relay(llm: Any) -> Iterator[Relay]:
    with Relay(("127.0.0.1", 0), _Carry) as server:
        server.point_to(llm.base_url("openai"))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, relay: Relay) -> Iterator[Running]:
    url = f"http://127.0.0.1:{relay.server_address[1]}/v1"
    model = {"ORCHESTRATOR_LLM_URL": url, "ORCHESTRATOR_LLM_MODEL": MODEL}
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


def last_told(running: Running) -> dict[str, Any]:
    (event,) = running.graphql(_METADATA)["assetOrError"]["assetMaterializations"]
    return {entry["label"]: entry.get("text") or entry.get("intValue") for entry in event["metadataEntries"]}


def test_a_run_from_the_ui_is_answered_and_told(running: Running) -> None:
    wait(lambda: running.published("Beginning of webshop"))
    config = {"ops": {"activity_assess": {"config": {"repository": "webshop"}}}}
    assert ended(running, launch(running, "run_assess", config)) == "SUCCESS"
    told = last_told(running)
    assert told["outcome"] == "ok" and '"level": "L1"' in told["output"] and told["attempts"] == 1
    nowhere = {"ops": {"activity_assess": {"config": {"repository": "nowhere"}}}}
    assert ended(running, launch(running, "run_assess", nowhere)) == "FAILURE"


def test_the_other_server_answers_a_run_from_the_ui_and_a_rerun_asks_nobody(
    running: Running, relay: Relay, llm: Any, tmp_path: Path
) -> None:
    wait(lambda: running.published("Beginning of payments"))
    config = {"ops": {"activity_assess": {"config": {"repository": "payments"}}}}
    with aimock(tmp_path, MODEL) as url:
        relay.point_to(url)
        assert ended(running, launch(running, "run_assess", config)) == "SUCCESS"
    first = last_told(running)
    relay.point_to(llm.base_url("openai"))
    assert (first["outcome"], first["attempts"]) == ("ok", 1) and "shop is a small Python package" in first["output"]
    assert ended(running, launch(running, "run_assess", config)) == "SUCCESS"
    again = last_told(running)
    assert (again["outcome"], again["output"]) == ("cached", first["output"])


@needs_browser
def test_the_browser_shows_the_gates(running: Running, browser: Any) -> None:
    browser.get(f"{running.url}/assets/activity_assess?view=checks")
    wait(lambda: shows(browser, "level_from_evidence", "gaps_are_gaps"))

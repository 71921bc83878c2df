"""The command line of activities as scripts use it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orchestrator_assets_tests.activities.test_assess import ANSWER
from orchestrator_assets_tests.commands.test_cli import run, told
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults, serving

KEYS = {"activity", "repo", "commit", "outcome", "detail", "output", "gates", "citations", "requests", "attempts",
        "prompt_tokens", "completion_tokens", "cost", "seconds", "correlation_id", "cached"}  # fmt: skip
KEY = "sk-cli-0123456789-secret"


@pytest.fixture
def endpoint(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    fleet.make("shop")
    with serving() as running:
        monkeypatch.setenv("ORCHESTRATOR_LLM_URL", running.url)
        monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", "m")
        monkeypatch.setenv("ORCHESTRATOR_LLM_API_KEY", KEY)
        running.then(does.says(json.dumps(ANSWER)))
        yield running


def test_run_prints_the_contract_and_a_rerun_asks_nothing(endpoint: Faults) -> None:
    first = told("activities", "run", "assess", "--repo", "shop", "--json")
    assert set(first) == KEYS and first["outcome"] == "ok" and first["cached"] is False
    assert (first["requests"], first["attempts"], first["prompt_tokens"], first["completion_tokens"]) == (1, 1, 11, 7)
    assert first["citations"] == {"kept": 1, "dropped": 0} and first["cost"] is None and first["seconds"] > 0
    assert first["gates"]["level_from_evidence"]["passed"] is True and first["gates"]["level_from_evidence"]["evidence"]
    again = told("activities", "run", "assess", "--repo", "shop", "--json")
    assert again["outcome"] == "cached" and again["cached"] is True and again["requests"] == again["attempts"] == 0
    assert again["output"] == first["output"] and len(endpoint.requests) == 1


def test_a_failure_exits_1_with_its_outcome_and_without_the_key(endpoint: Faults) -> None:
    endpoint.then(does.sends(json.dumps({"error": {"message": f"bad key {KEY}"}}).encode(), 401))
    done = run("activities", "run", "assess", "--repo", "shop", "--json")
    failed = json.loads(done.stdout)
    assert done.returncode == 1 and failed["outcome"] == "bad_response" and "bad key ***" in failed["detail"]
    assert KEY not in done.stdout + done.stderr


def test_without_a_model(fleet: Fleet) -> None:
    fleet.make("shop")
    failed = told("activities", "run", "assess", "--repo", "shop", "--json", code=1)
    assert failed["outcome"] == "no_model" and "ORCHESTRATOR_LLM_URL" in failed["detail"]
    assert failed["output"]["level"] == "L1", "what is deterministic still works"
    assert "no model configured" in run("activities", "list").stdout
    assert told("doctor", "llm", "--json", code=1)["checks"][0]["outcome"] == "no_model"


def test_list_and_show(endpoint: Faults) -> None:
    told("activities", "run", "assess", "--repo", "shop", "--json")
    listed = {row["activity"]: row for row in told("activities", "list", "--json")["activities"]}
    assert {"discover", "assess", "build", "test", "deploy", "regenerate_summary"} <= set(listed)
    assert (listed["assess"]["runs"], listed["assess"]["success_rate"]) == (1, 1.0)
    shown = told("activities", "show", "assess", "--json")
    assert shown["gates"] and shown["prompt"] and shown["input"]["type"] == "object"
    assert shown["figures"][0]["target"] == "shop"
    assert "level" in run("activities", "show", "assess").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("activities", "show", "nonsense"), 1, "there is no activity"),
        (("activities", "run", "assess"), 1, "--repo NAME"),
        (("activities", "run", "assess", "--repo", "nowhere"), 1, "names no repository nowhere"),
        (("activities", "run", "build", "--repo", "shop"), 1, "task"),
        (("activities", "run", "assess", "--repo", "shop", "--input", "{"), 2, "no JSON"),
    ],
)
def test_wrong_usage_is_one_line(endpoint: Faults, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.returncode == code and said in done.stderr


def test_run_a_request(endpoint: Faults) -> None:
    step = {"steps": [{"activity": "assess", "repo": "shop", "reason": "asked"}]}
    endpoint.then(does.says(json.dumps(step)), does.says(json.dumps(ANSWER)))
    done = told("run", "How mature is shop?", "--json")
    assert done["fallback"] is False and done["chosen_by"] == "model"
    assert [row["state"] for row in done["results"]] == ["ok"] and set(done["results"][0]["result"]) == KEYS
    endpoint.then(does.sends(b"{}", 400))
    fallen = told("run", "assess shop again", "--json", code=0)
    assert fallen["fallback"] is True and fallen["results"][0]["state"] == "cached"
    assert fallen["outcome"] == "bad_response"


def test_spans_go_to_the_configured_exporter_without_content(endpoint: Faults) -> None:
    with collecting() as (url, bodies):
        done = run("activities", "run", "assess", "--repo", "shop", OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert done.returncode == 0, done.stderr
    sent = b"".join(bodies)
    assert b"gen_ai.request.model" in sent and b"gen_ai.usage.input_tokens" in sent
    assert KEY.encode() not in sent and b"Facts, computed by code" not in sent and b"Tidy." not in sent


@contextmanager
def collecting() -> Iterator[tuple[str, list[bytes]]]:
    """A collector of spans: it keeps what it is sent."""
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_doctor_says_which_modes_work(endpoint: Faults) -> None:
    endpoint.then(does.says('{"word": "ready", "number": 7}'))
    found = told("doctor", "llm", "--json")
    works = {check["what"].split()[2]: check["works"] for check in found["checks"]}
    assert works == {"native": True, "tool": False, "json_object": True, "prompted": True}
    assert found["works"] is True and KEY not in json.dumps(found)

"""From a push to its publication: one id in every line and span, whichever process wrote it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import dagster as dg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from orchestrator_assets.catalog import inbox_store
from orchestrator_assets.definitions import defs
from orchestrator_assets.resources import Catalog
from orchestrator_assets.telemetry import JsonLines
from orchestrator_assets_tests.fleets import Fleet, decision

_RUN = """
import sys
import dagster as dg
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.settings import settings
prepare_instance(settings())
from orchestrator_assets.definitions import defs
config = {"ops": {"repo_scan": {"config": {"repositories": ["shop"]}}}}
with dg.DagsterInstance.get() as instance:
    job = defs().resolve_job_def("scan_repo")
    assert job.execute_in_process(instance=instance, run_config=config, tags={"dagster/run_key": sys.argv[1]}).success
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP endpoint, and the spans that came."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", spans
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_push_is_followed_from_its_webhook_to_its_publication(
    fleet: Fleet, collector: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url, spans = collector
    [made] = fleet.make("shop")
    fleet.scan()
    commit = made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    inbox_store.take(fleet.engine, inbox_store.Delivery("github", "d-1", ("shop",), None, commit), 10, 1e6)
    with dg.instance_for_test() as instance, caplog.at_level(logging.INFO):
        context = dg.build_sensor_context(instance=instance, resources={"catalog": Catalog()})
        tick = defs().get_sensor_def("git_changes").evaluate_tick(context)
    [request] = [item for item in tick.run_requests or [] if item.job_name == "scan_repo"]
    assert inbox_store.newest(fleet.engine)[0].runs == (request.run_key,)
    assert request.run_key is not None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.setenv("ORCHESTRATOR_LOG_FORMAT", "json")
    command = [sys.executable, "-c", _RUN, request.run_key]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    told = [line for line in lines if line.get("correlation_id") == request.run_key]
    assert [line["commit"] for line in told if line.get("repository") == "shop"] == [commit]
    assert {"decisions", "session-notes"} <= {line["index"] for line in told if line.get("changed")}
    deadline = time.monotonic() + 10
    while not {"scan", "index", "publish"} <= {item.name for item in spans} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {item.name for item in spans} == {"scan", "index", "publish"}
    assert len({item.trace_id for item in spans}) == 1, "one trace"
    [scan] = [item for item in spans if item.name == "scan"]
    assert {a.key: a.value.string_value for a in scan.attributes}["commit"] == commit
    assert scan.end_time_unix_nano > scan.start_time_unix_nano


def test_a_line_of_json_holds_what_it_was_given() -> None:
    record = logging.makeLogRecord(
        {"msg": "kept %s\n", "args": ("x",), "levelno": 20, "levelname": "INFO", "delivery": "1"}
    )
    line = JsonLines().format(record)
    assert "\n" not in line
    said = json.loads(line)
    assert (said["message"], said["delivery"], said["level"]) == ("kept x\n", "1", "info")

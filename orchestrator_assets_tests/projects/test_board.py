"""A board on a stub GraphQL server that keeps its state and refuses what GitHub refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.projects.test_projects import SPEC, note

TOKEN = "ghp_0123456789secret"


@dataclass
class GitHub:
    """One board with issues 10 to 13 of `shop`, one of which is a draft; `wrote` is every mutation in order."""

    url: str = ""
    values: dict[str, dict[str, Any]] = field(default_factory=lambda: {f"I{n}": {"Size": 3.0} for n in range(10, 14)})
    labels: dict[str, set[str]] = field(default_factory=lambda: {f"I{n}": set() for n in range(10, 14)})
    wrote: list[tuple[str, str]] = field(default_factory=list)
    fail_after: int | None = None
    status_options: dict[str, str] = field(default_factory=lambda: {"Todo": "o1", "In Progress": "o2", "Done": "o3"})

    def answer(self, query: str, asked: dict[str, Any]) -> dict[str, Any]:
        if "projectV2(number" in query:
            return {
                "repositoryOwner": {
                    "projectV2": {"id": "P1"} if (asked["owner"], asked["number"]) == ("acme", 7) else None
                }
            }
        if "label(name" in query:
            return {"repository": {"label": {"id": "L1"} if asked["label"] == "planned" else None}}
        if "addLabelsToLabelable" in query:
            self.labels[asked["issue"]].add("planned")
            self.wrote.append((asked["issue"], "label"))
            return {"addLabelsToLabelable": {"labelable": {"id": asked["issue"]}}}
        if "updateProjectV2ItemFieldValue" in query:
            return self.update(asked)
        return {"node": self.board(asked["after"])}

    def board(self, after: str | None) -> dict[str, Any]:
        names = sorted(self.values)
        shown, more = (names[:2], True) if after is None else (names[2:], False)
        nodes: list[dict[str, Any]] = [{"id": "D1", "content": {}, "fieldValues": {"nodes": []}}] if more else []
        for name in shown:
            values = [
                {"number" if isinstance(value, float) else "name": value, "field": {"name": label}}
                for label, value in self.values[name].items()
            ]
            labels = {"nodes": [{"id": "L", "name": label} for label in self.labels[name]]}
            issue = {"id": name, "number": int(name[1:]), "repository": {"name": "shop"}, "labels": labels}
            nodes.append({"id": f"T{name}", "content": issue, "fieldValues": {"nodes": [{}, *values]}})
        options = [{"id": value, "name": name} for name, value in self.status_options.items()]
        fields = [
            {"id": "F0", "name": "Title", "dataType": "TITLE"},
            {"id": "F1", "name": "Sequence", "dataType": "NUMBER"},
            {"id": "F2", "name": "Status", "dataType": "SINGLE_SELECT", "options": options},
            {"id": "F3", "name": "Size", "dataType": "NUMBER"},
        ]
        page = {"hasNextPage": more, "endCursor": "c1"}
        return {"title": "Plan", "fields": {"nodes": fields}, "items": {"pageInfo": page, "nodes": nodes}}

    def update(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["item"].removeprefix("T")
        value = asked["value"]
        if asked["board"] != "P1" or name not in self.values or asked["field"] not in ("F1", "F2"):
            raise ValueError("Could not resolve to a node with the global id")
        if self.fail_after is not None and len(self.wrote) >= self.fail_after:
            raise ValueError("was submitted too quickly")
        if asked["field"] == "F1":
            self.values[name]["Sequence"] = float(value["number"])
        elif value["singleSelectOptionId"] not in self.status_options.values():
            raise ValueError("The single select option Id does not belong to the field")
        else:
            ids = {value: name for name, value in self.status_options.items()}
            self.values[name]["Status"] = ids[value["singleSelectOptionId"]]
        self.wrote.append((name, asked["field"]))
        return {"updateProjectV2ItemFieldValue": {"projectV2Item": {"id": asked["item"]}}}


@pytest.fixture
def github() -> Iterator[GitHub]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = 200, {}
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status, body = 401, {"message": "Bad credentials"}
            elif self.path != "/graphql" or not re.search(
                r"first: \d{1,2}\b|first: 100|mutation|projectV2|label", told["query"]
            ):
                status = 404
            else:
                try:
                    body = {"data": state.answer(told["query"], told["variables"])}
                except ValueError as error:
                    body = {"data": None, "errors": [{"message": str(error)}]}
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def planned(fleet: Fleet, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """A fleet with the specification and notes of its issues, and the board's address in the settings."""
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_API", github.url)
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_TOKEN", TOKEN)
    [made] = fleet.make("shop")
    made.commit(
        {
            "docs/project-specs/PROJECT-19-x.md": SPEC.replace(" ✅", ""),
            "docs/session-notes/ISSUE-11-a.md": note(11, "2026-01-01"),
            "docs/session-notes/ISSUE-12-b.md": note(12, "2026-01-03", status="In Progress"),
        }
    )
    fleet.scan()
    return github


def sync(*more: str, board: str = "7") -> subprocess.CompletedProcess[str]:
    command = ["projects", "sync", "project-19", "--owner", "acme", "--board", board, *more]
    return subprocess.run(
        [sys.executable, "-m", "orchestrator_assets.cli", *command], capture_output=True, text=True, timeout=120
    )


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_differs_is_shown_and_nothing_is_changed(planned: GitHub) -> None:
    found = told(sync("--json"))
    assert [(row["issue"], row["field"], row["before"], row["after"]) for row in found["changes"]] == [
        ("#11", "Sequence", None, 1), ("#11", "Status", None, "Done"),
        ("shop#12", "Sequence", None, 2), ("shop#12", "Status", None, "In Progress"),
        ("#13", "Sequence", None, 2),
    ]  # fmt: skip
    assert found["absent"] == ["shop#14"] and planned.wrote == []
    shown = sync()
    assert "5 changes to make; --apply makes them" in shown.stdout and "shop#14" in shown.stdout


def test_applying_touches_the_named_fields_only_and_twice_changes_nothing(planned: GitHub) -> None:
    assert len(told(sync("--apply", "--label", "planned", "--json"))["changes"]) == 8
    assert planned.values == {
        "I10": {"Size": 3.0},
        "I11": {"Size": 3.0, "Sequence": 1.0, "Status": "Done"},
        "I12": {"Size": 3.0, "Sequence": 2.0, "Status": "In Progress"},
        "I13": {"Size": 3.0, "Sequence": 2.0},
    }
    wrote = list(planned.wrote)
    assert told(sync("--apply", "--label", "planned", "--json"))["changes"] == [] and planned.wrote == wrote
    assert "as the specification says" in sync().stdout


def test_after_a_refusal_the_rest_is_made_later(planned: GitHub) -> None:
    planned.fail_after = 2
    failed = sync("--apply")
    assert failed.returncode == 1 and "submitted too quickly" in failed.stderr
    planned.fail_after = None
    assert len(told(sync("--apply", "--json"))["changes"]) == 3


def test_what_the_board_lacks_is_told_before_anything_is_written(planned: GitHub) -> None:
    del planned.status_options["Done"]
    assert "lacks the options Done" in sync("--apply").stderr
    assert "needs a NUMBER field 'Order': no such field" in sync("--apply", "--sequence-field", "Order").stderr
    assert "it is SINGLE_SELECT" in sync("--apply", "--sequence-field", "Status").stderr
    assert "acme has no project 8" in sync("--apply", board="8").stderr
    assert planned.wrote == []


def test_a_label_the_repository_lacks_is_told(planned: GitHub) -> None:
    assert "has no label 'unheard'" in sync("--apply", "--label", "unheard").stderr


def test_a_wrong_token_is_told_and_not_shown(planned: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_GITHUB_TOKEN", "ghp_wrong999")
    done = sync()
    assert done.returncode == 1 and "answers 401" in done.stderr and "wrong999" not in done.stderr + done.stdout
    monkeypatch.delenv("ORCHESTRATOR_GITHUB_TOKEN")
    assert "set ORCHESTRATOR_GITHUB_TOKEN" in sync().stderr


def test_an_unknown_project_names_those_there_are(planned: GitHub) -> None:
    command = ["projects", "sync", "PROJECT-99", "--owner", "acme", "--board", "7"]
    done = subprocess.run([sys.executable, "-m", "orchestrator_assets.cli", *command], capture_output=True, text=True)
    assert done.returncode == 1 and "known: PROJECT-19" in done.stderr

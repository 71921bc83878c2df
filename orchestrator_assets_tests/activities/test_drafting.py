"""discover and build: what a model drafts is checked by code, and never written into the repository itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator_assets.activities import naming
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets_tests.activities.conftest import Play
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.models.fault_server import Faults

DISCOVERY: dict[str, Any] = {
    "problem": "p", "current_state": "c", "desired_state": "d", "stakeholders": ["s"], "constraints": [],
    "requirements": [], "risks": [{"risk": "r", "citations": ["README.md"]}], "next_steps": ["n"], "citations": [],
}  # fmt: skip
CATALOGUE = """cosmos:
  staging: {services: [{name: spectra-billing-service, url: "http://x", status: deployed, version: 1}]}
  production: {services: [{name: logging, url: "http://x", status: healthy, version: 1}]}
"""


@pytest.mark.parametrize("name", ["logging", "event-store", "a1"])
def test_names_that_can_be_used(name: str) -> None:
    assert naming.wrong_with(name) == []


@pytest.mark.parametrize(
    "name", ["", "a--b", "logging-", "-x", "1a", "Logging", "deploy-things", "api-for-x", "service-catalog", "x" * 200]
)
def test_names_that_cannot_be_used_have_reasons(name: str) -> None:
    assert naming.wrong_with(name)


@pytest.mark.parametrize(
    ("name", "gates", "state"),
    [
        ("logging", {"name_is_usable": True, "no_duplicate": False}, "blocked"),
        ("billing", {"name_is_usable": True, "no_duplicate": True}, "redeploy"),
        ("search", {"name_is_usable": True, "no_duplicate": True}, "new"),
        ("make-search-service", {"name_is_usable": False, "no_duplicate": True}, "new"),
    ],
)
def test_a_new_service_is_judged_by_name_and_catalogue(
    fleet: Fleet, play: Play, monkeypatch: pytest.MonkeyPatch, name: str, gates: dict[str, bool], state: str
) -> None:
    (registry,) = fleet.make("registry")
    registry.commit({"registries/service-catalog.yaml": CATALOGUE})
    fleet.settings = fleet.settings.model_copy(update={"service_catalogue": "registry:registries/service-catalog.yaml"})
    result = play("discover", name, says=DISCOVERY, given={"idea": "Find things."})
    assert {gate: result.gates[gate].passed for gate in gates} == gates
    assert result.output is not None and result.output["service_catalogue"] == state
    assert result.commit is None and result.citations == {"kept": 0, "dropped": 1}


def test_a_new_service_needs_an_idea(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    with pytest.raises(ActivityFailed, match="say what it is to be"):
        play("discover", "search")


def test_a_repository_is_discovered_by_what_is_written(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    assert play("discover", says=DISCOVERY).succeeded
    bare = play("discover", says={**DISCOVERY, "risks": [], "citations": ["nowhere.md"]}, cache=False)
    assert not bare.gates["rests_on_evidence"].passed


def built(*files: tuple[str, str], **more: Any) -> dict[str, Any]:
    drafts = [{"path": path, "content": content} for path, content in files]
    return {"summary": "Add it", "files": drafts, "citations": [], "tests_passed": True, **more}


def test_a_draft_becomes_a_branch_and_only_if_asked(fleet: Fleet, play: Play, endpoint: Faults) -> None:
    (shop,) = fleet.make("shop")
    head = shop.git("rev-parse", "HEAD")
    text = 'def f() -> str:\n    return "```{}```"\n'
    dry = play("build", says=built(("src/f.py", text)), given={"task": "Add f"})
    assert dry.succeeded and dry.output is not None
    assert dry.output["proposal"]["state"] == "dry-run" and "+def f() -> str:" in dry.output["proposal"]["diff"]
    assert shop.git("branch", "--list", "orchestrator/*") == ""
    made = play("build", given={"task": "Add f", "apply": True}, run_id="run2")
    assert made.outcome is Outcome.CACHED and len(endpoint.requests) == 1, "what was shown is what is proposed"
    assert made.output is not None and made.output["proposal"]["state"] == "proposed"
    branch = made.output["proposal"]["branch"]
    assert branch.startswith("orchestrator/build/add-f-")
    assert shop.git("show", f"{branch}:src/f.py") == text.strip()
    assert shop.git("rev-parse", "main") == head and not (shop.path / "src").exists()


@pytest.mark.parametrize(
    ("path", "content", "gate"),
    [
        ("../evil.py", "x = 1", "paths_allowed"),
        ("/etc/passwd", "x", "paths_allowed"),
        ("a/../../b", "x", "paths_allowed"),
        (".git/hooks/pre-commit", "x", "paths_allowed"),
        ("sub/.GIT/config", "x", "paths_allowed"),
        (".github/workflows/ci.yml", "on: push", "paths_allowed"),
        (".env", "A=1", "paths_allowed"),
        ("README.md/x", "x", "paths_allowed"),
        ("docs", "x", "paths_allowed"),
        ("link/x.py", "x = 1", "paths_allowed"),
        ("a\\b.py", "x = 1", "paths_allowed"),
        ("x.py", "def (", "files_parse"),
        ("x.json", "{", "files_parse"),
        ("x.yaml", "a: [", "files_parse"),
        ("x.toml", "a =", "files_parse"),
        ("long.md", "# Long\n", "nothing_lost"),
        ("x.md", "token ghp_" + "a" * 36, "no_secrets"),
        ("README.md", "# shop\n", "proposed"),
    ],
)
def test_a_draft_that_may_not_be_is_not_proposed(fleet: Fleet, play: Play, path: str, content: str, gate: str) -> None:
    (shop,) = fleet.make("shop")
    (shop.path / "link").symlink_to("/tmp")
    shop.commit({"long.md": "# Long\n" + "".join(f"- item {n}\n" for n in range(9))})
    result = play("build", says=built((path, content)), given={"task": "x", "apply": True})
    assert result.outcome.good and not result.succeeded
    assert not result.gates[gate].passed, result.gates
    assert shop.git("branch", "--list", "orchestrator/*") == ""


def test_files_that_were_asked_for_are_shown_whole(fleet: Fleet, play: Play, endpoint: Faults) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"src/a.py": "A = 41\n"})
    play("build", says=built(("x.md", "x")), given={"task": "Change A", "show": ["src/a.py", "nope.py"]})
    shown = endpoint.requests[0]["messages"][-1]["content"]
    assert "A = 41" in shown and "Change A" in shown
    assert json.JSONDecoder().raw_decode(shown, shown.index("{"))[0]["not_shown"] == ["nope.py"]

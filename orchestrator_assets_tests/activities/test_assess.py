"""assess: the level follows from files, whatever a model says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.activities.maturity import RUBRIC
from orchestrator_assets.activities.ports import ActivityFailed
from orchestrator_assets.catalog import activity_store
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets_tests.activities.conftest import Play
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.models import fault_server as does
from orchestrator_assets_tests.models.fault_server import Faults

ANSWER: dict[str, Any] = {"summary": "Fine.", "strengths": ["Tidy."], "gaps": [], "citations": ["README.md"]}
LADDER = (
    ("L1", {"notes.txt": "x"}),
    ("L2", {"README.md": "# shop", "package.json": "{}"}),
    ("L3", {"src/cart.test.ts": "it()", ".github/workflows/ci.yml": "on: push"}),
    ("L4", {"docs/adr/0001-x.md": decision(1), "CHANGELOG.md": "- one"}),
    ("L5", {"ARCHITECTURE.md": "# A", "Dockerfile": "FROM scratch"}),
    ("L6", {"LICENSE": "MIT", "package-lock.json": "{}", "SECURITY.md": "mail", ".github/CODEOWNERS": "* @a"}),
    ("L7", {".github/dependabot.yml": "v: 2", ".github/workflows/release.yml": "x", "ops/alerts.yaml": "x"}),
)


def level(fleet: Fleet, play: Play, **files: str) -> Any:
    result = play("assess", says=ANSWER)
    assert result.output is not None
    return result.output["level"]


def test_each_level_is_reached_by_its_files_and_not_by_those_above_alone(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"notes.txt": "x"}, remove=["README.md", "docs/decisions/ADR-0001-first.md"])
    shop.commit(LADDER[-1][1])
    assert level(fleet, play) == "L1"
    for name, files in LADDER[:-1]:
        shop.commit(files)
        expected = "L7" if name == "L6" else name
        assert level(fleet, play) == expected
    shop.commit({"Dockerfile": ""})
    assert level(fleet, play) == "L4", "an empty file is no evidence"


def test_a_model_that_lies_changes_nothing(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    shop.commit({"pyproject.toml": "[project]"})
    honest = play("assess", says=ANSWER)
    lie = {**ANSWER, "level": "L7", "maturity": "L7", "summary": "It is L7!", "criteria": [{"met": True}], "missing": [],
           "gaps": [{"criterion": "unicorns", "why": "w", "first_step": "f"}]}  # fmt: skip
    lied = play("assess", says=lie, cache=False)
    assert honest.output and lied.output
    assert honest.output["level"] == lied.output["level"] == "L2"
    assert honest.output["criteria"] == lied.output["criteria"] and lied.output["missing"]
    assert honest.succeeded and not lied.succeeded
    assert not lied.gates["gaps_are_gaps"].passed and "unicorns" in lied.gates["gaps_are_gaps"].evidence
    assert lied.output["gaps"] == []


def test_without_a_model_the_level_stands_and_the_outcome_says_so(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    result = play("assess", url=None)
    assert result.outcome is Outcome.NO_MODEL and not result.succeeded
    assert result.output is not None and result.output["level"] == "L1" and "summary" not in result.output


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ("I cannot do that.", Outcome.REFUSED),
        ("{}", Outcome.SCHEMA_MISMATCH),
        ("", Outcome.EMPTY),
        ('{"summary": "ha', Outcome.TRUNCATED),
    ],
)
def test_what_is_no_answer_is_no_success(fleet: Fleet, play: Play, says: str, outcome: Outcome) -> None:
    fleet.make("shop")
    result = play("assess", says=says)
    assert result.outcome is outcome and not result.succeeded
    (run,) = activity_store.runs(fleet.engine)
    assert run.outcome == outcome.value and run.succeeded is False
    assert run.seconds is not None and run.seconds > 0 and run.ended_at is not None


def test_a_rerun_asks_nothing(fleet: Fleet, play: Play, endpoint: Faults) -> None:
    fleet.make("shop")
    fleet.scan()
    first = play("assess", says=ANSWER)
    second = play("assess", run_id="run2")
    third = play("assess", run_id="run3")
    assert [r.outcome for r in (first, second, third)] == [Outcome.OK, Outcome.CACHED, Outcome.CACHED]
    assert len(endpoint.requests) == 1 and first.output == second.output == third.output
    assert first.evidence == second.evidence


def test_earlier_runs_are_shown_once_the_evidence_is_another(fleet: Fleet, play: Play, endpoint: Faults) -> None:
    (shop,) = fleet.make("shop")
    play("assess", says="no")
    shop.commit({"pyproject.toml": "[project]"})
    play("assess", says=ANSWER, run_id="run2")
    shown = endpoint.requests[-1]["messages"][-1]["content"]
    facts = json.JSONDecoder().raw_decode(shown, shown.index("{"))[0]
    assert facts["past_runs"] == [{"playbook": None, "runs": 1, "succeeded": 0, "success_rate": 0.0}]
    assert '"outcome": "not_json"' in shown


def test_citations_are_kept_only_where_they_lead_somewhere(fleet: Fleet, play: Play) -> None:
    (shop,) = fleet.make("shop")
    fleet.scan()
    head = shop.git("rev-parse", "HEAD")
    good = ["README.md", "README.md:1", "./docs/decisions", f"shop@{head[:10]}:README.md", head[:12], "ADR-0001"]
    bad = ["README.md:999", "nope.md", f"shop@{'0' * 40}:README.md", f"other@{head}:README.md", "f" * 40, "ADR-0099",
           "../README.md", "https://x.example"]  # fmt: skip
    result = play("assess", says={**ANSWER, "citations": [*good, *bad]})
    assert result.citations == {"kept": len(good), "dropped": len(bad)} and list(result.dropped) == bad
    assert result.output is not None
    places = result.output["citations"]
    assert f"shop@{head}:README.md:1" in places and f"shop@{head}:docs/decisions/ADR-0001-first.md:1" in places


def test_a_target_that_is_none(fleet: Fleet, play: Play) -> None:
    fleet.make("shop")
    with pytest.raises(ActivityFailed, match="names no repository nowhere"):
        play("assess", "nowhere")
    with pytest.raises(ActivityFailed, match="needs a repository"):
        play("assess", None)
    with pytest.raises(ActivityFailed, match="input of assess"):
        play("assess", given={"level": "L7"})
    assert activity_store.runs(fleet.engine) == [], "a slip of the pen is no run"
    assert all(run.detail and run.seconds is not None for run in activity_store.runs(fleet.engine))


def test_a_broken_endpoint_is_told(fleet: Fleet, play: Play, endpoint: Faults) -> None:
    fleet.make("shop")
    endpoint.then(does.sends(b"<html>", kind="text/html"))
    assert play("assess").outcome is Outcome.BAD_RESPONSE


def test_the_published_rubric_is_the_one_in_force() -> None:
    page = (Path(__file__).parents[2] / "docs/maturity.md").read_text()
    rows = re.findall(r"^\| (L\d) (\w+) \| `(\w+)` \| (.+?) \|$", page, re.MULTILINE)
    assert rows == [(lv.name, lv.title, item.name, item.asks) for lv in RUBRIC for item in lv.criteria]

"""What a model says of a report: kept only where its evidence holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.reports.evidence import Evidence
from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.period import Length, period_at
from orchestrator_assets.reports.reporting import with_previous
from orchestrator_assets.reports.statements import Statement, Words, held, objection
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.models.fault_server import Faults, says, sends, serving

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = period_at(Length.WEEK, "2026-03-04", "UTC", NOW)
EVIDENCE = {
    "E1": Evidence("42 commits by 3 people in 2 of 8 repositories", "shop@1"),
    "E2": Evidence("decision accepted in web-shop: Use PostgreSQL 18 for v1.2.3", "web-shop@2:docs/adr/0001.md"),
}


def judged(claim: str, *evidence: str) -> str | None:
    return objection(Statement(claim=claim, evidence=list(evidence)), EVIDENCE)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("There were 42 commits by three people.", ["E1"]),
        ("Two of eight repositories saw work, 42 commits in all.", ["E1"]),
        ("In web-shop the decision to use PostgreSQL 18 was accepted.", ["E2"]),
        ("PostgreSQL is now the database of web-shop, while 42 commits were made.", ["E1", "E2"]),
        ("Nobody opened one of the other decisions.", ["E2"]),
        ("Work on v1.2.3 went on.", ["E2"]),
    ],
)
def test_a_statement_that_its_evidence_holds_is_kept(claim: str, evidence: list[str]) -> None:
    assert judged(claim, *evidence) is None


@pytest.mark.parametrize(
    ("claim", "evidence", "why"),
    [
        ("There were 43 commits.", ["E1"], "the number 43"),
        ("There were 42 commits.", ["E2"], "the number 42"),
        ("Five people worked.", ["E1"], "the number 5"),
        ("A dozen commits were made.", ["E1"], "the number 12"),
        ("Kafka was chosen.", ["E2"], "the name 'Kafka'"),
        ("The team of Grace did 42 commits.", ["E1"], "the name 'Grace'"),
        ("The decision is of web-store.", ["E2"], "the name 'web-store'"),
        ("It was all about MySQL.", ["E2"], "the name 'MySQL'"),
        ("42 commits were made.", [], "it cites nothing"),
        ("42 commits were made.", ["E1", "E9"], "'E9'"),
        ("See [this](x).", ["E1"], "markup"),
        ("See https://evil.example/x.", ["E1"], "markup"),
        ("<b>42</b> commits.", ["E1"], "markup"),
        ("   ", ["E1"], "nothing"),
    ],
)
def test_a_statement_that_its_evidence_does_not_hold_is_dropped(claim: str, evidence: list[str], why: str) -> None:
    assert why in (judged(claim, *evidence) or "")


@given(st.text(max_size=200), st.lists(st.sampled_from(["E1", "E2", "E3"]), max_size=3))
def test_any_statement_is_judged(claim: str, evidence: list[str]) -> None:
    kept, dropped = held(Words(claims=[Statement(claim=claim, evidence=evidence)]), EVIDENCE)
    assert len(kept) + len(dropped) == 1


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch, fleet: Fleet) -> Iterator[Faults]:
    with serving() as running:
        monkeypatch.setenv("ORCHESTRATOR_LLM_URL", running.url)
        monkeypatch.setenv("ORCHESTRATOR_LLM_MODEL", "m")
        monkeypatch.setenv("ORCHESTRATOR_LLM_API_KEY", "sk-test-key-0123456789")
        monkeypatch.setenv("ORCHESTRATOR_LLM_RETRIES", "0")
        yield running


def report(fleet: Fleet, again: bool = False) -> Report:
    [made] = fleet.make("shop")
    made.commit({"docs/decisions/ADR-0002-b.md": decision(2)}, date="2026-03-03T00:00:00+00:00")
    return with_previous(fleet.engine, fleet.settings, WEEK, NOW, again)[0]


def page(fleet: Fleet, found: Report) -> str:
    return files_of(found, page_from(fleet.engine, found, WEEK), WEEK)["report.html"].decode()


def test_the_account_stands_beside_the_facts_with_its_places(fleet: Fleet, faults: Faults) -> None:
    claims = [
        {"claim": "In shop 1 commit was made.", "evidence": ["E2"]},
        {"claim": "It made 99 commits.", "evidence": ["E2"]},
        {"claim": "Ignore this.", "evidence": ["E77"]},
    ]
    faults.then(says(json.dumps({"claims": claims})))
    found = report(fleet)
    assert (found.words, found.claims.kept, found.claims.dropped) == ("ok", 1, 2)
    [statement] = found.statements
    assert statement.text == "In shop 1 commit was made." and statement.places == [f"shop@{found.commits['shop']}"]
    shown = page(fleet, found)
    assert "1 kept, 2 dropped" in shown and "99 commits" not in shown and found.commits["shop"] in shown
    again = with_previous(fleet.engine, fleet.settings, WEEK, NOW)[0]
    assert page(fleet, again) == shown and len(faults.requests) == 1


def test_when_the_model_fails_the_report_goes_out_and_says_so(fleet: Fleet, faults: Faults) -> None:
    faults.then(sends(b"<html>busy</html>", kind="text/html"))
    found = report(fleet)
    assert found.words == "bad_response" and found.statements == []
    assert "gave none (bad_response). Everything below is computed." in page(fleet, found)
    assert page(fleet, with_previous(fleet.engine, fleet.settings, WEEK, NOW)[0]) == page(fleet, found)


def test_without_a_model_nothing_is_said_of_one(fleet: Fleet) -> None:
    found = report(fleet)
    assert found.words == "no_model" and "model" not in page(fleet, found).split("<body>")[1]

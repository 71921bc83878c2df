"""Real repositories through the whole pipeline, against what is known of them by reading."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.catalog.aggregate import as_json, build_index, integrity_of
from orchestrator_assets.decisions.kind import KIND as DECISIONS
from orchestrator_assets.session_notes.kind import KIND as NOTES
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

pytestmark = pytest.mark.corpus


@pytest.fixture
def real(fleet: Fleet) -> Fleet:
    """The real repositories as clones, scanned. renderx stands at the commit that its truth is for."""
    folder = corpus() / "corpus"
    (fleet.folder / "repos").mkdir()
    names = []
    for bundle in sorted(folder.glob("*.bundle")):
        target = fleet.folder / "repos" / bundle.stem
        _git("clone", "-q", "-b", "main", str(bundle), str(target))
        if bundle.stem == "renderx":
            _git("-C", str(target), "reset", "-q", "--hard", "seed")
        names.append(bundle.stem)
    fleet.register(*names)
    assert {result.status.value for result in fleet.scan().values()} == {"ok"}
    return fleet


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], env=GIT_ENVIRONMENT, check=True, capture_output=True)


def truth(name: str) -> Any:
    return json.loads((corpus() / "truth" / f"{name}.json").read_text())


def test_every_decision_equals_what_is_known_of_it(real: Fleet) -> None:
    build = build_index(real.engine, DECISIONS)
    assert build.integrity == () and integrity_of(build.index.problems) == []
    records = as_json(build.index)["records"]
    known = truth("decisions")
    for repository in ("semops-core", "renderx"):
        found = {record["path"]: record for record in records if record["repo"] == repository}
        assert set(found) == {row["path"] for row in known[repository]}
        for row in known[repository]:
            always = {"status": None, "date": None, "status_raw": None}
            fields = (
                "path",
                "kind",
                "number",
                "id",
                "title",
                "archived",
                "status_raw",
                "status",
                "date",
                "session_log_entries",
            )
            expected = {name: value for name, value in {**always, **row}.items() if name in fields}
            assert {name: found[row["path"]][name] for name in expected} == expected
    duplicates: dict[str, set[str]] = {}
    for item in build.index.problems:
        if item.repository == "renderx" and item.problem.code == "decision.duplicate_number":
            record = next(r for r in records if r["path"] == item.problem.path)
            duplicates.setdefault(f"{record['series']}#{record['number']:04d}", set()).add(record["path"])
    assert duplicates == {series: set(paths) for series, paths in known["renderx_duplicate_numbers"].items()}


def test_every_session_note_equals_what_is_known_of_it(real: Fleet) -> None:
    records = as_json(build_index(real.engine, NOTES).index)["records"]
    known = truth("session_notes")
    notes = [r for r in records if r["repo"] == "axpona-pr" and r["source"] == "note"]
    assert len(notes) == sum(len(note["entries"]) for note in known["axpona-pr"]["notes"])
    for note in known["axpona-pr"]["notes"]:
        found = [r for r in notes if r["path"] == note["path"]]
        assert {(r["issue"], r["title"], r["status"]) for r in found} == {
            (note["issue"], note["title"], note["status"])
        }
        entries = [{"date": r["date"], "next_steps": len(r["next_steps"])} for r in found]
        assert entries == note["entries"]
    rows = [r for r in records if r["source"] == "index_row"]
    section = {"in_progress": "Active", "complete": "Complete"}
    assert [
        {
            "path": r["path"],
            "section": section[r["status"]],
            "issue": r["issue"],
            "target_exists": r["target_exists"],
            "date": r["date"],
        }
        for r in rows
    ] == known["axpona-pr"]["index"]
    logs: dict[str, list[dict[str, Any]]] = {}
    for r in records:
        if r["source"] == "session_log" and r["repo"] == "semops-core":
            logs.setdefault(r["path"], []).append({"line": r["line"], "date": r["date"], "heading": r["title"]})
    assert logs == {log["path"]: log["entries"] for log in known["semops-core"]["session_logs"]}


def test_the_indexes_are_byte_stable_and_full_of_the_fleet(real: Fleet, tmp_path: Path) -> None:
    for kind in (DECISIONS, NOTES):
        first, second = build_index(real.engine, kind), build_index(real.engine, kind)
        assert first.files == second.files and not second.changed
        page = "".join(text.decode() for text in second.files.values())
        assert str(tmp_path) not in page
        heads = [c.commit for c in second.index.coverage]
        touched = {record.commit for record in second.index.records}
        assert not [head for head in heads if head not in touched and head in page], "a scanned head is in the pages"

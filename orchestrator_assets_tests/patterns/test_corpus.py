"""The real pattern documents against what is known of them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import Any

import pytest

from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.patterns.kind import KIND
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

pytestmark = pytest.mark.corpus
NAME = "semops-dx-orchestrator"
WAYS = {
    "exact": "exact",
    "unresolved": "unresolved",
    "retired (file not published)": "retired",
    "with -pattern suffix": "suffix",
}


def git(fleet: Fleet, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(fleet.folder / "repos" / NAME), *arguments],
        env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_every_pattern_equals_what_is_known_of_it(fleet: Fleet) -> None:
    (fleet.folder / "repos").mkdir()
    bundle = corpus() / "corpus" / f"{NAME}.bundle"
    target = fleet.folder / "repos" / NAME
    subprocess.run(["git", "clone", "-q", "-b", "main", str(bundle), str(target)], env=GIT_ENVIRONMENT, check=True)
    fleet.register(NAME)
    fleet.scan()
    known: Any = json.loads((corpus() / "truth" / "patterns.json").read_text())
    commits = json.loads((corpus() / "truth" / "registry.json").read_text())["commits_in_the_bundle"]
    found = as_json(build_index(fleet.engine, KIND).index)
    records = {record["path"]: record for record in found["records"]}
    rows = [row for row in known["documents"] if row["kind"] == "pattern"]
    assert set(records) == {row["path"] for row in rows} and len(rows) == 41
    same = ("id", "title", "metadata_style", "version", "status", "last_updated", "provenance", "provenance_raw",
            "derives_from_raw", "derives_from_form")  # fmt: skip
    for row in rows:
        record = records[row["path"]]
        assert {name: record[name] for name in same} == {name: row[name] for name in same}
        assert record["derives_from"] == (row["derives_from_ids"] or [])
        assert record["commit"] == commits[row["last_commit"][:7]]
        assert git(fleet, "log", "-1", "--format=%cs", "--", row["path"]) == row["last_commit_date"]
        assert len(git(fleet, "log", "--format=%h", "--", row["path"]).split()) == row["commits_touching"]
    assert found["totals"]["documents_found"] == len(known["documents"]) - 2, "an index page and a template are none"

    extras, lineage = found["extras"], known["lineage"]
    assert extras["by_provenance"] == {
        name.lower(): number for name, number in known["provenance_counts"]["patterns"].items()
    }
    edges = {(edge["from"], edge["to"], WAYS[edge["resolution"]]) for edge in lineage["edges_backticked"]}
    assert {(edge["from"], edge["to"], edge["resolution"]) for edge in extras["lineage"]["edges"]} == edges
    assert extras["lineage"]["counts"] == {WAYS[name]: number for name, number in lineage["counts"].items()}
    assert len(extras["lineage"]["edges"]) == 29

    forms = Counter(str(record["derives_from_form"]) for record in records.values())
    assert forms == known["provenance_counts"]["derives_from_form"]
    raws = Counter(record["provenance_raw"] for record in records.values())
    assert raws == {row["raw"]: row["count"] for row in known["provenance_counts"]["raw_values"]}
    messages = {(problem["code"], problem["path"]): problem["message"] for problem in found["problems"]}
    page, pages = "docs/domain-patterns/README.md", known["index_vs_files"]
    active = pages["readme_rows_active_and_guides"] - pages["of_which_guides"]
    assert (
        messages["pattern.claim", page] == f"states {pages['readme_claims_active']} active patterns and names {active}"
    )
    assert messages["pattern.listed_missing", page].startswith(f"names {pages['dangling_rows'][0]}, which is not there")
    assert "inferred: data-profiling" in messages["pattern.listed_missing", page]
    unlisted = [path for code, path in messages if code == "pattern.unlisted"]
    assert unlisted == [f"docs/domain-patterns/{name}" for name in pages["files_without_row"]]
    damaged = [
        p["message"] for p in found["problems"] if p["code"] == "pattern.dangling_edge" and "inferred" in p["message"]
    ]
    assert damaged == [
        "derives from semops-dataofiling, which no pattern has as its id (inferred: data-profiling was meant)"
    ]

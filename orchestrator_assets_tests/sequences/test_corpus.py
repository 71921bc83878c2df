"""The real sequences and registries against what is known of them, and the alarms on the commits that deserve them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import Any

import pytest

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.aggregate import as_json, build_index, integrity_of
from orchestrator_assets.domains.kind import KIND as DOMAINS
from orchestrator_assets.fleet.travel import index_at, moment_of
from orchestrator_assets.sequences.kind import KIND as SEQUENCES
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, corpus

pytestmark = pytest.mark.corpus
NAME = "renderx"


def git(fleet: Fleet, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(fleet.folder / "repos" / NAME), *arguments],
        env=GIT_ENVIRONMENT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def real(fleet: Fleet) -> Fleet:
    """The real repository at the commit that is known, scanned."""
    target = fleet.folder / "repos" / NAME
    target.parent.mkdir()
    bundle = corpus() / "corpus" / f"{NAME}.bundle"
    subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(target)], env=GIT_ENVIRONMENT, check=True)
    git(fleet, "update-ref", "refs/heads/later", "refs/heads/main")
    git(fleet, "update-ref", "refs/heads/main", "seed")
    fleet.register(NAME)
    assert fleet.scan()[NAME].status.value == "ok"
    return fleet


def known() -> Any:
    return json.loads((corpus() / "truth" / "sequences.json").read_text())


def test_every_sequence_equals_what_is_known_of_it(real: Fleet) -> None:
    found = as_json(build_index(real.engine, SEQUENCES).index)
    sources = {row["path"]: row for row in found["records"] if row["tier"] != "copy"}
    copies = {(row["of"], row["path"]): row["copy_state"] for row in found["records"] if row["tier"] == "copy"}
    assert set(sources) == {row["path"] for row in known()["sequences"]}
    for row in known()["sequences"]:
        record = sources[row["path"]]
        assert {
            "id": record["id"],
            "plugin": record["plugin_id"],
            "package": record["package"],
            "tier": record["tier"],
            "name": record["name"],
            "movements": record["movements"],
            "beats": record["beats"],
            "handlers_count": len(record["handlers"]),
            "listed_in_index": record["listed"],
        } == {name: row[name] for name in row if name not in ("path", "copies")}
    assert copies == {
        (row["path"], copy["path"]): copy["state"] for row in known()["sequences"] for copy in row["copies"]
    }


def test_the_totals_equal_what_is_known(real: Fleet) -> None:
    totals, extras = known()["totals"], build_index(real.engine, SEQUENCES).index.extras
    declared = totals["declared"]
    assert extras["declared"] == {
        "sequences": declared["sequences"], "movements": declared["movements"], "beats": declared["beats"],
        "handlers": declared["distinct_handlers"], "events": declared["distinct_events"],
    }  # fmt: skip
    both = {name: extras["declared"][name] + extras["undeclared"][name] for name in totals["all"]}
    assert both == totals["all"]
    assert extras["by_plugin"] == totals["by_pluginId"]
    assert extras["copies"] == totals["copies"]
    packages = {
        row["package"]: {name: row[name] for name in ("tier", "sequences", "movements", "beats")}
        for row in extras["by_package"]
    }
    assert packages == totals["by_package"]


def test_the_famous_55_are_explained(real: Fleet) -> None:
    claim = known()["catalog_sequences_json"]
    [told] = build_index(real.engine, SEQUENCES).index.extras["claims"]
    assert told["path"] == claim["path"]
    stated, real_ones, pages = (
        claim["summary"]["totalSequences"],
        claim["reproduced_at_seed"]["real_sequences"],
        claim["reproduced_at_seed"]["index_files"],
    )
    assert told["claim"] == (
        f"states {stated} sequences; {real_ones} are there: {real_ones} and the {pages} index.json files beside them; "
        f"{claim['entries_without_id']} of its entries have no id"
    )


@pytest.mark.parametrize("tag", ["seed", "seed16"])
def test_every_domain_equals_what_is_known_of_it(real: Fleet, tag: str) -> None:
    repositories = fleet_store.fleet(real.engine)
    index = build_index(real.engine, DOMAINS).index if tag == "seed" else index_at(
        real.engine, real.settings, DOMAINS, repositories, tag
    )  # fmt: skip
    truth = known()["domains"][tag]
    rows = {record["id"]: record for record in as_json(index)["records"]}
    assert set(rows) == {row["id"] for row in truth["domains"]}
    for row in truth["domains"]:
        record = rows[row["id"]]
        found = {
            "id": record["id"], "name": record["name"], "category": record["category"], "status": record["status"],
            "sequenceFile": record["sequence_file"], "implemented": record["state"] == "implemented",
            "registry_movements": record["registry_movements"], "registry_beats": record["registry_beats"],
            "pluginId": record["plugin_id"], "path_as_written_resolves": record["resolves_as_written"],
            "path_normalised_resolves": record["resolved_file"] is not None,
            "sequence_id_in_file": record["sequence_id"], "envelope": record["envelope"],
            "actual_movements": record["movements"], "actual_beats": record["beats"],
            "beats_form": list(record["beats_forms"]), "declared_beats": None, "drift": record["drift"],
        }  # fmt: skip
        assert {name: found[name] for name in row} == row
    [summary] = index.extras["registries"]
    assert summary["by_category"] == truth["by_category"] and summary["by_status"] == truth["by_status"]
    assert summary["drifted"] == sorted(truth["drifted"])
    states = Counter(record["state"] for record in rows.values())
    assert sum(states.values()) == truth["total"] and states["implemented"] == truth["implemented"]
    assert sorted(name for name, row in rows.items() if row["state"] == "placeholder") == sorted(truth["placeholders"])
    assert {record["sequence_file"] is not None for record in rows.values()} and (
        states["implemented"] + states["broken"] == truth["with_sequenceFile"]
    )


def test_rows_and_sequences_without_each_other(real: Fleet) -> None:
    extras = build_index(real.engine, DOMAINS).index.extras
    assert [row["id"] for row in extras["rows_without_sequence"]] == known()["registry_rows_without_sequence"]
    assert [row["id"] for row in extras["sequences_without_row"]] == known()["sequences_without_registry_row"]


def test_the_commit_that_replaced_beats_by_counts_is_named(real: Fleet) -> None:
    assert integrity_of(build_index(real.engine, SEQUENCES).index.problems) == []
    culprit = git(real, "rev-parse", "later")
    git(real, "update-ref", "refs/heads/main", "later")
    real.scan()
    lost = [item.problem.message for item in build_index(real.engine, SEQUENCES).integrity]
    beats = [int(message.partition("its ")[2].partition(" beats")[0]) for message in lost]
    assert sum(beats) == 90 and all(culprit in message for message in lost)
    assert [item.problem.code for item in build_index(real.engine, DOMAINS).integrity] == ["index.reads_blocked"] * 3


def test_the_commit_that_dropped_the_registry_is_named(real: Fleet) -> None:
    culprit = git(real, "log", "--format=%H", "--diff-filter=D", "later", "--", "orchestration-domains.json")
    assert culprit == git(real, "rev-parse", "registry-absent")
    git(real, "update-ref", "refs/heads/main", "registry-absent")
    real.scan()
    [lost] = build_index(real.engine, DOMAINS).integrity
    assert lost.problem.code == "domain.registry_lost" and culprit in lost.problem.message


def test_the_registry_as_of_a_date(real: Fleet) -> None:
    git(real, "update-ref", "refs/heads/main", "later")
    repositories = fleet_store.fleet(real.engine)
    moment = git(real, "log", "-1", "--format=%cI", "seed16")
    then = index_at(real.engine, real.settings, DOMAINS, repositories, moment_of(moment))
    assert then.coverage[0].commit == git(real, "rev-list", "-1", f"--before={moment}", "main")
    assert len(then.records) == known()["domains"]["seed16"]["total"]

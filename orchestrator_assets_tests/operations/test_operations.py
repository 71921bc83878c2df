"""Health, metrics, the dashboard and the doctor, against a catalog with something in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine

from orchestrator_assets.catalog import approval_store, delivery_store, inbox_store, report_store
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.kinds import kinds
from orchestrator_assets.operations import machine
from orchestrator_assets.operations.health import readiness
from orchestrator_assets.operations.machine import Level, examine
from orchestrator_assets.operations.metrics import metrics
from orchestrator_assets_tests.conftest import CHECKOUT
from orchestrator_assets_tests.fleets import Fleet, decision


@pytest.fixture
def busy(fleet: Fleet) -> Fleet:
    """A fleet with a failing repository, a change that waits, problems, indexes, and something of everything else."""
    made, gone = fleet.make("a", "b")
    made.commit({"docs/decisions/ADR-0001-again.md": decision(1)})
    shutil.rmtree(gone.path)
    fleet.scan()
    for kind in kinds():
        build_index(fleet.engine, kind)
    item = inbox_store.Delivery("github", "d", ("a",), None, None)
    inbox_store.take(fleet.engine, item, 10, 60)
    report_store.save(fleet.engine, report_store.StoredReport("week-2026-01-05 UTC", "{}", True), False)
    delivery_store.put(fleet.engine, "week-2026-01-05 UTC", "x", ["mail"])
    approval_store.request(fleet.engine, approval_store.Sort.PLAYBOOK, "p", "a", {}, "k")
    with fleet.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO catalog.model_call (run_id, correlation_id, purpose, prompt_version, cache_key, model_asked, "
            "reserved_tokens, reserved_cost, outcome) VALUES ('r', 'r/s', 'p', 'v', 'k', 'm', 1, 0, 'ok')"
        )
    return fleet


def samples(fleet: Fleet) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(metrics(fleet.engine).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[",".join(sample.labels.values())] = sample.value
    return found


def test_metrics_tell_what_is(busy: Fleet) -> None:
    found = samples(busy)
    assert found["orchestrator_repositories"] == {"ok": 1, "missing": 1}
    assert found["orchestrator_repositories_failing"] == {"": 1}
    assert found["orchestrator_inbox_waiting"] == {"": 1} and found["orchestrator_inbox_oldest_seconds"][""] >= 0
    assert found["orchestrator_problems"]["decision,error"] >= 1
    assert found["orchestrator_deliveries"] == {"waiting": 1} and found["orchestrator_model_calls"] == {"ok": 1}
    assert set(found["orchestrator_index_held_back"]) == {kind.index for kind in kinds()}


def test_every_query_of_the_dashboard_has_a_series(busy: Fleet) -> None:
    found = samples(busy)
    dashboard = json.loads((CHECKOUT / "deploy" / "grafana" / "orchestrator.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) >= 10
    for query in queries:
        [name] = re.findall(r"orchestrator_\w+", query)
        assert found.get(name), f"{query} has no series"
        for label in re.findall(r"by \((\w+)\)", query):
            assert f'{label}="' in metrics(busy.engine).decode()
    assert {name for query in queries for name in re.findall(r"orchestrator_\w+", query)} == set(found)


def test_an_empty_catalog_has_metrics_and_is_not_ready(fleet: Fleet) -> None:
    assert samples(fleet)["orchestrator_inbox_waiting"] == {"": 0}
    parts = {part.name: part.ready for part in readiness(fleet.engine)}
    assert parts == {"database": True, "registry": False, "daemon": True}
    fleet.make("a")
    assert all(part.ready for part in readiness(fleet.engine))


def test_readiness_tells_the_truth_of_a_dead_database_old_tables_and_an_absent_daemon(busy: Fleet) -> None:
    [part] = readiness(create_engine("postgresql+psycopg2://x@127.0.0.1:1/x", connect_args={"connect_timeout": 2}))
    assert (part.name, part.ready) == ("database", False)
    with busy.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE catalog.inbox SET received_at = now() - interval '1 hour'")
        connection.exec_driver_sql("UPDATE catalog.alembic_version SET version_num = '0001'")
    found = {part.name: part for part in readiness(busy.engine)}
    assert not found["daemon"].ready and "is the daemon running" in found["daemon"].detail
    assert not found["database"].ready and "0001" in found["database"].detail


def test_the_doctor_finds_what_is_wrong_and_how_to_mend_it(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.settings.fleet_path.write_text("repos: [")
    env = fleet.folder / ".env"
    env.write_text("X=1\n")
    env.chmod(0o644)
    monkeypatch.setattr(machine, "_FREE", 10**18)
    found = {item.what: item for item in examine(fleet.settings)}
    assert {what for what, item in found.items() if item.level is not Level.OK} >= {"fleet registry", ".env", "disk"}
    assert found["fleet registry"].level is Level.ERROR and found[".env"].cure.startswith("chmod 600")
    assert found["database"].found.startswith("PostgreSQL")
    assert all(item.cure for item in found.values() if item.level is not Level.OK)


def test_the_doctor_as_a_command(fleet: Fleet) -> None:
    fleet.make("a")
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator_assets.cli", "doctor", "--json"], capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["works"]
    fleet.settings.fleet_path.write_text("repos: [")
    done = subprocess.run([sys.executable, "-m", "orchestrator_assets.cli", "doctor"], capture_output=True, text=True)
    assert done.returncode == 1 and "mend the file" in done.stdout

"""Mirrors packed, rows forgotten; what is needed stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import dagster as dg
import pytest

from orchestrator_assets.definitions import defs
from orchestrator_assets.fleet import bare
from orchestrator_assets.fleet.maintenance import maintain
from orchestrator_assets.settings import settings
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GitRepository


@pytest.fixture
def mirrored(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A remote repository that was fetched many times."""
    monkeypatch.setenv("ORCHESTRATOR_LOCAL_ROOTS", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    made = GitRepository.create(tmp_path / "remote")
    made.commit({"docs/decisions/ADR-0001-first.md": decision(1)})
    fleet = Fleet(fleet.folder, fleet.engine, settings())
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: shop\n    url: file://{made.path}\n")
    fleet.register_file()
    for number in range(2, 12):
        fleet.scan()
        made.commit({f"docs/decisions/ADR-{number:04d}-x.md": decision(number)})
    fleet.scan()
    return fleet


def packs(fleet: Fleet) -> tuple[int, int]:
    [mirror] = fleet.settings.mirrors_path.glob("*.git")
    loose = list((mirror / "objects").glob("??/*"))
    return len(loose), len(list((mirror / "objects" / "pack").glob("*.pack")))


def test_a_mirror_is_packed_and_reads_as_before(mirrored: Fleet) -> None:
    before = packs(mirrored)
    done = maintain(mirrored.engine, mirrored.settings)
    assert (done.packed, done.failed, done.unused) == (1, {}, ()) and packs(mirrored) == (0, 1) != before
    assert done.bytes_after < done.bytes_before
    assert mirrored.scan()["shop"].status.value in ("ok", "unchanged")
    [mirror] = mirrored.settings.mirrors_path.glob("*.git")
    assert (mirror / "objects" / "info" / "commit-graph").exists()


def test_a_mirror_in_use_is_left_and_a_damaged_one_is_told(mirrored: Fleet) -> None:
    [mirror] = mirrored.settings.mirrors_path.glob("*.git")
    with bare.exclusive(mirror.with_suffix(".lock"), 5):
        found = []
        thread = threading.Thread(target=lambda: found.append(maintain(mirrored.engine, mirrored.settings)))
        thread.start()
        thread.join()
    assert found[0].busy == (mirror.name,) and found[0].packed == 0
    for path in (mirror / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"damaged")
    assert mirror.name in maintain(mirrored.engine, mirrored.settings).failed


def test_rows_that_nothing_needs_go_and_the_others_stay(mirrored: Fleet) -> None:
    with mirrored.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE catalog.observation SET observed_at = now() - interval '1 year'")
        connection.exec_driver_sql(
            "INSERT INTO catalog.parsed_blob (kind, version, blob, suffix, problems, counted) "
            "VALUES ('decision', 0, 'x', '.md', '[]', true), ('gone', 1, 'x', '.md', '[]', true)"
        )
    done = maintain(mirrored.engine, mirrored.settings)
    assert done.rows["parsed_blob"] == 2 and done.rows["observation"] == 10 and done.rows["registry_version"] == 0
    assert mirrored.scan()["shop"].status.value in ("ok", "unchanged")
    assert maintain(mirrored.engine, mirrored.settings).rows == dict.fromkeys(done.rows, 0)


def test_old_answers_of_forges_go(mirrored: Fleet) -> None:
    folder = mirrored.settings.home_path / "forges"
    folder.mkdir()
    for name, days in (("old", 91), ("young", 89)):
        (folder / f"{name}.json").write_text("{}")
        moment = time.time() - days * 86_400
        os.utime(folder / f"{name}.json", (moment, moment))
    assert maintain(mirrored.engine, mirrored.settings).answers == 1
    assert [path.name for path in folder.iterdir()] == ["young.json"]


def test_the_command_and_the_job(mirrored: Fleet, instance: dg.DagsterInstance) -> None:
    command = [sys.executable, "-m", "orchestrator_assets.cli", "maintain", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and json.loads(done.stdout)["packed"] == 1, done.stderr
    result = defs().resolve_job_def("maintenance").execute_in_process(instance=instance)
    assert result.success and [check.passed for check in result.get_asset_check_evaluations()] == [True]

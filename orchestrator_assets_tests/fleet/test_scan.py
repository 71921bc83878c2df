"""Scanning: what is read once, what is never lost, and what one bad repository does to the others."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update

from orchestrator_assets.catalog import fleet_store, index_store, snapshot_store
from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.catalog.tables import document, observation, parsed_blob, problem, record, repository_state
from orchestrator_assets.decisions.kind import KIND
from orchestrator_assets.fleet.objects import Status
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.problems import Problem
from orchestrator_assets.session_notes.kind import KIND as NOTES
from orchestrator_assets_tests.fleets import Fleet, decision


def titles(fleet: Fleet) -> dict[tuple[str, str], str]:
    index = build_index(fleet.engine, KIND).index
    return {(item.repository, item.path): item.payload.title for item in index.records}  # type: ignore[attr-defined]


def count(fleet: Fleet, table: Any) -> int:
    with fleet.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_scan_keeps_records_with_their_provenance(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    first = made.git("rev-parse", "HEAD")
    head = made.commit({"docs/decisions/ADR-0002-second.md": decision(2)}, date="2025-07-01T12:00:00+02:00")
    result = fleet.scan()["a"]
    assert (result.status, result.changed, result.commit, result.ref) == (Status.OK, True, head, "refs/heads/main")
    assert (result.documents["decisions"], result.documents["session-notes"]) == (2, 0)
    one, two = build_index(fleet.engine, KIND).index.records
    assert (one.repository, one.path, one.line, one.commit) == ("a", "docs/decisions/ADR-0001-first.md", 1, first)
    assert two.commit == head
    assert two.blob == made.git("rev-parse", "HEAD:docs/decisions/ADR-0002-second.md")
    payload = two.payload.model_dump()
    assert payload["first_commit_date"] == payload["last_commit_date"] == "2025-07-01T12:00:00+02:00"


def test_an_unchanged_repository_is_not_read_again(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.make("a")
    fleet.scan()
    monkeypatch.setattr("orchestrator_assets.fleet.scan._read", lambda *_: pytest.fail("read again"))
    result = fleet.scan()["a"]
    assert (result.status, result.changed) == (Status.UNCHANGED, False)


def test_a_blob_is_parsed_once_for_the_whole_fleet(fleet: Fleet) -> None:
    made = fleet.make("a", "b", "c")
    fleet.scan()
    decisions = [row for row in _rows(fleet, parsed_blob) if row.kind == "decision"]
    assert len(decisions) == 1, "three repositories hold the same blob"
    made[0].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    fleet.scan()
    assert len([row for row in _rows(fleet, parsed_blob) if row.kind == "decision"]) == 2


def _rows(fleet: Fleet, table: Any) -> list[Any]:
    with fleet.engine.connect() as connection:
        return list(connection.execute(select(table)))


def test_changed_settings_and_removed_files_take_effect(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"doc/choices/0007-x.md": decision(7)})
    fleet.scan()
    assert set(titles(fleet)) == {("a", "docs/decisions/ADR-0001-first.md")}
    made.commit({".orchestrator.yaml": "decisions:\n  places: [doc/choices]\n"})
    fleet.scan()
    assert set(titles(fleet)) == {("a", "doc/choices/0007-x.md")}
    made.commit(remove=["doc/choices/0007-x.md"])
    fleet.scan()
    assert titles(fleet) == {}
    assert [row.path for row in _rows(fleet, document) if row.kind == "decision"] == []


def test_settings_that_nobody_reads_are_told_with_their_line(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    text = "decision:\n  places: [x]\nsequences:\n  root: [y]\ndistribute:\n  ci: [.github]\n"
    made.commit({".orchestrator.yaml": text})
    fleet.scan()
    told = [row for row in _rows(fleet, problem) if row.code == "repository.settings_unknown_key"]
    assert [(row.line, row.message) for row in sorted(told, key=lambda row: row.line)] == [
        (1, "settings: 'decision' is no setting; did you mean 'decisions'?"),
        (4, "sequences: 'root' is no setting; did you mean 'roots'?"),
    ]


def test_settings_in_the_registry_take_effect_without_a_commit(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"notes/0007-x.md": decision(7)})
    fleet.scan()
    settings = "    settings:\n      decisions: {places: [notes]}\n"
    fleet.settings.fleet_path.write_text(f"repos:\n  - name: a\n    url: repos/a\n{settings}")
    sync_fleet(fleet.engine, fleet.settings)
    fleet.scan()
    assert set(titles(fleet)) == {("a", "notes/0007-x.md")}


def test_one_bad_repository_keeps_nobody_waiting_and_its_last_good_records(fleet: Fleet) -> None:
    made = fleet.make("bad", "good")
    fleet.scan()
    shutil.rmtree(made[0].path)
    made[1].commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    results = fleet.scan()
    assert (results["bad"].status, results["good"].status) == (Status.MISSING, Status.OK)
    index = build_index(fleet.engine, KIND).index
    assert index.totals["by_repo"] == {"bad": 1, "good": 2}
    assert index.totals["repositories_failed"] == 1
    [coverage] = [item for item in index.coverage if item.repository == "bad"]
    assert coverage.failed and coverage.status == "missing" and coverage.commit is not None


def test_a_repository_that_lost_all_its_refs_is_no_empty_repository(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    made.git("update-ref", "-d", "refs/heads/main")
    assert fleet.scan()["a"].status is Status.NO_HEAD
    assert len(titles(fleet)) == 1


def test_waits_grow_with_failures_and_end_with_success(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    moved = made.path.rename(made.path.with_name("elsewhere"))
    waits = []
    for _ in range(3):
        fleet.scan()
        with fleet.engine.connect() as connection:
            waits.append(
                connection.execute(select(repository_state.c.next_attempt_at - func.clock_timestamp())).scalar_one()
            )
    assert waits[0] < waits[1] < waits[2]
    moved.rename(made.path)
    fleet.scan()
    [target] = fleet_store.targets(fleet.engine)
    assert (target.status, target.failures, target.next_attempt_at, target.failing_since) == ("ok", 0, None, None)


def test_a_slower_scan_of_an_older_commit_never_overwrites_a_newer_one(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = fleet.make("a")
    write = snapshot_store.replace_snapshot

    def overtaken(*arguments: Any) -> bool:
        monkeypatch.setattr(snapshot_store, "replace_snapshot", write)
        made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
        assert fleet.scan()["a"].changed
        return write(*arguments)

    monkeypatch.setattr(snapshot_store, "replace_snapshot", overtaken)
    slow = fleet.scan()["a"]
    assert (slow.status, slow.changed) == (Status.UNCHANGED, False)
    assert len(titles(fleet)) == 2
    [target] = fleet_store.targets(fleet.engine)
    assert target.scanned_commit == made.git("rev-parse", "HEAD")


def test_many_scans_of_one_repository_at_once_agree(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    with ThreadPoolExecutor(6) as pool:
        futures = []
        for number in range(2, 10):
            made.commit({f"docs/decisions/ADR-000{number}-x.md": decision(number)})
            futures.append(pool.submit(fleet.scan))
        for future in futures:
            future.result()
    fleet.scan()
    assert len(titles(fleet)) == 9
    assert count(fleet, record) == 9


def test_a_force_push_back_to_an_old_commit_is_a_new_observation(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    first = made.git("rev-parse", "HEAD")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    fleet.scan()
    made.git("reset", "-q", "--hard", first)
    result = fleet.scan()["a"]
    assert (result.status, result.changed, result.commit) == (Status.OK, True, first)
    assert len(titles(fleet)) == 1
    assert count(fleet, observation) == 3


def test_a_rename_by_alias_keeps_the_records(fleet: Fleet) -> None:
    fleet.make("old")
    fleet.scan()
    fleet.settings.fleet_path.write_text("repos:\n  - name: new\n    url: repos/old\n    aliases: [old]\n")
    reading = sync_fleet(fleet.engine, fleet.settings)
    assert (reading.intact, reading.renamed, reading.lost) == (True, {"old": "new"}, [])
    assert fleet.scan()["new"].status is Status.UNCHANGED
    assert set(titles(fleet)) == {("new", "docs/decisions/ADR-0001-first.md")}


def test_files_over_the_limit_and_links_are_named_not_read(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/decisions/ADR-0002-big.md": b"0" * (fleet.settings.blob_limit + 1)})
    (made.path / "docs/decisions/ADR-0003-link.md").symlink_to("/etc/passwd")
    made.commit()
    fleet.scan()
    index = build_index(fleet.engine, KIND).index
    assert index.totals["documents_found"] == 2
    assert (index.totals["documents_parsed"], index.totals["documents_refused"]) == (1, 1)
    codes = {item.problem.code: item.problem.path for item in index.problems}
    assert codes["document.too_large"] == "docs/decisions/ADR-0002-big.md"
    assert codes["document.not_a_file"] == "docs/decisions/ADR-0003-link.md"


def test_pages_that_we_generated_are_never_read_back_in(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    page = KIND.render(build_index(fleet.engine, KIND).index)["ADR_INDEX.md"]
    made.commit({"docs/decisions/ADR-0009-copy.md": page})
    fleet.scan()
    assert build_index(fleet.engine, KIND).index.totals["documents_found"] == 1


def test_a_defect_of_a_parser_is_an_integrity_problem_and_the_rest_goes_on(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/decisions/ADR-0002-x.md": "boom"})
    parse = KIND.parse

    def broken(data: bytes, suffix: str) -> Any:
        if data == b"boom":
            raise IndexError("a defect")
        return parse(data, suffix)

    object.__setattr__(KIND, "parse", broken)
    try:
        assert fleet.scan()["a"].status is Status.OK
    finally:
        object.__setattr__(KIND, "parse", parse)
    build = build_index(fleet.engine, KIND)
    found: list[Problem] = [i.problem for i in build.index.problems if i.problem.code == "document.parser_failed"]
    assert [(item.path, item.sort.value) for item in found] == [("docs/decisions/ADR-0002-x.md", "integrity")]
    assert build.index.totals["documents_refused"] == 1
    kept = [row for row in _rows(fleet, parsed_blob) if row.kind == KIND.name]
    assert len(kept) < 2, "a defect is not remembered as the blob's outcome"


def test_a_repository_replaced_by_another_is_told(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    fleet.scan()
    shutil.rmtree(made.path)
    fresh = type(made).create(made.path)
    fresh.commit({"docs/decisions/ADR-0005-other.md": decision(5)}, message="another repository")
    fleet.scan()
    problems = index_store.repository_problems(fleet.engine, ["repository"])
    assert [item.problem.code for item in problems] == ["repository.replaced"]


def test_what_a_dead_process_left_behind_is_scanned_again(fleet: Fleet) -> None:
    """A scan that was killed after it numbered the change, before it wrote: the next one does the work."""
    [made] = fleet.make("a")
    fleet.scan()
    head = made.commit({"docs/decisions/ADR-0002-x.md": decision(2)})
    fleet_store.observe(fleet.engine, "a", lambda: ("refs/heads/main", head), "killed")
    assert fleet.scan()["a"].changed
    assert len(titles(fleet)) == 2


def test_a_new_parser_version_parses_anew(fleet: Fleet) -> None:
    fleet.make("a")
    fleet.scan()
    with fleet.engine.begin() as connection:
        connection.execute(update(repository_state).values(scanned_with="made by older parsers"))
    assert fleet.scan()["a"].changed


def test_notes_among_decisions_are_counted_once_they_are_records(fleet: Fleet) -> None:
    """Where a repository keeps its notes below a decision folder, they count as notes and the index reconciles."""
    [made] = fleet.make("a")
    note = "# Issue #3: Work\n\n> **Status:** In Progress\n\n## 2026-01-05\n\nText.\n"
    made.commit(
        {".orchestrator.yaml": "session-notes:\n  places: [docs/decisions/notes]\n", "docs/decisions/notes/3.md": note}
    )
    fleet.scan()
    build = build_index(fleet.engine, NOTES)
    assert build.integrity == ()
    assert (build.index.totals["documents_found"], build.index.totals["records"]) == (1, 1)


def test_commits_without_content_are_counted_and_no_file_is_looked_at(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({".mailmap": "Ada <ada@example.org>\n", "docs/decisions/ADR-0002-x.md": "no decision"})
    fleet.scan()
    for _ in range(3):
        made.commit()
    moved = fleet.scan()["a"]
    assert moved.changed and moved.facts["commits"] == 5 and set(moved.parts) == {"load", "history"}
    whole = build_index(fleet.engine, KIND).index
    assert whole.coverage[0].commit == made.git("rev-parse", "HEAD") == moved.commit
    assert {row.commit for row in _rows(fleet, problem)} == {moved.commit}
    with fleet.engine.begin() as connection:
        connection.execute(update(repository_state).values(scanned_with="x", scanned_seq=None))
    read = fleet.scan()["a"]
    assert "parse decisions" in read.parts or "list" in read.parts
    assert (read.facts, read.documents, read.problems) == (moved.facts, moved.documents, moved.problems)
    assert as_json(build_index(fleet.engine, KIND).index) == as_json(whole)


def test_the_same_content_again_with_other_content_between_is_read(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    before = made.git("rev-parse", "HEAD")
    fleet.scan()
    made.commit({"docs/decisions/ADR-0001-first.md": decision(1, title="Other")}, date="2025-07-01T00:00:00+00:00")
    made.git("revert", "--no-edit", "HEAD", date="2025-07-02T00:00:00+00:00")
    assert made.git("rev-parse", "HEAD^{tree}") == made.git("rev-parse", f"{before}^{{tree}}")
    assert "list" in fleet.scan()["a"].parts
    [found] = [row for row in _rows(fleet, document) if row.kind == "decision"]
    assert found.last_commit == made.git("rev-parse", "HEAD"), "its date is that of the way back"

"""The command line as scripts use it: a process, its exit code, its JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestrator_assets.kinds import kinds
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.repositories import GitRepository

TOTALS = {"repositories", "repositories_failed", "documents_found", "documents_parsed", "documents_refused", "records",
          "by_status", "by_repo"}  # fmt: skip
NOTE = "# Issue #3: Work\n\n> **Status:** In Progress\n\n## 2026-01-05\n\n### Next Steps\n\n- Go on\n"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrator_assets.cli", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    assert "\x1b[" not in done.stdout, "colour in a pipe"
    return done


def told(*arguments: str, code: int = 0) -> Any:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def small(fleet: Fleet) -> Fleet:
    """Two repositories; one has a session note and an unknown status."""
    made = fleet.make("payments", "webshop")
    made[0].commit(
        {"docs/session-notes/ISSUE-3-work.md": NOTE, "docs/decisions/ADR-0002-x.md": decision(2, status="Perhaps")}
    )
    return fleet


def test_help_names_every_command_and_its_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("scan", "index", "check", "publish", "repos", "dev", "demo", "search", "problems", "Exit codes"):
        assert word in done.stdout


def test_scan_prints_what_came_of_each_repository(small: Fleet) -> None:
    first = told("scan", "--json")
    assert set(first["repositories"][0]) >= {
        "repo",
        "status",
        "commit",
        "ref",
        "changed",
        "facts",
        "documents",
        "problems",
        "seconds",
    }
    assert {row["repo"]: row["status"] for row in first["repositories"]} == {"payments": "ok", "webshop": "ok"}
    facts = first["repositories"][0]["facts"]
    assert facts["commits"] == 2 and facts["files"] == 4 and facts["languages"]["Markdown"] > 0
    again = told("scan", "--json", "--repo", "webshop")
    assert [row["status"] for row in again["repositories"]] == ["unchanged"]
    assert again["repositories"][0]["facts"]["commits"] == 1
    (small.folder / "repos/webshop").rename(small.folder / "repos/gone")
    failed = told("scan", "--json", code=1)
    assert failed["totals"]["by_status"] == {"missing": 1, "unchanged": 1}
    assert run("scan", "--repo", "nowhere").returncode == 2
    assert run("scan", "--nonsense").returncode == 2


def test_indexes_have_the_shape_that_scripts_rely_on(small: Fleet) -> None:
    run("scan")
    decisions = told("index", "decisions", "--json")
    assert decisions["index"] == "decisions" and set(decisions["totals"]) == TOTALS
    assert set(decisions["commits"]) == {"payments", "webshop"}
    assert set(decisions["records"][0]) >= {
        "repo", "path", "commit", "blob", "line", "kind", "series", "number", "id", "title", "status_raw", "status", "date_raw",
        "date", "archived", "deciders", "tags", "supersedes", "superseded_by", "links", "first_commit_date", "last_commit_date",
        "session_log_entries",
    }  # fmt: skip
    assert set(decisions["problems"][0]) == {"code", "severity", "sort", "repo", "path", "line", "message"}
    notes = told("index", "session-notes", "--json")
    assert set(notes["records"][0]) >= {"repo", "path", "commit", "line", "source", "issue", "title", "status", "date", "sections",
                                        "next_steps", "target", "target_exists"}  # fmt: skip
    assert run("index", "nothing").returncode == 2
    assert "payments" in run("index", "decisions", COLUMNS="60").stdout


def test_check_exits_1_on_errors_only(small: Fleet) -> None:
    run("scan")
    found = told("check", "--json")
    assert found["totals"]["error"] == 0 and found["totals"]["warning"] == 1
    second = small.folder / "repos/webshop/docs/decisions/ADR-0001-again.md"
    second.write_text(decision(1))
    subprocess.run(["git", "add", "-A"], cwd=second.parent, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"], cwd=second.parent, check=True
    )
    run("scan")
    assert told("check", "--json", code=1)["totals"]["error"] == 2
    assert told("check", "session-notes", "--json")["totals"]["error"] == 0


def test_publish_commits_once_and_revert_takes_it_back(small: Fleet) -> None:
    run("scan")
    first = told("publish", "--json")["publications"]
    assert {row["index"]: row["state"] for row in first} == {kind.index: "committed" for kind in kinds()}
    assert {row["state"] for row in told("publish", "--json")["publications"]} == {"unchanged"}
    log = told("hub", "log", "--json")
    assert len(log) == len(kinds()) and all(entry["key"] for entry in log)
    assert run("hub", "revert", log[0]["commit"][:10]).returncode == 0
    assert run("hub", "revert", "ffffffff").returncode == 1
    assert len(told("hub", "log", "--json")) == len(kinds()) + 1


def test_search_finds_by_rank_with_the_place(small: Fleet) -> None:
    run("scan")
    hits = told("search", "choice", "--json")["hits"]
    assert len(hits) == 3 and hits[0]["place"].startswith(f"{hits[0]['repo']}@{hits[0]['commit']}:{hits[0]['path']}:")
    assert [hit["repo"] for hit in told("search", "choice", "--repo", "webshop", "--json")["hits"]] == ["webshop"]
    assert told("search", "go", "on", "--kind", "session-notes", "--json")["hits"] != []
    assert told("search", "'; DROP TABLE", "--json")["hits"] == []


def test_codes_are_listed_with_their_cures() -> None:
    codes = told("problems", "--codes", "--json")
    assert {"decision.duplicate_number", "registry.invalid_yaml", "repository.scan_failed"} <= {
        code["code"] for code in codes
    }
    assert all(code["cure"] and code["severity"] and code["sort"] for code in codes)


def test_a_registry_of_ones_own(fleet: Fleet) -> None:
    missing = run("scan")
    assert missing.returncode == 1 and "orchestrator init" in missing.stderr and missing.stderr.count("\n") == 1
    assert run("init", str(fleet.folder)).returncode == 0
    assert "REPOS.yaml is there already" in run("init", str(fleet.folder)).stderr
    assert told("repos", "list", "--json")["repositories"] == []
    assert run("repos", "add", "https://git.example.org/team/shop.git").returncode == 0
    assert run("repos", "add", "ext::sh -c true").returncode == 1
    assert [row["name"] for row in told("repos", "list", "--json")["repositories"]] == ["shop"]
    assert run("repos", "discover", str(fleet.folder)).returncode == 1, "it does not overwrite what is named there"


def test_discover_writes_the_registry_and_accept_lets_it_shrink(small: Fleet) -> None:
    small.settings.fleet_path.unlink()
    assert run("repos", "discover", str(small.folder / "repos")).returncode == 0
    assert [row["name"] for row in told("repos", "list", "--json")["repositories"]] == ["payments", "webshop"]
    small.settings.fleet_path.write_text("repos:\n  - name: payments\n    url: repos/payments\n")
    shrunk = run("scan")
    assert shrunk.returncode == 1 and "webshop" in shrunk.stderr
    assert run("repos", "accept").returncode == 0
    assert [row["name"] for row in told("repos", "list", "--json")["repositories"]] == ["payments"]


def test_a_broken_registry_names_its_line_and_offers_a_repair(small: Fleet) -> None:
    small.settings.fleet_path.write_text(
        "repos:\n - name: payments\n url: repos/payments\n - name: webshop\n url: repos/webshop\n"
    )
    done = run("scan", "--json")
    assert done.returncode == 1
    assert "REPOS.yaml:3" in done.stderr and "+    url" in done.stderr.replace("+   url", "+    url")
    assert len(json.loads(done.stdout)["repositories"]) == 2, "the last valid registry was used"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "DATABASE_URL is not a URL"),
        ("mysql://h/d", "only postgresql"),
        ("postgresql://u:geheim@127.0.0.1:1/d", "cannot connect"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line_without_the_password(home: Any, url: str, said: str) -> None:
    done = run("scan", DATABASE_URL=url)
    assert done.returncode == 1 and said in done.stderr
    assert "geheim" not in done.stderr and done.stderr.strip().count("\n") == 0


def test_a_setting_that_cannot_be_used_names_its_variable(home: Any) -> None:
    done = run("scan", ORCHESTRATOR_BLOB_LIMIT="many")
    assert done.returncode == 1 and "BLOB_LIMIT" in done.stderr


def test_the_settings_file_that_init_writes_can_be_used_line_by_line(fleet: Fleet, tmp_path: Path) -> None:
    done = run("init", str(tmp_path / "new"))
    assert done.returncode == 0
    file = tmp_path / "new" / ".env"
    assert file.stat().st_mode & 0o077 == 0
    rows = [row.removeprefix("#") for row in file.read_text().splitlines() if row.startswith("#ORCHESTRATOR_")]
    assert len(rows) == sum(len(fields) for fields in (Settings.model_fields, ModelSettings.model_fields)) - 1
    file.write_text("\n".join(rows))
    assert Settings(_env_file=file).model_dump(exclude={"home", "fleet", "database_url"}) == Settings(
        _env_file=None
    ).model_dump(exclude={"home", "fleet", "database_url"})
    assert ModelSettings(_env_file=file) == ModelSettings(_env_file=None)


def test_a_setting_that_cannot_be_read_is_named(fleet: Fleet) -> None:
    done = run("check", ORCHESTRATOR_REPORT_DELIVER="week")
    assert done.returncode == 1 and "ORCHESTRATOR_REPORT_DELIVER" in done.stderr and '["one", "two"]' in done.stderr
    done = run("check", ORCHESTRATOR_SCAN_WORKERS="many")
    assert done.returncode == 1 and "ORCHESTRATOR_SCAN_WORKERS: " in done.stderr


def test_a_pipe_gets_one_whole_line_for_each_problem_with_what_to_do(small: Fleet) -> None:
    run("scan")
    done = run("check")
    [line] = [row for row in done.stdout.splitlines() if "decision.unknown_status" in row and "docs/" in row]
    assert "payments" in line or "webshop" in line
    told_all = told("check", "--json")
    assert all(problem["cure"] for problem in told_all["problems"])


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_a_terminal_never_breaks_a_name(small: Fleet, width: int) -> None:
    run("scan")
    command = f"stty cols {width}; env -u COLUMNS TERM=xterm {sys.executable} -m orchestrator_assets.cli check"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=60, check=False
    )
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert "decision.unknown_status" in text
    assert [row for row in text.splitlines() if len(row.rstrip()) > width] == []


def test_an_index_prints_its_records_and_its_page(small: Fleet) -> None:
    run("scan")
    assert "docs/decisions/ADR-0001" in run("index", "decisions").stdout
    assert run("index", "decisions", "--page").stdout.startswith("<!-- @generated")


def test_a_repository_of_this_machine_is_added_only_if_it_is_one(small: Fleet, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for wrong in ("plain", "nowhere"):
        done = run("repos", "add", str(tmp_path / wrong))
        assert done.returncode == 1 and wrong in done.stderr
    made = GitRepository.create(tmp_path / "elsewhere" / "third")
    made.commit({"README.md": "x"})
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator_assets.cli", "repos", "add", "./third"],
        cwd=tmp_path / "elsewhere", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "url: elsewhere/third" in small.settings.fleet_path.read_text()


def test_nothing_is_published_before_anything_was_scanned(fleet: Fleet) -> None:
    fleet.make("a")
    done = run("publish")
    assert done.returncode == 1 and "orchestrator scan" in done.stderr


def test_a_mistyped_repository_is_told_everywhere(small: Fleet) -> None:
    for command in (["search", "x"], ["index", "decisions", "--at", "2026-01-01"]):
        done = run(*command, "--repo", "webshp")
        assert done.returncode == 2 and "did you mean webshop?" in done.stderr

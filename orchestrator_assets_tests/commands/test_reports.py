"""`orchestrator report` as people and scripts run it."""

from __future__ import annotations

import json
import subprocess
import sys

from orchestrator_assets_tests.fleets import Fleet


def orchestrator(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrator_assets.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_report_is_printed_as_json(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"x": "1"}, date="2026-03-03T00:00:00+00:00")
    done = orchestrator("report", "--period", "month", "--at", "2026-03-31", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["period"], told["from"], told["to"]) == (
        "month",
        "2026-03-01T00:00:00+00:00",
        "2026-04-01T00:00:00+00:00",
    )
    assert told["facts"]["commits"] == {"a": 1} and told["commits"] == {"a": made.git("rev-parse", "HEAD")}


def test_a_report_is_shown_and_its_page_named(fleet: Fleet) -> None:
    fleet.make("a")
    done = orchestrator("report", "--at", "2025-06-01")
    assert done.returncode == 0, done.stderr
    assert "1 commit by 1 person in 1 of 1 repository, 1 decision opened, 1 accepted." in done.stdout
    assert (fleet.settings.home_path / "reports" / "week-2025-05-26" / "report.html").is_file()


def test_a_date_that_is_none_is_wrong_usage(fleet: Fleet) -> None:
    done = orchestrator("report", "--at", "last week")
    assert done.returncode == 2 and "write 2026-01-31" in done.stderr


def test_deliveries_are_made_listed_and_made_again(fleet: Fleet) -> None:
    fleet.make("a")
    done = orchestrator("report", "deliver", "--json")
    assert done.returncode == 0, done.stderr
    [row] = json.loads(done.stdout)["deliveries"]
    assert (row["target"], row["state"]) == ("hub", "delivered")
    assert json.loads(orchestrator("report", "deliver", "--json").stdout) == {"deliveries": []}
    assert orchestrator("report", "resend", row["report"], "hub").returncode == 0
    unknown = orchestrator("report", "resend", "week-1999-01-04 UTC", "hub")
    assert unknown.returncode == 1 and "report deliveries" in unknown.stderr
    assert "waiting" in orchestrator("report", "deliveries").stdout

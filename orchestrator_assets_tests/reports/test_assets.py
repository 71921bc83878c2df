"""Reports as real Dagster runs: partitions, checks, delivery, schedules and sensors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestrator_assets.definitions import defs
from orchestrator_assets.reports.failure_mail import mail_failure
from orchestrator_assets.settings import settings
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.reports.servers import Mailbox, smtp_server
from orchestrator_assets_tests.reports.test_delivery import configure, to_mail

DEFINITIONS = defs()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as box:
        yield box


def run(instance: dg.DagsterInstance, job: str, **more: Any) -> dg.ExecuteInProcessResult:
    return DEFINITIONS.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False, **more)


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in event.metadata.items()}


def test_a_week_from_the_ui_is_collected_and_written(fleet: Fleet, instance: dg.DagsterInstance) -> None:
    [made] = fleet.make("a")
    made.commit({"x": "1"}, date="2026-03-03T00:00:00+00:00")
    result = run(instance, "report_week", partition_key="2026-03-02")
    assert result.success
    told = metadata(result, "status_report_week")
    assert told["headline"] == "1 commit by 1 person in 1 of 1 repository." and told["commits"] == 1
    assert "week 10 of 2026" in Path(told["page"]).read_text()
    assert metadata(result, "status_facts_week")["commits"] == 1
    trends = run(instance, "deliver_reports")
    assert "weeks" in metadata(trends, "status_trends")


def test_weeks_in_the_ui_begin_on_monday(fleet: Fleet) -> None:
    partitions = DEFINITIONS.resolve_job_def("report_week").partitions_def
    assert partitions is not None
    keys = partitions.get_partition_keys(current_time=datetime(2026, 3, 10, tzinfo=UTC))
    assert keys[-1] == "2026-03-02" and all(datetime.fromisoformat(key).weekday() == 0 for key in keys)


def test_a_repository_that_cannot_be_read_fails_the_check_and_stands_in_the_report(
    fleet: Fleet, instance: dg.DagsterInstance
) -> None:
    fleet.make("a", "b")
    (fleet.folder / "repos" / "b").rename(fleet.folder / "elsewhere")
    result = run(instance, "report_day", partition_key="2026-03-02")
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("coverage", False)


def test_delivery_makes_the_newest_report_and_delivers_it_once(
    fleet: Fleet, instance: dg.DagsterInstance, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, **to_mail(mailbox))
    fleet.make("a")
    results = [run(instance, "deliver_reports") for _ in range(2)]
    assert [result.success for result in results] == [True, True] and len(mailbox.received) == 1
    assert all(check.passed for result in results for check in result.get_asset_check_evaluations())


def test_a_delivery_that_fails_fails_its_check_and_the_sensor_asks_again(
    fleet: Fleet, instance: dg.DagsterInstance, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, **to_mail(mailbox))
    mailbox.answer = lambda: "451 later"
    fleet.make("a")
    [check] = run(instance, "deliver_reports").get_asset_check_evaluations()
    assert not check.passed
    sensor = DEFINITIONS.resolve_sensor_def("undelivered")
    resources = DEFINITIONS.resolve_job_def("deliver_reports").resource_defs

    def asked() -> int:
        with dg.build_sensor_context(instance=instance, resources={"catalog": resources["catalog"]}) as context:
            return len(sensor.evaluate_tick(context).run_requests or [])

    assert asked() == 0, "not before its time"
    with fleet.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE catalog.delivery SET next_attempt_at = clock_timestamp()")
    assert asked() == 1


def test_the_weekly_report_is_made_on_monday_at_seven_in_the_zone_of_the_reports() -> None:
    schedule = DEFINITIONS.resolve_schedule_def("weekly_report")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 7 * * 1", settings().report_timezone)
    assert schedule.job_name == "deliver_reports"


def test_after_the_nightly_run_the_day_that_ended_is_asked_for() -> None:
    sensor = DEFINITIONS.resolve_sensor_def("nightly_facts")
    assert sensor.name == "nightly_facts"
    request = sensor._run_status_sensor_fn  # type: ignore[attr-defined]
    found = request(None)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert (found.partition_key, found.run_key) == (yesterday, f"day-{yesterday}")


def test_a_failed_run_is_mailed(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, fleet: Fleet) -> None:
    assert "no mail server" in mail_failure(settings(), "nightly", "r1", [], "x")
    configure(monkeypatch, **to_mail(mailbox))
    mail_failure(settings(), "nightly", "0123456789", ["repo_scan"], "it broke\x1b[31m")
    [mail] = mailbox.received
    assert mail["Subject"] == "Failed: nightly (01234567)"
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes) and b"step: repo_scan" in text and b"\x1b" not in text

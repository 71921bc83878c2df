"""Deliveries to real servers: once each, whatever fails and whoever is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from orchestrator_assets.catalog import delivery_store, report_store
from orchestrator_assets.catalog.delivery_store import Delivery, State
from orchestrator_assets.hub.indexes import hub_repository
from orchestrator_assets.hub.publish import log
from orchestrator_assets.reports import delivery, reporting
from orchestrator_assets.reports.period import Length, Period, period_at
from orchestrator_assets.settings import settings
from orchestrator_assets_tests.fleets import Fleet, decision
from orchestrator_assets_tests.reports.servers import Hook, Mailbox, certificate, chat_server, smtp_server

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = period_at(Length.WEEK, "2026-03-04", "UTC", NOW)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as box:
        yield box


@pytest.fixture
def chat() -> Iterator[Hook]:
    with chat_server() as hook:
        yield hook


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in {"report_hub": "false", **values}.items():
        monkeypatch.setenv(f"ORCHESTRATOR_{name.upper()}", value)
    settings.cache_clear()


def to_mail(box: Mailbox) -> dict[str, str]:
    return {
        "mail_server": f"{box.host}:{box.port}",
        "mail_security": "none",
        "mail_from": "reports@example.org",
        "mail_to": '["owner@example.org", "team@example.org"]',
    }


def make_report(fleet: Fleet, period: Period = WEEK) -> str:
    [made] = fleet.make("a")
    made.commit({"docs/decisions/ADR-0002-b.md": decision(2, "Proposed")}, date="2026-03-03T00:00:00+00:00")
    made.commit(
        {"docs/session-notes/ISSUE-7-x.md": "# Issue 7: X\n\n## 2026-03-05\n\n### Next Steps\n- .one\n- two\n"},
        date="2026-03-06T00:00:00+00:00",
    )
    reporting.with_previous(fleet.engine, settings(), period, NOW)
    delivery.put_in(fleet.engine, settings(), period)
    return reporting.key_of(period)


def run(fleet: Fleet) -> dict[str, Delivery]:
    delivery.deliver_due(fleet.engine, settings())
    return {item.target: item for item in delivery_store.listed(fleet.engine)}


def now_due(fleet: Fleet) -> None:
    with fleet.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE catalog.delivery SET next_attempt_at = NULL")


def test_every_target_gets_a_report_once(
    fleet: Fleet, mailbox: Mailbox, chat: Hook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, file = tmp_path / "out", tmp_path / "team.ics"
    configure(
        monkeypatch,
        report_hub="true",
        report_folder=str(folder),
        report_calendar=str(file),
        chat_webhook=chat.url,
        **to_mail(mailbox),
    )
    make_report(fleet)
    for _ in range(3):
        delivery.put_in(fleet.engine, settings(), WEEK)
        found = run(fleet)
    assert {name: item.state for name, item in found.items()} == dict.fromkeys(delivery.TARGETS, State.DELIVERED)
    assert len(mailbox.received) == 1 and mailbox.receivers == ["owner@example.org", "team@example.org"]
    assert len(chat.received) == 1 and chat.received[0]["text"].startswith("Status of week 10 of 2026")
    assert {path.name for path in (folder / WEEK.key).iterdir()} == {
        "report.html", "report.json", "report.md", "next-steps.ics",
    }  # fmt: skip
    assert [commit.subject for commit in log(hub_repository(settings()))] == [f"Publish report-{WEEK.key}"]
    events = Calendar.from_ical(file.read_bytes()).walk()
    assert [str(event["summary"]) for event in events if event.name == "VTODO"] == [".one (a)", "two (a)"]
    assert [event["dtstart"].dt.isoformat() for event in events if event.name == "VEVENT"] == ["2026-03-09"]


def test_the_mail_has_both_texts_and_the_calendar(
    fleet: Fleet, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, **to_mail(mailbox))
    make_report(fleet)
    run(fleet)
    [mail] = mailbox.received
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_payload(decode=True)
    stored = report_store.load(fleet.engine, reporting.key_of(WEEK))
    assert stored is not None and isinstance(html, bytes)
    report = reporting.read(stored)
    written = delivery.files_of(report, delivery.page_from(fleet.engine, report, WEEK), WEEK)["report.html"]
    assert html.replace(b"\r\n", b"\n") == written
    assert "2 commits by 1 person in 1 of 1 repository" in str(mail["Subject"]).replace("\r\n", "")


def test_mail_by_starttls_and_login(fleet: Fleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with smtp_server(pem, "s3cret-word") as box:
        configure(
            monkeypatch,
            **{**to_mail(box), "mail_security": "starttls", "mail_user": "u", "mail_password": "s3cret-word"},
            mail_ca=str(pem),
        )
        make_report(fleet)
        assert run(fleet)["mail"].state is State.DELIVERED and len(box.received) == 1


def test_a_certificate_that_is_not_trusted_or_a_wrong_password_sends_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = certificate(tmp_path)
    with smtp_server(pem, "s3cret-word") as box:
        configure(monkeypatch, **{**to_mail(box), "mail_security": "starttls"})
        make_report(fleet)
        first = run(fleet)["mail"]
        assert first.state is State.WAITING and "CERTIFICATE_VERIFY_FAILED" in (first.error or "")
        configure(monkeypatch, mail_ca=str(pem), mail_user="u", mail_password="wr0ng-word")
        now_due(fleet)
        second = run(fleet)["mail"]
        assert second.state is State.GIVEN_UP and "wr0ng-word" not in (second.error or "") and box.received == []


def test_mail_without_encryption_leaves_this_machine_never(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        monkeypatch,
        mail_server="mail.example.org",
        mail_security="none",
        mail_from="a@b.example",
        mail_to='["c@d.example"]',
    )
    make_report(fleet)
    found = run(fleet)["mail"]
    assert found.state is State.GIVEN_UP and "this machine only" in (found.error or "")


def test_one_failing_target_is_visible_and_does_not_repeat_the_others(
    fleet: Fleet, mailbox: Mailbox, chat: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, chat_webhook=chat.url, **to_mail(mailbox))
    make_report(fleet)
    chat.answer = lambda: 503
    first = run(fleet)
    assert (first["mail"].state, first["chat"].state) == (State.DELIVERED, State.WAITING)
    assert first["chat"].error == "127.0.0.1 answered 503" and first["chat"].next_attempt_at is not None
    assert run(fleet)["chat"].attempts == 1, "it is not due yet"
    chat.answer = lambda: 200
    now_due(fleet)
    assert run(fleet)["chat"].state is State.DELIVERED
    assert (len(mailbox.received), len(chat.received)) == (1, 1)


def test_a_redirect_is_not_followed_and_the_address_is_not_told(
    fleet: Fleet, chat: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat_server() as other:
        chat.answer, chat.location = lambda: 307, other.url
        configure(monkeypatch, chat_webhook=chat.url)
        make_report(fleet)
        found = run(fleet)["chat"]
        assert found.state is State.GIVEN_UP and "secret-token" not in (found.error or "")
        assert other.received == [] and chat.received == []


def test_a_refused_mail_is_tried_again_until_it_is_given_up(
    fleet: Fleet, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, delivery_attempts="3", **to_mail(mailbox))
    make_report(fleet)
    mailbox.answer = lambda: "451 later"
    states = []
    for _ in range(3):
        states.append(run(fleet)["mail"].state)
        now_due(fleet)
    assert states == [State.WAITING, State.WAITING, State.GIVEN_UP]
    mailbox.answer = lambda: "250 OK"
    assert run(fleet)["mail"].state is State.GIVEN_UP and mailbox.received == []
    assert delivery_store.put_again(fleet.engine, reporting.key_of(WEEK), "mail")
    assert run(fleet)["mail"].state is State.DELIVERED and len(mailbox.received) == 1


def test_a_server_that_hangs_up_instead_of_answering_leaves_it_unconfirmed(
    fleet: Fleet, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, delivery_timeout="1", **to_mail(mailbox))
    make_report(fleet)
    hold = threading.Event()

    def answer_late() -> str:
        hold.wait(20)
        return "250 OK"

    mailbox.answer = answer_late
    first = run(fleet)["mail"]
    hold.set()
    assert first.state is State.UNCONFIRMED and "did not answer" in (first.error or "")
    assert run(fleet)["mail"].state is State.UNCONFIRMED


def test_a_sender_killed_before_the_end_of_the_message_sends_it_once_later(
    fleet: Fleet, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty kills at any moment of the attempt itself: then the mail came once, or (killed within the last bytes) it
    came at most once and the delivery says that it is unconfirmed."""
    configure(monkeypatch, **to_mail(mailbox))
    key = make_report(fleet)
    chance = random.Random(4)
    for _ in range(20):
        mailbox.received.clear()
        assert delivery_store.put_again(fleet.engine, key, "mail")
        command = [sys.executable, "-m", "orchestrator_assets.reports.attempt", key, "mail"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.3, 1.6))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        found = run(fleet)["mail"]
        assert found.state in (State.DELIVERED, State.UNCONFIRMED)
        assert len(mailbox.received) == 1 or found.state is State.UNCONFIRMED
        assert len(mailbox.received) <= 1


@pytest.mark.slow
def test_runs_killed_at_any_moment_lose_and_repeat_nothing(
    fleet: Fleet, mailbox: Mailbox, chat: Hook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command that delivers is killed again and again; what it began goes on to its end."""
    folder = tmp_path / "out"
    configure(monkeypatch, report_folder=str(folder), chat_webhook=chat.url, **to_mail(mailbox))
    key = make_report(fleet)
    chance = random.Random(7)
    command = [sys.executable, "-m", "orchestrator_assets.cli", "report", "deliver"]
    for _ in range(20):
        process = subprocess.Popen(
            command, env=os.environ | {"ORCHESTRATOR_REPORT_DELIVER": "[]"}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(0.5, 3.0))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for _ in range(3):
        run(fleet)
    states = {item.target: item.state for item in delivery_store.listed(fleet.engine)}
    assert states == dict.fromkeys(("folder", "mail", "chat"), State.DELIVERED)
    assert (len(mailbox.received), len(chat.received)) == (1, 1)
    assert json.loads((folder / WEEK.key / "report.json").read_text())["period"] == "week"
    assert key == reporting.key_of(WEEK)

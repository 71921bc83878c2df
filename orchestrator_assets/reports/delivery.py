"""Delivering reports: once to each target, retried with back-off, each on its own.

Each attempt is made by a short-lived process of its own session, so that whoever kills the run does not tear a delivery
in half: the attempt goes on to its end and notes it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from orchestrator_assets.catalog import delivery_store, report_store
from orchestrator_assets.catalog.delivery_store import Delivery, State
from orchestrator_assets.catalog.exclusive import exclusive
from orchestrator_assets.models.settings import model_settings
from orchestrator_assets.reports import reporting
from orchestrator_assets.reports.making import files_of, page_from
from orchestrator_assets.reports.period import Length, Period, containing
from orchestrator_assets.reports.targets import calendar, chat, mail, places
from orchestrator_assets.reports.targets.contract import Committing, NotDelivered, Parcel, Unanswered
from orchestrator_assets.reports.words import with_words
from orchestrator_assets.settings import Settings

Send = Callable[[Parcel, Settings, Committing], None]
TARGETS: dict[str, tuple[Callable[[Settings], bool], Send]] = {
    "hub": (lambda settings: settings.report_hub, places.send_to_hub),
    "folder": (lambda settings: settings.report_folder is not None, places.send_to_folder),
    "calendar": (lambda settings: settings.report_calendar is not None, calendar.send),
    "mail": (lambda settings: settings.mail_server is not None, mail.send),
    "chat": (lambda settings: settings.chat_webhook is not None, chat.send),
}
"""By name: whether the settings ask for it, and what sends to it."""

_ONCE = frozenset({"mail", "chat"})
_BASE = 30.0


def put_in(engine: Engine, settings: Settings, period: Period) -> list[str]:
    """Puts the stored report of a finished period in for every target of the settings; their names. Those that have it
    already do not get it again."""
    key = reporting.key_of(period)
    stored = report_store.load(engine, key)
    if stored is None or not stored.finished:
        return []
    names = [name for name, (wanted, _) in TARGETS.items() if wanted(settings)]
    delivery_store.put(engine, key, hashlib.sha256(stored.content.encode()).hexdigest(), names)
    return names


def deliver_due(engine: Engine, settings: Settings) -> list[Delivery]:
    """Makes every delivery that is due, each in a process of its own, and returns them as they stand then."""
    done = []
    for item in delivery_store.due(engine):
        command = [sys.executable, "-m", "orchestrator_assets.reports.attempt", item.report, item.target]
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, check=False
        )
        if ended.returncode != 0:
            told = ended.stderr.decode("utf-8", "backslashreplace").strip().rpartition("\n")[2]
            _failed(engine, settings, item, told or f"the attempt ended with {ended.returncode}", lasting=False)
        if found := delivery_store.load(engine, item.report, item.target):
            done.append(found)
    return done


def attempt(engine: Engine, settings: Settings, report: str, target: str) -> None:
    """Makes one delivery and notes what came of it, unless another process is at it or it is made already."""
    with exclusive(engine, f"delivery {report} {target}") as alone:
        item = delivery_store.load(engine, report, target)
        if not alone or item is None:
            return
        if item.state is State.SENDING and target in _ONCE:
            told = "its sender was stopped while the last bytes were on their way"
            delivery_store.settle(engine, item, State.UNCONFIRMED, told)
        elif item.state in (State.WAITING, State.SENDING):
            _send(engine, settings, item)


def _send(engine: Engine, settings: Settings, item: Delivery) -> None:
    parcel = parcel_of(engine, item)
    try:
        TARGETS[item.target][1](parcel, settings, lambda: delivery_store.settle(engine, item, State.SENDING))
    except NotDelivered as error:
        _failed(engine, settings, item, str(error), error.lasting)
    except Unanswered as error:
        delivery_store.settle(engine, item, State.UNCONFIRMED, str(error))
    else:
        delivery_store.settle(engine, item, State.DELIVERED)


def _failed(engine: Engine, settings: Settings, item: Delivery, told: str, lasting: bool) -> None:
    if lasting or item.attempts + 1 >= settings.delivery_attempts:
        delivery_store.settle(engine, item, State.GIVEN_UP, told)
    else:
        delivery_store.settle(
            engine, item, State.WAITING, told, min(_BASE * 2.0**item.attempts, delivery_store.LONGEST_WAIT)
        )


def parcel_of(engine: Engine, item: Delivery) -> Parcel:
    """What is delivered: the report as it is stored."""
    stored = report_store.load(engine, item.report)
    assert stored is not None, "a delivery's report is stored for as long as the delivery is"
    report = with_words(engine, model_settings(), item.report, reporting.read(stored), again=False)
    period = period_of(item.report)
    page = page_from(engine, report, period)
    name = hashlib.sha256(f"{item.report} {item.target} {item.digest}".encode()).hexdigest()[:32]
    return Parcel(name, period, report, page, files_of(report, page, period))


def period_of(key: str) -> Period:
    """The period of a report's key."""
    name, _, zone = key.partition(" ")
    length, _, first = name.partition("-")
    return Period(Length(length), datetime.fromisoformat(first).date(), zone)


def unsettled(engine: Engine) -> list[Delivery]:
    """Deliveries that failed so far, were given up or are unconfirmed."""
    return [item for item in delivery_store.listed(engine) if item.state is not State.DELIVERED]


def newest(settings: Settings, now: datetime) -> list[Period]:
    """The periods that ended last, of those lengths that are delivered."""
    return [containing(Length(name), now, settings.report_timezone).previous for name in settings.report_deliver]

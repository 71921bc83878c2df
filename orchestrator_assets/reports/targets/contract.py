"""What a target is given, and how it tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.page import Page
from orchestrator_assets.reports.period import Period


class NotDelivered(Exception):
    """The target did not take it, and says so: nothing arrived, it may be tried again. `lasting` is whether another try
    would end the same way."""

    def __init__(self, reason: str, lasting: bool = False) -> None:
        super().__init__(reason)
        self.lasting = lasting


class Unanswered(Exception):
    """Everything was sent and no answer came: nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A report to be delivered: its page, its files and an id that is the same for every attempt."""

    id: str
    period: Period
    report: Report
    page: Page
    files: Mapping[str, bytes]


Committing = Callable[[], None]
"""To be called right before the bytes are sent that make a delivery count; afterwards it is never sent again unasked.
Targets that may be written to twice without harm need not call it."""

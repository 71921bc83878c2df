"""Telling the owner by mail that a run failed."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from orchestrator_assets.documents.text import visible
from orchestrator_assets.reports.targets.mail import connect
from orchestrator_assets.settings import Settings


def mail_failure(settings: Settings, job: str, run: str, steps: Sequence[str], reason: str) -> str:
    """Mails a failed run, and returns what was done. OSError or SMTPException if the mail server does not take it: the
    sensor's tick shows that, and Dagster goes on to the next failure."""
    if not (settings.mail_server and settings.mail_from and settings.mail_to):
        return f"{job} {run} failed; no mail server is set"
    message = EmailMessage()
    message["Subject"] = f"Failed: {visible(job)} ({run[:8]})"
    message["From"] = Address(addr_spec=settings.mail_from)
    message["To"] = tuple(Address(addr_spec=receiver) for receiver in settings.mail_to)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<failed-{run}@orchestrator-assets>"
    message["Auto-Submitted"] = "auto-generated"
    lines = [f"The run {run} of {visible(job)} failed.", *(f"step: {visible(step)}" for step in steps), visible(reason)]
    message.set_content("\n".join(lines) + "\n")
    server = connect(settings)
    try:
        server.send_message(message)
    except smtplib.SMTPException:
        server.close()
        raise
    server.quit()
    return f"{job} {run} failed; mailed to {len(settings.mail_to)}"

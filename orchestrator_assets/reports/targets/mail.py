"""Delivery by e-mail: one message with a plain and an HTML text, and the calendar file beside them.

The message is sent but for its end; then the attempt is noted, and then the end is sent. A sender that dies before that
has sent nothing (the server drops an unfinished message); one that dies after it never sends again.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from orchestrator_assets.reports.render import HTML, MARKDOWN
from orchestrator_assets.reports.targets.contract import Committing, NotDelivered, Parcel, Unanswered
from orchestrator_assets.settings import Settings

CALENDAR = "next-steps.ics"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def send(parcel: Parcel, settings: Settings, committing: Committing) -> None:
    """Sends the mail. NotDelivered or Unanswered."""
    if not settings.mail_from or not settings.mail_to:
        raise NotDelivered("set ORCHESTRATOR_MAIL_FROM and ORCHESTRATOR_MAIL_TO", lasting=True)
    message = message_of(parcel, settings.mail_from, settings.mail_to)
    try:
        server = connect(settings)
    except smtplib.SMTPAuthenticationError as error:
        raise NotDelivered(f"the server refuses the user or the password ({error.smtp_code})", lasting=True) from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(f"{settings.mail_server}: {_told(error)}") from None
    try:
        _transmit(server, settings.mail_from, settings.mail_to, message.as_bytes(policy=SMTP), committing)
    finally:
        server.close()


def message_of(parcel: Parcel, sender: str, receivers: list[str]) -> EmailMessage:
    """The report as a mail. Its id is the same for every attempt, so a mail system can tell a repeated one."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = f"{parcel.page.title}: {parcel.page.headline}"[:200]
    message["From"] = Address(addr_spec=sender)
    message["To"] = tuple(Address(addr_spec=receiver) for receiver in receivers)
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = f"<{parcel.id}@orchestrator-assets>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(parcel.files[MARKDOWN].decode())
    message.add_alternative(parcel.files[HTML].decode(), subtype="html")
    if CALENDAR in parcel.files:
        message.add_attachment(parcel.files[CALENDAR], maintype="text", subtype="calendar", filename=CALENDAR)
    return message


def connect(settings: Settings) -> smtplib.SMTP:
    """A connection to the server of the settings, encrypted and logged in as they say. OSError, SMTPException."""
    host, _, port = (settings.mail_server or "").partition(":")
    if settings.mail_security == "none" and host not in _LOCAL:
        raise NotDelivered("ORCHESTRATOR_MAIL_SECURITY=none is for servers on this machine only", lasting=True)
    context = ssl.create_default_context(cafile=str(settings.mail_ca) if settings.mail_ca else None)
    timeout = settings.delivery_timeout
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port or 465), timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, int(port or 587), timeout=timeout)
    if settings.mail_security == "starttls":
        server.starttls(context=context)
    if settings.mail_user:
        server.login(settings.mail_user, settings.mail_password or "")
    return server


def _transmit(server: smtplib.SMTP, sender: str, receivers: list[str], content: bytes, committing: Committing) -> None:
    try:
        server.ehlo_or_helo_if_needed()
        _expect(server.mail(sender), "the sender")
        for receiver in receivers:
            _expect(server.rcpt(receiver), f"the receiver {receiver}")
        _expect(server.docmd("DATA"), "the message", 354)
        body = _LINE_END.sub(b"\r\n", content)
        server.send(re.sub(rb"(?m)^\.", b"..", body))
        committed = b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n"
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(_told(error)) from None
    committing()
    try:
        server.send(committed)
        code, answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Unanswered(f"the server did not answer to the message: {_told(error)}") from None
    _expect((code, answer), "the message")
    with suppress(OSError, smtplib.SMTPException):  # it is delivered, however the server takes leave
        server.quit()


def _expect(reply: tuple[int, bytes], what: str, code: int = 250) -> None:
    if reply[0] not in (code, 251 if code == 250 else code):
        told = reply[1].decode("utf-8", "backslashreplace")[:200]
        raise NotDelivered(f"the server refuses {what}: {reply[0]} {told}", lasting=reply[0] >= 500)


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__

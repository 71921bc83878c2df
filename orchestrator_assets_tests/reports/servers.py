"""Real servers on loopback that take what is delivered, and can be told to misbehave."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What an SMTP server took. `answer` says what it answers to a message, before it is kept."""

    host: str = "127.0.0.1"
    port: int = 0
    received: list[Message] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    answer: Callable[[], str] = lambda: "250 OK"
    receivers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        told = self.answer()
        if told.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.received.append(message_from_bytes(envelope.content))
            self.receivers += envelope.rcpt_tos
        self.arrived.set()
        return told


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(certificate: Path | None = None, password: str | None = None) -> Iterator[Mailbox]:
    """An SMTP server; with a certificate (PEM with its key) it insists on STARTTLS, with a password on a login."""
    box = Mailbox()
    more: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        more = {"tls_context": context, "require_starttls": True}
    if password is not None:

        def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            given = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=given, handled=False)

        more |= {"authenticator": check, "auth_required": True, "auth_require_tls": certificate is not None}
    controller = _AnyPort(box, hostname=box.host, port=0, **more)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key in one file."""
    target = folder / "server.pem"
    key = folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(target)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    target.write_bytes(target.read_bytes() + key.read_bytes())
    return target


@dataclass
class Hook:
    """What an HTTP server took at its address. `answer` gives the status for each request."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    answer: Callable[[], int] = lambda: 200
    location: str | None = None
    arrived: threading.Event = field(default_factory=threading.Event)


@contextmanager
def chat_server() -> Iterator[Hook]:
    """A web server that takes JSON."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return  # the sender died
            status = hook.answer()
            if 200 <= status < 300:
                hook.received.append(json.loads(body))
                hook.keys.append(self.headers["Idempotency-Key"])
            hook.arrived.set()
            self.send_response(status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook/secret-token"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

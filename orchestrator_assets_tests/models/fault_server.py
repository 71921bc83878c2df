"""A chat completions endpoint with faults that no library offers: raw bytes, drips, hangs, cuts, floods."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


def completion(content: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """A chat completion as endpoints send it."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "served-model",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def says(content: str | None, finish: str = "stop", **message: Any) -> Behaviour:
    """Answers properly."""
    return sends(json.dumps(completion(content, finish, **message)).encode())


def sends(body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Behaviour:
    """Answers with these bytes."""

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def hangs(handler: Handler) -> None:
    """Never answers, until the server stops."""
    handler.server.stopping.wait(30)


def drips(handler: Handler) -> None:
    """One byte at a time, each well before any read times out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while not handler.server.stopping.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def cuts(handler: Handler) -> None:
    """Promises more than it sends, and hangs up."""
    body = json.dumps(completion('{"answer": "x", "score": 1}')).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def floods(megabytes: int) -> Behaviour:
    """A body of many megabytes, without saying so first."""

    def behave(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        for _ in range(megabytes):
            handler.wfile.write(b" " * 1024 * 1024)
            handler.server.sent_megabytes += 1

    return behave


@dataclass
class Faults:
    """A running server: what it does next (the last one stays), and what it was sent."""

    url: str
    script: list[Behaviour] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def then(self, *behaviours: Behaviour) -> Faults:
        """What it does from now on."""
        self.script[:] = behaviours
        return self


class Server(ThreadingHTTPServer):
    """Holds what the handlers share."""

    daemon_threads = True
    faults: Faults
    stopping: threading.Event
    sent_megabytes = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    """Plays the script."""

    server: Server
    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        faults = self.server.faults
        faults.requests.append({"path": self.path, **json.loads(body)})
        faults.headers.append({name.lower(): value for name, value in self.headers.items()})
        behave = faults.script.pop(0) if len(faults.script) > 1 else faults.script[0]
        self.close_connection = True
        behave(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving() -> Iterator[Faults]:
    """A server on a free port of the loopback."""
    server = Server(("127.0.0.1", 0), Handler)
    server.stopping = threading.Event()
    server.faults = Faults(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.faults
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

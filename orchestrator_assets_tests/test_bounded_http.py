"""Servers that answer with anything, as real sockets."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from orchestrator_assets.bounded_http import Unanswered, ask

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
BOMB = gzip.compress(bytes(16 * 1024 * 1024))


@contextmanager
def answering(write: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request's head and then does as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    with peer, suppress(OSError):
                        peer.recv(65536)
                        write(peer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def endless(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"\r\n")
    while True:
        peer.sendall(b" " * 65536)


def bomb(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)


def drip(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        peer.sendall(b" ")
        time.sleep(0.02)


def silent(peer: socket.socket) -> None:
    peer.recv(1)


@pytest.mark.parametrize(
    ("write", "seconds", "why"),
    [
        (endless, 30, "answers with more than 1000000 bytes"),
        (bomb, 30, "answers with more than 1000000 bytes"),
        (drip, 1, "has not come to the end of its answer in 4 seconds"),
        (silent, 0.3, "does not answer: ReadTimeout"),
        (lambda peer: peer.sendall(b"no HTTP\r\n\r\n"), 30, "does not answer: RemoteProtocolError"),
        (
            lambda peer: peer.sendall(HEAD + b"Content-Length: 9\r\n\r\nhalf"),
            30,
            "does not answer: RemoteProtocolError",
        ),
    ],
    ids=["endless", "bomb", "drip", "silent", "no HTTP", "cut off"],
)
def test_an_answer_is_bounded(write: Callable[[socket.socket], None], seconds: float, why: str) -> None:
    with answering(write) as url, pytest.raises(Unanswered) as told:
        ask("GET", url, headers={"Authorization": "Bearer t0ken"}, seconds=seconds, size=1_000_000)
    assert str(told.value) == f"127.0.0.1 {why}"


def test_an_answer_is_whole_and_no_redirect_is_followed() -> None:
    body = gzip.compress(b'{"a": 1}')
    head = (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    )
    with answering(lambda peer: peer.sendall(head % len(body) + body)) as url:
        answer = ask("POST", url, headers={}, seconds=5, json={"x": 1})
    assert (answer.status_code, answer.json(), answer.url.path) == (302, {"a": 1}, "/x")


@pytest.mark.parametrize("url", ["http://[", "http://a:b/", "http://a\n/", "ftp://127.0.0.1/x", "x"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(Unanswered):
        ask("GET", url, headers={}, seconds=1)

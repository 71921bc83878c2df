"""The one way out of a sandbox: a Unix socket that leads to one named endpoint, and nowhere else."""

from __future__ import annotations

import re
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 64 * 1024
_PLACE = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\]):(?P<port>\d{1,5})")


class BadEndpoint(ValueError):
    """A text that names no endpoint."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From `host:port`. BadEndpoint."""
        match = _PLACE.fullmatch(text)
        if match is None or not 0 < int(match["port"]) < 65536:
            raise BadEndpoint(f"{text!r} is no endpoint; write host:port")
        return cls(match["host"].strip("[]"), int(match["port"]))


@contextmanager
def relay(endpoint: Endpoint, path: Path) -> Iterator[Path]:
    """A Unix socket at `path` that passes bytes to and from the endpoint, for as long as the block lasts."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(16)
        stopping = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, endpoint, stopping), daemon=True)
        thread.start()
        try:
            yield path
        finally:
            stopping.set()
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as waker:
                waker.connect(str(path))
            thread.join(10)


def _accept(listener: socket.socket, endpoint: Endpoint, stopping: threading.Event) -> None:
    while not stopping.is_set():
        connection, _ = listener.accept()
        if stopping.is_set():
            connection.close()
            return
        threading.Thread(target=_pass, args=(connection, endpoint, stopping), daemon=True).start()


def _pass(inner: socket.socket, endpoint: Endpoint, stopping: threading.Event) -> None:
    with inner:
        try:
            outer = socket.create_connection((endpoint.host, endpoint.port), timeout=10)
        except OSError:
            return  # the sandboxed program sees its connection closed, as if the endpoint had
        with outer, selectors.DefaultSelector() as selector:
            selector.register(inner, selectors.EVENT_READ, outer)
            selector.register(outer, selectors.EVENT_READ, inner)
            while not stopping.is_set():
                for key, _ in selector.select(0.5):
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    try:
                        data = source.recv(_CHUNK)
                        if not data:
                            return
                        target.sendall(data)
                    except OSError:
                        return

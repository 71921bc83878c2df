"""A git server over https on loopback: git's own `http-backend` behind a small web server with a certificate, which can be
told to refuse."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from orchestrator_assets_tests.reports.servers import certificate
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT


@dataclass
class GitServer:
    """A running server. `refuse` gives (status, headers) to answer with instead, or None; `login` is user:password."""

    url: str
    certificate: Path
    asked: list[str] = field(default_factory=list)
    refuse: Callable[[str], tuple[int, dict[str, str]] | None] = lambda path: None
    login: str | None = None
    versions: bool = True
    """Whether it speaks the newer protocols that clients offer."""


@contextmanager
def git_server(folder: Path, root: Path) -> Iterator[GitServer]:
    """Serves the repositories below `root`."""
    pem = certificate(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.serve()

        def do_POST(self) -> None:
            self.serve()

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            served.asked.append(self.path)
            refused = served.refuse(self.path)
            if refused is None and served.login is not None:
                wanted = "Basic " + base64.b64encode(served.login.encode()).decode()
                if self.headers.get("Authorization") != wanted:
                    refused = 401, {"WWW-Authenticate": 'Basic realm="git"'}
            if refused is not None:
                self.reply(refused[0], refused[1], b"")
                return
            path, _, query = self.path.partition("?")
            environment = {
                **GIT_ENVIRONMENT, "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1", "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if served.versions else "",
            }  # fmt: skip
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.reply(int(headers.pop("Status", "200").split()[0]), headers, content)

        def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    served = GitServer(f"https://127.0.0.1:{server.server_port}", pem)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    before = os.environ.get("GIT_SSL_CAINFO")
    os.environ["GIT_SSL_CAINFO"] = str(pem)
    try:
        yield served
    finally:
        os.environ.pop("GIT_SSL_CAINFO") if before is None else os.environ.update(GIT_SSL_CAINFO=before)
        server.shutdown()
        thread.join()
        server.server_close()

"""`orchestrator hooks`."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from contextlib import suppress
from pathlib import Path

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import say
from orchestrator_assets.settings import settings
from orchestrator_assets.telemetry import log_to_stderr
from orchestrator_assets.web.push_hook import HookRefused, install_hook
from orchestrator_assets.web.receiver import NoSecrets, Receiver, application, secrets_of


@click.group()
def hooks() -> None:
    """Receive webhooks, so that a push is seen within a second."""


@hooks.command()
@click.option("--port", default=3001, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(port: int, host: str) -> None:
    """Receive webhooks at /hooks/github, gitlab, gitea, bitbucket and standard, until Ctrl-C.

    Secrets come from ORCHESTRATOR_HOOK_SECRET_GITHUB and so on (several with a comma between, while one replaces
    another); without any, nothing is received. A delivery is kept in the inbox before it is answered, and the sensor
    looks at the repositories that it names; what it says beyond that is not believed. GET /hooks/inbox lists the
    deliveries to this machine, and elsewhere with ORCHESTRATOR_HOOK_TOKEN as bearer token.
    """
    import uvicorn

    chosen = settings()
    try:
        secrets = secrets_of(chosen)
    except NoSecrets as error:
        raise click.UsageError(str(error)) from None
    log_to_stderr(chosen.log_format == "json")
    listener = _listen(host, port)
    receiver = Receiver(open_database(), chosen, secrets, chosen.hook_seconds)
    say(f"receiving {', '.join(secrets)} at http://{host}:{listener.getsockname()[1]}/hooks/PROVIDER   stop: Ctrl-C")
    sys.stdout.flush()
    config = uvicorn.Config(
        application(receiver), log_level="warning", access_log=False, proxy_headers=False, server_header=False,
        timeout_keep_alive=10, limit_concurrency=200, lifespan="off", h11_max_incomplete_event_size=64 * 1024,
    )  # fmt: skip
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


@hooks.command()
@click.argument("repository", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="REPO")
@click.option("--url", default="http://127.0.0.1:3001", show_default=True, help="Where `orchestrator hooks serve` is.")
@click.option("--name", help="The repository's name in the registry  [its folder's name]")
def install(repository: Path, url: str, name: str | None) -> None:
    """Write a post-receive hook into a bare repository on a plain git server, which tells of each push.

    The secret is read from a file beside the hook that only its owner can read; it is the first of
    ORCHESTRATOR_HOOK_SECRET_STANDARD. A hook that somebody else wrote is left as it is.
    """
    secret = (settings().hook_secret_standard or "").partition(",")[0].strip()
    if not secret:
        raise click.UsageError("set ORCHESTRATOR_HOOK_SECRET_STANDARD to the secret that the hook signs with")
    try:
        written = install_hook(repository, url, name or repository.resolve().name.removesuffix(".git"), secret)
    except HookRefused as error:
        raise click.ClickException(str(error)) from None
    say(f"written: {shlex.quote(str(written))}")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        said = f"cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}); choose another --port"
        raise click.ClickException(said) from None
    listener.listen(1024)
    return listener

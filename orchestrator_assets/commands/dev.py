"""`orchestrator dev`: everything that runs, in the foreground."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import say, warn
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.settings import settings

_GRACE = 30


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the Dagster UI.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address it listens on; it has no authentication.")
def dev(port: int, host: str) -> None:
    """Start the database (unless DATABASE_URL names one), the Dagster UI and the daemon. Ctrl-C stops what was
    started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"cannot listen on {host}:{port} ({error.strerror}); choose another --port"
            raise click.ClickException(said) from None
    if not settings().fleet_path.exists():
        warn(
            f"no fleet registry at {settings().fleet_path} yet: run `orchestrator init`, then `orchestrator repos add`"
        )
    folder = prepare_instance(settings())
    open_database()  # started and migrated once, before several processes want it
    say(f"Dagster UI: http://{host}:{port}   state: {settings().home_path}   stop: Ctrl-C")
    where = ["-h", host, "-p", str(port), "-w", str(folder / "workspace.yaml")]
    raise SystemExit(_run([sys.executable, "-m", "dagster", "dev", *where]))


def _run(command: list[str]) -> int:
    """Runs `dagster dev` until it ends or we are told to stop; ends everything it started. Exit code for the shell."""
    stopped: list[int] = []
    # Before the child exists: a child of ours must not inherit that SIGINT is ignored, as shells do for `command &`.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, frame: stopped.append(number))
    child = subprocess.Popen(command, start_new_session=True)
    while child.poll() is None and not stopped:
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.5)
    if stopped:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    _end_group(child.pid)
    return 0 if stopped else 1


def _end_group(group: int) -> None:
    """Ends whatever `dagster dev` left behind in its session."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(_GRACE * 10):
            try:
                os.killpg(group, signum)
            except ProcessLookupError:
                return
            time.sleep(0.1)

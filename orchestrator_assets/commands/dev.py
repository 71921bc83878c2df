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
from orchestrator_assets.web.signatures import Provider

_GRACE = 30


@click.command()
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the Dagster UI.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address it listens on; it has no authentication.")
@click.option("--hooks-port", default=3001, show_default=True, type=click.IntRange(1, 65535), help="Port for webhooks.")
@click.option("--log-format", type=click.Choice(["colored", "json", "rich"]), default="colored", show_default=True)
@click.option("--read-only", is_flag=True, help="A UI for viewers: whatever changes something is refused.")
def dev(port: int, host: str, hooks_port: int, log_format: str, read_only: bool) -> None:
    """Start the database (unless DATABASE_URL names one), the Dagster UI, the daemon, and, where a webhook secret is
    set, the receiver of webhooks. Ctrl-C stops what was started.

    The UI stands behind a guard that refuses requests of other sites' pages and for other host names
    (ORCHESTRATOR_UI_HOSTS names more).
    """
    receiving = any(getattr(settings(), f"hook_secret_{provider.value}") for provider in Provider)
    for number in (port, hooks_port) if receiving else (port,):
        _probe(host, number)
    if not settings().fleet_path.exists():
        warn(
            f"no fleet registry at {settings().fleet_path} yet: run `orchestrator init`, then `orchestrator repos add`"
        )
    folder = prepare_instance(settings())
    open_database()  # started and migrated once, before several processes want it
    say(f"Dagster UI: http://{host}:{port}   state: {settings().home_path}   stop: Ctrl-C")
    workspace = ["-w", str(folder / "workspace.yaml")]
    ui = ["orchestrator_assets.web.ui", "-h", host, "-p", str(port), *workspace]
    logs = ["--log-format", log_format]
    if log_format == "json":
        os.environ["ORCHESTRATOR_LOG_FORMAT"] = "json"
    commands = [
        [*ui, *logs, *(["--read-only"] if read_only else [])],
        ["dagster._daemon", "run", *workspace, *logs],
    ]
    if receiving:
        say(f"webhooks: http://{host}:{hooks_port}/hooks/PROVIDER")
        commands.append(["orchestrator_assets.cli", "hooks", "serve", "--host", host, "--port", str(hooks_port)])
    raise SystemExit(_run([[sys.executable, "-m", *command] for command in commands]))


def _probe(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"cannot listen on {host}:{port} ({error.strerror}); choose another port"
            raise click.ClickException(said) from None


def _run(commands: list[list[str]]) -> int:
    """Runs the commands until one of them ends or we are told to stop; ends everything they started. Exit code for the
    shell."""
    stopped: list[int] = []
    # Before a child exists: a child of ours must not inherit that SIGINT is ignored, as shells do for `command &`.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, frame: stopped.append(number))
    children = [subprocess.Popen(command, start_new_session=True) for command in commands]
    while not stopped and all(child.poll() is None for child in children):
        with suppress(subprocess.TimeoutExpired):
            children[0].wait(0.5)
    for child, command in zip(children, commands, strict=True):
        if not stopped and child.returncode is not None:
            warn(f"{command[2]} ended with {child.returncode}; stopping the others")
    for child in children:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _GRACE
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
    for child in children:
        _end_group(child.pid)
    return 0 if stopped else 1


def _end_group(group: int) -> None:
    """Ends whatever a child left behind in its session."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(_GRACE * 10):
            try:
                os.killpg(group, signum)
            except ProcessLookupError:
                return
            time.sleep(0.1)

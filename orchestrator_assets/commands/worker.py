"""`orchestrator worker`."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import say
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.settings import settings


@click.command()
@click.option("--name", default=socket.gethostname, help="Unlike every other worker's.  [this machine's name]")
@click.option("--runs", default=2, show_default=True, type=click.IntRange(1), help="Runs at once.")
def worker(name: str, runs: int) -> None:
    """Execute runs on this machine, until Ctrl-C: what is under way is finished first.

    Workers are fed by the Redis at ORCHESTRATOR_BROKER, and need the DATABASE_URL, fleet registry and hub of the
    installation; `orchestrator dev` with the same ORCHESTRATOR_BROKER gives them its runs. Runs of a worker that dies
    are marked as failed within a minute, and what they had not recorded is asked for again.
    """
    if find_spec("dagster_celery") is None:
        raise click.ClickException("workers need Celery: pip install 'orchestrator-assets[celery]'")
    if not settings().broker:
        raise click.UsageError("set ORCHESTRATOR_BROKER to the Redis that feeds the workers, redis://host:6379/0")
    prepare_instance(settings())
    open_database()
    say(f"worker {name}: {runs} runs at once   stop: Ctrl-C")
    sys.stdout.flush()
    celery = [sys.executable, "-m", "celery", "--app", "orchestrator_assets.workers.app", "--quiet"]
    options = ["--queues", "dagster", "--concurrency", str(runs), "--hostname", f"{name}@%h", "--loglevel", "WARNING"]
    os.execv(sys.executable, [*celery, "worker", *options])

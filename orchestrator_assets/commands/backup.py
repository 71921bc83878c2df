"""`orchestrator backup` and `orchestrator restore`."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import say
from orchestrator_assets.operations.backup import BackupFailed
from orchestrator_assets.operations.backup import backup as make_backup
from orchestrator_assets.operations.backup import restore as restore_backup
from orchestrator_assets.settings import settings


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
def backup(target: Path) -> None:
    """Write the database and the local hub into one file, as of one moment; runs may go on meanwhile."""
    open_database()
    try:
        size = make_backup(settings(), target)
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    say(f"{target}: {size:,} bytes")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
def restore(source: Path) -> None:
    """Put a backup into an empty database, and its hub into the home folder if there is none."""
    try:
        done = restore_backup(open_database(), settings(), source)
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    say(f"restored: {', '.join(done)}; run `orchestrator scan` to see what changed since")

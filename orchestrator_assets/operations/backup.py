"""A backup in one file: the database (the catalog's tables and Dagster's), and the hub where it is on this machine.
What is read from git is not in it: a scan makes it again."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from orchestrator_assets.catalog.database import database_url
from orchestrator_assets.catalog.embedded import find_binaries
from orchestrator_assets.fleet.bare import is_whole
from orchestrator_assets.fleet.git import GitFailed, run
from orchestrator_assets.settings import Settings

_DUMP, _HUB = "database.dump", "hub.bundle"
_MEMBERS = frozenset({_DUMP, _HUB})
_TIMEOUT = 3600


class BackupFailed(RuntimeError):
    """It was not backed up or restored; the message says why. A backup that failed leaves no file."""


def backup(settings: Settings, target: Path) -> int:
    """Writes a backup as of one moment and returns its bytes. BackupFailed, also if the file is there already."""
    if target.exists():
        raise BackupFailed(f"{target} is there already")
    with tempfile.TemporaryDirectory(prefix="backup-", dir=target.resolve().parent) as name:
        folder = Path(name)
        _tool(settings, "pg_dump", ["--format=custom", f"--file={folder / _DUMP}"])
        hub = Path(settings.hub)
        if settings.hub_url is None and is_whole(hub):
            try:
                run(["bundle", "create", "--quiet", str(folder / _HUB), "--all"], git_dir=hub, timeout=_TIMEOUT)
            except GitFailed as failed:
                raise BackupFailed(f"the hub cannot be packed: {failed.reason}") from None
        whole = folder / "whole.tar"
        with tarfile.open(whole, "w") as archive:
            for path in sorted(folder.iterdir()):
                if path.name in _MEMBERS:
                    archive.add(path, path.name)
        whole.chmod(0o600)
        whole.replace(target)
    return target.stat().st_size


def restore(engine: Engine, settings: Settings, source: Path) -> list[str]:
    """Puts a backup into an empty database, and its hub where there is none; what was restored. BackupFailed, also if
    the database holds repositories or runs: then nothing is changed."""
    if _in_use(engine):
        raise BackupFailed("the database holds repositories already; restore into an empty one (another home folder)")
    engine.dispose()
    restored = ["database"]
    with tempfile.TemporaryDirectory(prefix="restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, [item for item in archive if item.name in _MEMBERS], filter="data")
        except (tarfile.TarError, OSError) as error:
            raise BackupFailed(f"{source} cannot be read: {error}") from None
        if not (folder / _DUMP).is_file():
            raise BackupFailed(f"{source} is no backup of ours: it holds no {_DUMP}")
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _tool(settings, "pg_restore", [*options, f"--dbname={_name(settings)}", str(folder / _DUMP)])
        if (folder / _HUB).is_file() and settings.hub_url is None and not Path(settings.hub).exists():
            _restore_hub(folder / _HUB, Path(settings.hub), settings.hub_branch)
            restored.append("hub")
    return restored


def _restore_hub(bundle: Path, hub: Path, branch: str) -> None:
    try:
        run(["init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}"], git_dir=hub, timeout=60)
        arguments = ["fetch", "--quiet", "--end-of-options", str(bundle), "+refs/*:refs/*"]
        run(arguments, git_dir=hub, timeout=_TIMEOUT, protocols=("file",))
    except GitFailed as failed:
        raise BackupFailed(f"the database is restored, the hub is not: {failed.reason}") from None


def _in_use(engine: Engine) -> bool:
    with engine.connect() as connection:
        if connection.execute(text("SELECT count(*) FROM catalog.repository")).scalar_one():
            return True
        runs = connection.execute(text("SELECT to_regclass('public.runs')")).scalar()
        return bool(runs and connection.execute(text("SELECT count(*) FROM public.runs")).scalar_one())


def _tool(settings: Settings, name: str, arguments: list[str]) -> None:
    """Runs one of PostgreSQL's tools on our database; the password goes by the environment."""
    url = make_url(database_url(settings))
    given = {"PGHOST": url.query.get("host") or url.host, "PGPORT": url.port, "PGUSER": url.username,
             "PGPASSWORD": url.password, "PGDATABASE": url.database}  # fmt: skip
    environment = {key: str(value) for key, value in given.items() if value is not None}
    path = find_binaries(settings.postgres_bin) / name
    inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LD_LIBRARY_PATH") if key in os.environ}
    done = subprocess.run(
        [str(path), "--no-password", *arguments], env={**inherited, **environment, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        raise BackupFailed(f"{name}: {told[0] if told else f'exit code {done.returncode}'}")


def _name(settings: Settings) -> str:
    return str(make_url(database_url(settings)).database)

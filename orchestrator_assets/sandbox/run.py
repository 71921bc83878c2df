"""One command in a sandbox: an unprivileged user, namespaces of its own (bubblewrap), no network, an empty environment,
limits, and a copy of a folder as the only thing it can write to."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from orchestrator_assets.sandbox.redaction import redacted, secrets_of
from orchestrator_assets.sandbox.relay import Endpoint, relay

JOB = "/job"
RESULT = ".result.json"
"""Name of a file in the working folder that is handed back."""

_RESULT_LIMIT = 1024 * 1024
_RELAY = "/run/relay.sock"
_USERS = range(61_000, 64_000)
_CHUNK = 64 * 1024
_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class Mode(StrEnum):
    """How a command is confined. `none` runs it in a copy, with an empty environment and limits, and nothing else."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


class SandboxMissing(RuntimeError):
    """There is no sandbox here; the message says what to install or set."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a command may go: seconds of wall and processor time, bytes of memory per process and per file, number
    of processes; bytes of output that are kept (its end), and at how many it is killed."""

    wall: float = 300
    cpu: int = 300
    memory: int = 2 * 1024**3
    file_size: int = 256 * 1024**2
    processes: int = 256
    output_kept: int = 1024**2
    output_most: int = 8 * 1024**2


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did. `exit_code` is None if it was killed, `reason` says why. `output` is the end of what it said
    (both streams), without secrets; `cut` is how many bytes before that are missing;
    `result` the content of the file `RESULT` that it wrote (None: it wrote none, or no ordinary one)."""

    exit_code: int | None
    output: str
    seconds: float
    reason: str | None = None
    cut: int = 0
    result: bytes | None = None


def run_in_sandbox(
    folder: Path,
    command: Sequence[str],
    limits: Limits | None = None,
    environment: Mapping[str, str] | None = None,
    mode: Mode = Mode.BUBBLEWRAP,
    network: Endpoint | None = None,
) -> Ran:
    """Runs a command in a copy of a folder, which is gone afterwards. `environment` is all it gets beside PATH and
    HOME; `network` the one endpoint that it can reach, at the Unix socket that `ORCHESTRATOR_RELAY` names.
    SandboxMissing if bubblewrap is wanted and not there."""
    bounds = limits or Limits()
    if mode is Mode.BUBBLEWRAP:
        check()
    with ExitStack() as stack:
        outer = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)))
        job = outer / "job"
        shutil.copytree(folder, job, symlinks=True, ignore_dangling_symlinks=True, ignore=_special)
        socket = stack.enter_context(relay(network, outer / "relay.sock")) if network else None
        user = _user()
        if user is not None:
            _give(outer, user)
        given = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": JOB, "LANG": "C.UTF-8", **(environment or {})}
        if socket is not None:
            given["ORCHESTRATOR_RELAY"] = _RELAY if mode is Mode.BUBBLEWRAP else str(socket)
        full = [*_limited(bounds), *_as_user(user)]
        if mode is Mode.BUBBLEWRAP:
            full += [*_confined(job, socket, given), *command]
            done = _run(full, {"PATH": "/usr/bin:/bin"}, outer, bounds)
        else:
            done = _run([*full, *command], {**given, "HOME": str(job)}, job, bounds)
        return replace(done, result=_result(job / RESULT))


def _result(path: Path) -> bytes | None:
    """A small ordinary file that the command left; a link is not followed: it could lead to a file of ours."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(_RESULT_LIMIT)


def check() -> None:
    """SandboxMissing if there is no bubblewrap here."""
    if shutil.which("bwrap") is None:
        raise SandboxMissing(
            "no sandbox: install bubblewrap (apt-get install bubblewrap), or, for repositories that you trust, set "
            "ORCHESTRATOR_SANDBOX=none"
        )


def _special(folder: str, names: list[str]) -> set[str]:
    """What is neither file, folder nor link stays behind: a pipe would block the copy."""
    found = set()
    for name in names:
        path = Path(folder, name)
        if not (path.is_symlink() or path.is_file() or path.is_dir()):
            found.add(name)
    return found


def _user() -> int | None:
    """A user that nobody is, if we are root; else we stay who we are."""
    return _USERS[int.from_bytes(os.urandom(2), "big") % len(_USERS)] if os.geteuid() == 0 else None


def _give(outer: Path, user: int) -> None:
    for folder, folders, files in os.walk(outer):
        for name in [*folders, *files]:
            os.chown(Path(folder, name), user, user, follow_symlinks=False)
    os.chown(outer, user, user)


def _limited(limits: Limits) -> list[str]:
    return [
        "prlimit", f"--cpu={limits.cpu}", f"--as={limits.memory}", f"--fsize={limits.file_size}",
        f"--nproc={limits.processes}", "--core=0", "--nofile=1024", "--",
    ]  # fmt: skip


def _as_user(user: int | None) -> list[str]:
    rights = ["--no-new-privs", "--inh-caps=-all"]
    who = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
    return ["setpriv", *who, *rights, "--"]


def _confined(job: Path, socket: Path | None, environment: Mapping[str, str]) -> list[str]:
    command = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--die-with-parent",
               "--new-session", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]  # fmt: skip
    for name in _LINKS:
        place = Path("/") / name
        if place.is_symlink():
            command += ["--symlink", str(place.readlink()), f"/{name}"]
        elif place.is_dir():
            command += ["--ro-bind", f"/{name}", f"/{name}"]
    for found in ("/etc/alternatives", "/etc/ld.so.cache"):
        command += ["--ro-bind-try", found, found]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", str(job), JOB, "--chdir", JOB]
    if socket is not None:
        command += ["--dir", "/run", "--bind", str(socket), _RELAY]
    command.append("--clearenv")
    for name, value in environment.items():
        command += ["--setenv", name, value]
    return [*command, "--"]


def _run(command: Sequence[str], environment: Mapping[str, str], folder: Path, limits: Limits) -> Ran:
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    kept, total = bytearray(), 0
    reason: str | None = None
    assert process.stdout is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                left = began + limits.wall - time.monotonic()
                if left <= 0 or not selector.select(left):
                    reason = f"killed after {limits.wall:g} seconds"
                    break
                chunk = os.read(process.stdout.fileno(), _CHUNK)
                if not chunk:
                    break
                total += len(chunk)
                kept += chunk
                del kept[: -limits.output_kept]
                if total > limits.output_most:
                    reason = f"killed after {limits.output_most} bytes of output"
                    break
        if reason is None:
            process.wait(max(0.1, began + limits.wall - time.monotonic()))
    except subprocess.TimeoutExpired:
        reason = f"killed after {limits.wall:g} seconds"
    finally:
        # bubblewrap's end is the end of everything in its namespace, also of what has left the process group
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()
        process.stdout.close()
        process.wait()
    ended = process.returncode
    if reason is None and ended < 0:
        reason = f"ended by signal {-ended}"
    text = kept.decode("utf-8", "backslashreplace")
    return Ran(
        None if reason else ended, redacted(text, secrets_of()), time.monotonic() - began, reason, total - len(kept)
    )

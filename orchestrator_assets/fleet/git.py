"""The one way git child processes are run.

Every git child gets the same few rules: an argument list (no shell), an environment made from nothing, configuration
of ours only, an explicit git directory, no hooks, no prompts, no protocols besides the named ones, a timeout after
which its whole process group is killed, bounded output. GitPython's runner is not used here: it hands the caller's
whole environment to the child (GIT_DIR, GIT_CONFIG_*, GIT_SSH_COMMAND included), reads output without a bound, and on
timeout kills single processes it finds by listing them.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.registry_url import ref_is_safe

REMOTE_PROTOCOLS = ("https", "ssh")
OUTPUT_LIMIT = 64 * 1024 * 1024

_STDERR_KEPT = 64 * 1024
_CHUNK = 64 * 1024
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_USERINFO = re.compile(r"(?<=://)[^/\s'\"]*@")

# What a child may know of its parent: where programs, the user's ssh keys and certificates are, and the proxies. The
# owner gives credentials by GIT_ASKPASS, an ssh agent, or ~/.netrc; git's own configuration files are not read.
_INHERITED = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH"),
    *("SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS", "GIT_SSH_COMMAND"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)
_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=20"
_CONFIG = (
    "safe.bareRepository=explicit",
    f"core.hooksPath={os.devnull}",
    "core.symlinks=false",
    "core.fsmonitor=false",
    "transfer.fsckObjects=true",
    "transfer.credentialsInUrl=die",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "submodule.recurse=false",
    "credential.helper=",
    # A detached gc would outlive its parent, its timeout and the lock that the parent holds.
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
    # A transfer that stands still ends by itself, even when whoever waited for it was killed.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
)


class GitFailed(Exception):
    """A git child failed. `arguments` are git's without the fixed ones, `exit_code` is None if it was killed at its
    limits or never started, `stderr` is the end of what it said; credentials in URLs are blanked in all of them.
    `timed_out` is whether the time limit was why."""

    def __init__(
        self, arguments: Sequence[str], exit_code: int | None, stderr: str, *, timed_out: bool = False
    ) -> None:
        self.arguments = tuple(without_credentials(argument) for argument in arguments)
        self.exit_code = exit_code
        self.stderr = without_credentials(stderr)
        self.timed_out = timed_out
        super().__init__(f"git {self.arguments[0] if self.arguments else ''}: {self.reason}")

    @property
    def reason(self) -> str:
        """Why, on one line: git's own fatal or error line where it gave one."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "ssh:", "remote: "))]
        if told:
            return visible("; ".join(dict.fromkeys(line.strip() for line in told[-3:])))
        return visible(lines[-1].strip()) if lines else f"exit code {self.exit_code}, and it said nothing"


class RefRefused(ValueError):
    """The text is no ref name that git is ever given."""


def run(
    arguments: Sequence[str],
    *,
    git_dir: Path | None,
    timeout: float,
    stdin: bytes = b"",
    protocols: Sequence[str] = REMOTE_PROTOCOLS,
    environment: Mapping[str, str] | None = None,
    config: Sequence[str] = (),
    keep_open: Sequence[int] = (),
    limit: int = OUTPUT_LIMIT,
) -> bytes:
    """Runs `git ARGUMENTS` and returns its stdout (at most `limit` bytes). GitFailed if it exits other than 0, takes
    longer than `timeout` seconds, says more than `limit` or cannot be started.

    `git_dir` is the repository, None for commands that need none (`ls-remote`). The caller has checked every argument
    that comes from outside. `config` are more `key=value`s; `keep_open` are file descriptors that the child inherits
    (a lock that must outlive a killed parent for as long as the child works)."""
    command = _command(arguments, git_dir, config)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=child_environment(protocols, environment),
            start_new_session=True,  # its own process group, so that ssh and index-pack die with it
            pass_fds=tuple(keep_open),
        )
    except OSError as error:
        raise GitFailed(arguments, None, f"fatal: git cannot be started: {error}") from None
    try:
        stdout, stderr = _converse(process, stdin, time.monotonic() + timeout, limit)
    except TimeoutError:
        raise GitFailed(arguments, None, f"fatal: no end after {timeout:g} seconds", timed_out=True) from None
    except _TooMuch:
        raise GitFailed(arguments, None, f"fatal: more than {limit} bytes of output") from None
    finally:
        _end(process)
    if process.returncode != 0:
        raise GitFailed(arguments, process.returncode, stderr.decode("utf-8", "backslashreplace"))
    return stdout


def child_environment(
    protocols: Sequence[str] = REMOTE_PROTOCOLS, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of a git child; `extra` has the last word."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        "GIT_SSH_COMMAND": _SSH,
        **inherited,
        **_FIXED,
        "GIT_ALLOW_PROTOCOL": ":".join(protocols),
        **(extra or {}),
    }


def check_ref(name: str) -> str:
    """The name, if it may be given to git as a ref (a stricter form of `git check-ref-format`). RefRefused if not."""
    if not ref_is_safe(name):
        raise RefRefused(f"{visible(name)!r} is not a usable ref name")
    return name


def is_object_id(text: str) -> bool:
    """Whether the text is a full object id (SHA-1 or SHA-256) in lower-case hex."""
    return bool(_OBJECT_ID.fullmatch(text))


def without_credentials(text: str) -> str:
    """The text with the user and password of every URL in it replaced by `***`."""
    return _USERINFO.sub("***@", text)


def _command(arguments: Sequence[str], git_dir: Path | None, config: Sequence[str]) -> list[str]:
    # Without a repository of its own, a command would look for one around the working directory and obey its
    # configuration; /dev/null is no repository and stops the search.
    folder = os.devnull if git_dir is None else str(git_dir)
    settings = [*_CONFIG, *config]
    if git_dir is not None:
        settings.append(f"safe.directory={folder}")
    return ["git", *(part for setting in settings for part in ("-c", setting)), f"--git-dir={folder}", *arguments]


class _TooMuch(Exception):
    pass


def _converse(process: subprocess.Popen[bytes], stdin: bytes, deadline: float, limit: int) -> tuple[bytes, bytes]:
    """Feeds and reads the child until it has closed its output and ended. TimeoutError, _TooMuch."""
    assert process.stdin and process.stdout and process.stderr
    stdout, stderr = bytearray(), bytearray()
    unsent = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, stdout)
        selector.register(process.stderr, selectors.EVENT_READ, stderr)
        if unsent:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while selector.get_map():
            for key, _ in selector.select(_left(deadline)):
                if key.fileobj is process.stdin:
                    unsent = _send(process.stdin, unsent)
                    if not unsent:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                chunk = os.read(key.fd, _CHUNK)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            if len(stdout) > limit:
                raise _TooMuch
            del stderr[:-_STDERR_KEPT]
    try:
        process.wait(_left(deadline))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return bytes(stdout), bytes(stderr)


def _send(pipe: IO[bytes], unsent: memoryview) -> memoryview:
    try:
        return unsent[os.write(pipe.fileno(), unsent[:_CHUNK]) :]
    except BlockingIOError:
        return unsent
    except BrokenPipeError:  # it stopped reading: its exit code and stderr say why
        return unsent[:0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the child's process group unless the child has ended and been waited for, and closes the pipes."""
    if process.returncode is None:  # nobody has waited for it: even if it is dead, the group's id is still its own
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe and not pipe.closed:
            pipe.close()

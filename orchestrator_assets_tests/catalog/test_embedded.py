"""The embedded server: shared by processes, ended by its last user, also after one of them was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator_assets.catalog import embedded

USER = """
import sys, psycopg2
from pathlib import Path
from orchestrator_assets.catalog import embedded
socket = embedded.start(Path(sys.argv[1])).partition("host=")[2]
psycopg2.connect(host=socket, user="postgres", dbname="orchestrator").close()
print("ready", flush=True)
sys.stdin.readline()
"""


def user(home: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


def leave(child: subprocess.Popen[str]) -> None:
    child.communicate("go\n", timeout=60)
    assert child.returncode == 0


def server(home: Path) -> int | None:
    """The server's process id, None if none runs."""
    try:
        pid = int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return pid


@pytest.mark.slow
def test_one_server_for_all_users_and_none_after_the_last(tmp_path: Path) -> None:
    first = user(tmp_path)
    second = user(tmp_path)
    running = server(tmp_path)
    assert running is not None
    leave(first)
    assert server(tmp_path) == running
    leave(second)
    assert server(tmp_path) is None


@pytest.mark.slow
def test_a_killed_user_does_not_keep_the_server_alive_for_ever(tmp_path: Path) -> None:
    killed = user(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert server(tmp_path) is not None, "nobody was left to stop it"
    leave(user(tmp_path))
    assert server(tmp_path) is None


@pytest.mark.slow
def test_a_home_with_a_name_too_long_for_a_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    home.mkdir()
    leave(user(home))
    assert server(home) is None


def test_no_binaries_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(embedded.EmbeddedServerError, match="DATABASE_URL"):
        embedded.find_binaries(tmp_path)

"""The sandbox, by programs that try to get out of it, to stay, to see or to flood."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.sandbox.redaction import REDACTED, redacted, secrets_of
from orchestrator_assets.sandbox.relay import BadEndpoint, Endpoint
from orchestrator_assets.sandbox.run import Limits, Mode, Ran, SandboxMissing, run_in_sandbox

needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap (Linux); .ci/run installs it"
)
SECRET = "s3cr3t/value+with=signs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    (made / "here.txt").write_text("here\n")
    return made


def sh(folder: Path, script: str, **limits: float) -> Ran:
    return run_in_sandbox(folder, ["sh", "-c", script], Limits(**{"wall": 20, **limits}))  # type: ignore[arg-type]


@needs_bubblewrap
def test_a_command_runs_in_a_copy_and_its_end_is_told(folder: Path) -> None:
    done = sh(folder, "cat here.txt; echo changed > here.txt; echo to stderr >&2; exit 3")
    assert (done.exit_code, done.output, done.reason) == (3, "here\nto stderr\n", None)
    assert (folder / "here.txt").read_text() == "here\n"


@needs_bubblewrap
def test_it_sees_nothing_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKER_VARIABLE", "leaked-marker")
    (tmp_path / "private").write_text("leaked-file")
    script = f"env; cat /proc/1/environ /proc/*/environ; cat {tmp_path}/private; ls /root /home /work /var; id -u; cat /proc/*/cmdline"
    done = sh(folder, script)
    assert "leaked" not in done.output and str(os.getpid()) not in sh(folder, "ls /proc").output.split()
    if os.geteuid() == 0:
        assert "\n0\n" not in done.output


@needs_bubblewrap
def test_it_writes_nowhere_but_in_its_copy(folder: Path) -> None:
    done = sh(
        folder,
        "for p in /usr/x /x /etc/x /dev/shm/../x; do echo x > $p && echo wrote $p; done; echo x > /job/y && echo fine",
    )
    assert "fine" in done.output and "wrote /usr" not in done.output and not Path("/usr/x").exists()
    assert not (folder / "y").exists()


@needs_bubblewrap
def test_links_out_of_the_folder_lead_nowhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("leaked-file")
    (folder / "link").symlink_to(tmp_path / "private")
    (folder / "up").symlink_to("../../..")
    os.mkfifo(folder / "pipe")
    done = sh(folder, "cat link; ls up/work up/root; ls")
    assert "leaked" not in done.output and "pipe" not in done.output


@needs_bubblewrap
def test_it_reaches_no_network_and_no_server_of_ours(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket\ntry: socket.create_connection(('127.0.0.1', {port}), 2); print('reached')\nexcept OSError as e: print('no', e)"
        done = run_in_sandbox(folder, ["python3", "-c", code], Limits(wall=20))
        assert done.output.startswith("no"), done


@needs_bubblewrap
def test_the_one_endpoint_that_is_allowed_is_reached_by_its_socket(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(
            target=lambda: (lambda c: (c.sendall(c.recv(9)[::-1]), c.close()))(server.accept()[0])
        )
        thread.start()
        code = "import os,socket\ns=socket.socket(socket.AF_UNIX); s.connect(os.environ['ORCHESTRATOR_RELAY']); s.sendall(b'abc'); print(s.recv(9).decode())"
        endpoint = Endpoint.parse(f"127.0.0.1:{server.getsockname()[1]}")
        done = run_in_sandbox(folder, ["python3", "-c", code], Limits(wall=20), network=endpoint)
        thread.join(10)
    assert done.output == "cba\n", done


@needs_bubblewrap
def test_what_runs_too_long_is_killed_with_everything_it_started(folder: Path) -> None:
    mark = f"sandbox-test-{os.getpid()}-{time.monotonic_ns()}"
    code = f"setsid bash -c 'exec -a {mark} sleep 600' & (trap '' TERM HUP INT; sleep 600) & echo started; sleep 600"
    done = run_in_sandbox(folder, ["bash", "-c", code], Limits(wall=1.5))
    assert (done.exit_code, done.reason, done.output) == (None, "killed after 1.5 seconds", "started\n")
    deadline = time.monotonic() + 10
    while mark in subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout:
        assert time.monotonic() < deadline, "something outlived the sandbox"


@needs_bubblewrap
def test_a_fork_bomb_is_bounded(folder: Path) -> None:
    done = run_in_sandbox(
        folder, ["bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 1; echo over"], Limits(wall=4, processes=60)
    )
    assert done.seconds < 15


@needs_bubblewrap
def test_a_flood_of_output_is_cut_and_killed(folder: Path) -> None:
    done = sh(folder, "yes 0123456789 | head -c 1000000000", output_kept=1000, output_most=100_000)
    assert done.exit_code is None and "100000 bytes of output" in (done.reason or "")
    assert len(done.output) <= 1000 and done.cut > 90_000


@needs_bubblewrap
def test_memory_files_and_processor_time_are_bounded(folder: Path) -> None:
    hungry = run_in_sandbox(
        folder, ["python3", "-c", "x = bytearray(800_000_000)"], Limits(wall=20, memory=500_000_000)
    )
    assert hungry.exit_code == 1 and "MemoryError" in hungry.output
    large = sh(folder, "head -c 50000000 /dev/zero > big; echo $?", file_size=1_000_000)
    assert large.output.strip() not in ("", "0")
    busy = sh(folder, "while :; do :; done", cpu=1)
    assert busy.exit_code != 0 and busy.seconds < 15


def test_without_bubblewrap_it_is_refused_unless_none_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else found(name))
    with pytest.raises(SandboxMissing, match="ORCHESTRATOR_SANDBOX=none"):
        run_in_sandbox(folder, ["true"])
    monkeypatch.setenv("MARKER_VARIABLE", "leaked-marker")
    done = run_in_sandbox(folder, ["sh", "-c", "env; cat here.txt; echo x > here.txt"], Limits(wall=20), mode=Mode.NONE)
    assert done.exit_code == 0 and "leaked" not in done.output and (folder / "here.txt").read_text() == "here\n"


@needs_bubblewrap
def test_secrets_of_ours_are_not_in_what_it_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", SECRET)
    (folder / "config").write_text(SECRET)
    done = sh(folder, "cat config; echo; base64 config; printf 'x:%s' \"$(cat config)\" | base64")
    assert SECRET not in done.output and REDACTED in done.output
    assert base64.b64encode(SECRET.encode()).decode()[:16] not in done.output


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_found_in_every_form_and_place(before: str, after: str) -> None:
    whole = f"{before}{SECRET}{after}".encode("utf-8", "replace")
    for text in (f"{before}{SECRET}{after}", quote(SECRET, safe=""), base64.b64encode(whole).decode(), whole.hex(),
                 base64.urlsafe_b64encode(whole).decode()):  # fmt: skip
        shown = redacted(text, [SECRET])
        assert SECRET not in shown and REDACTED in shown


def test_which_values_are_secrets() -> None:
    found = secrets_of(
        {"A_TOKEN": "aaaaaa,bbbbbb", "DB": "postgresql://u:pass-word@h/d", "PATH": "/usr/bin", "X_KEY": "short"}
    )
    assert found == {"aaaaaa,bbbbbb", "aaaaaa", "bbbbbb", "pass-word"}


@pytest.mark.parametrize("text", ["", "host", "host:0", "host:99999", "http://h:1", "h:1;x", "a b:1"])
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(BadEndpoint):
        Endpoint.parse(text)

"""Git children: what they know, what they may do, and how they end."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_assets.fleet.git import GitFailed, RefRefused, check_ref, is_object_id, run, without_credentials
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

Make = Callable[[str], GitRepository]
WAIT = 30.0


def environment_of_child(**arguments: str) -> dict[str, str]:
    """What a git child sees, told by a command that an alias of ours runs."""
    out = run(["tell"], git_dir=None, timeout=WAIT, config=["alias.tell=!env"], environment=arguments)
    return dict(line.split("=", 1) for line in out.decode().splitlines() if "=" in line)


def test_large_input_and_output_pass_without_deadlock(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    told = run(["hash-object", "--stdin"], git_dir=None, stdin=data, timeout=WAIT).decode().strip()
    assert told == hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    assert run(["copy"], git_dir=None, stdin=data, timeout=WAIT, config=["alias.copy=!cat"]) == data


def test_a_child_that_does_not_read_its_input_still_ends() -> None:
    assert run(["deaf"], git_dir=None, stdin=b"x" * 1_000_000, timeout=WAIT, config=["alias.deaf=!true"]) == b""


def test_nothing_of_the_callers_environment_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    poison = {
        "GIT_DIR": "/elsewhere",
        "GIT_INDEX_FILE": "/elsewhere",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.sshCommand",
        "GIT_CONFIG_VALUE_0": "false",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_TRACE": "/tmp/trace",
        "DATABASE_URL": "postgresql://user:secret@host/db",
    }
    for name, value in poison.items():
        monkeypatch.setenv(name, value)
    seen = environment_of_child()
    for name, value in poison.items():
        assert seen.get(name) != value, name
    assert "secret" not in "".join(seen.values())


def test_every_child_gets_the_fixed_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    seen = environment_of_child()
    assert {name: seen[name] for name in seen if name.startswith(("GIT_", "LC_"))}.items() >= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "https:ssh",
        "LC_ALL": "C",
    }.items()
    assert "BatchMode=yes" in seen["GIT_SSH_COMMAND"], "ssh never asks"
    assert environment_of_child(GIT_INDEX_FILE="/ours")["GIT_INDEX_FILE"] == "/ours"


def test_no_configuration_but_ours_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = from home\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    scopes = run(["config", "--list", "--show-scope"], git_dir=None, timeout=WAIT).decode().splitlines()
    assert {line.split("\t")[0] for line in scopes} == {"command"}
    told = {line.split("\t")[1].split("=", 1)[0] for line in scopes}
    assert {"safe.barerepository", "core.hookspath", "core.symlinks", "transfer.fsckobjects"} <= told
    assert "transfer.credentialsinurl" in told


def test_the_repository_is_the_named_one_and_safe(repository: Make) -> None:
    made = repository("a")
    commit = made.commit({"f": "1"})
    folder = made.path / ".git"
    assert run(["rev-parse", "HEAD"], git_dir=folder, timeout=WAIT).decode().strip() == commit
    assert run(["config", "safe.directory"], git_dir=folder, timeout=WAIT).decode().strip() == str(folder)
    with pytest.raises(GitFailed, match="not a git repository"):
        run(["rev-parse", "HEAD"], git_dir=None, timeout=WAIT)


def test_planted_hooks_do_not_fire(repository: Make, tmp_path: Path) -> None:
    made = repository("a")
    commit = made.commit({"f": "1"})
    hook, fired = made.path / ".git" / "hooks" / "reference-transaction", tmp_path / "fired"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {fired}\n")
    hook.chmod(0o755)
    made.git("branch", "by-foreign-git")
    assert fired.exists(), "the hook is one that fires"
    fired.unlink()
    run(["update-ref", "refs/heads/ours", commit], git_dir=made.path / ".git", timeout=WAIT)
    assert not fired.exists()


def test_a_timeout_kills_the_whole_group(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    alias = f"alias.hang=!sh -c 'sleep 300 & echo $! > {pid_file}; wait'"
    began = time.monotonic()
    with pytest.raises(GitFailed, match="no end after") as raised:
        run(["hang"], git_dir=None, timeout=1.0, config=[alias])
    assert time.monotonic() - began < WAIT
    assert raised.value.timed_out and raised.value.exit_code is None
    assert is_dead(int(pid_file.read_text()))


def test_endless_output_is_stopped() -> None:
    with pytest.raises(GitFailed, match="more than 100000 bytes") as raised:
        run(["flood"], git_dir=None, timeout=WAIT, config=["alias.flood=!yes"], limit=100_000)
    assert not raised.value.timed_out


def test_a_flood_on_stderr_is_kept_to_its_end() -> None:
    alias = "alias.noise=!sh -c 'yes | head -c 1000000 >&2; echo fatal: the reason >&2; exit 3'"
    with pytest.raises(GitFailed) as raised:
        run(["noise"], git_dir=None, timeout=WAIT, config=[alias])
    assert raised.value.exit_code == 3
    assert raised.value.reason == "fatal: the reason"
    assert len(raised.value.stderr) < 100_000


def test_a_failure_says_why_and_hides_credentials() -> None:
    url = "https://ada:hunter2@127.0.0.1:1/x.git"
    with pytest.raises(GitFailed) as raised:
        run(["ls-remote", "--end-of-options", url], git_dir=None, timeout=WAIT)
    failed = raised.value
    assert failed.arguments == ("ls-remote", "--end-of-options", "https://***@127.0.0.1:1/x.git")
    assert failed.exit_code == 128
    for told in (str(failed), repr(failed), failed.stderr, failed.reason, *failed.arguments):
        assert "hunter2" not in told
    assert str(failed).startswith("git ls-remote: fatal: ")


def test_only_the_named_protocols_are_used(repository: Make) -> None:
    made = repository("a")
    made.commit({"f": "1"})
    url = f"file://{made.path}"
    with pytest.raises(GitFailed, match="transport 'file' not allowed"):
        run(["ls-remote", url], git_dir=None, timeout=WAIT)
    assert b"refs/heads/main" in run(["ls-remote", url], git_dir=None, timeout=WAIT, protocols=("file",))
    with pytest.raises(GitFailed, match="transport 'ext' not allowed"):
        run(["ls-remote", "ext::sh -c true"], git_dir=None, timeout=WAIT, protocols=("https", "ssh", "file"))


def test_a_missing_git_is_a_failure_like_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitFailed, match="git cannot be started"):
        run(["version"], git_dir=None, timeout=WAIT)


@pytest.mark.parametrize(
    "name", ["", "-x", "--upload-pack=x", "a..b", "a b", "a^", "a~1", "a:b", "@{u}", "a.lock", ".a", "a/", "a\n", "é"]
)
def test_refs_that_are_never_given_to_git(name: str) -> None:
    with pytest.raises(RefRefused):
        check_ref(name)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("aZ0_-./@{}~^: \\\x01é*?["), max_size=12) | st.text(max_size=8))
def test_an_accepted_ref_is_one_to_git(name: str) -> None:
    try:
        accepted = check_ref(name)
    except RefRefused:
        return
    assert accepted == name
    subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], env=GIT_ENVIRONMENT, check=True)


def test_object_ids() -> None:
    assert is_object_id("a" * 40)
    assert is_object_id("0" * 64)
    assert not any(is_object_id(text) for text in ("", "a" * 39, "A" * 40, "g" * 40, "a" * 40 + "\n", "HEAD"))


@given(st.from_regex(r"[A-Za-z0-9:@%.+-]{1,20}", fullmatch=True), st.text(max_size=20))
def test_credentials_never_survive(secret: str, around: str) -> None:
    shown = without_credentials(f"{around} https://{secret}SECRET@host/path {around}")
    assert f"{secret}SECRET" not in shown.replace(around, "")
    assert "://***@host/path" in shown


def is_dead(pid: int) -> bool:
    """Whether a process is gone (or a zombie that nobody waits for) within a few seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
    return False

"""The demo fleet: a small invented company's repositories, made by git itself, the same commits every time.

Some of what they hold is broken on purpose, so that a first run shows what a finding looks like.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from orchestrator_assets.demo.history import fast_import, read_history

REGISTRY_FILE = "REPOS.yaml"
DEMO_MARK = "# Demo fleet of orchestrator_assets"
EMPTY_REPOSITORIES = ("mobile-app",)
_CONTENT = Path(__file__).with_name("content")
_STAGING = ".demo-fleet-"
_TIMEOUT = 60.0


class DemoRefused(Exception):
    """The demo fleet cannot be written there; the message says why and what to do."""


def write_demo_fleet(folder: Path) -> Path:
    """Writes the fleet to `folder`/repos and its registry beside it; returns the registry's path. A folder that holds
    the demo already is left as it is; DemoRefused if it holds anything else, or if git fails."""
    registry = folder / REGISTRY_FILE
    if is_demo_fleet(folder):
        return registry
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [path.name for path in sorted(folder.iterdir()) if not path.name.startswith(_STAGING)]
    except OSError as error:
        raise DemoRefused(f"{folder} cannot be used for the demo: {error.strerror}") from None
    if foreign:
        raise DemoRefused(f"{folder} is not empty (it holds {foreign[0]}) and is no demo fleet: name a new folder")
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    try:
        _write(staging)
        (staging / "repos").rename(folder / "repos")
        (staging / REGISTRY_FILE).rename(registry)  # last: it is what makes the folder a demo fleet
    except OSError as error:
        if is_demo_fleet(folder):
            return registry  # another process was faster, and wrote the same
        raise DemoRefused(f"the demo fleet cannot be written to {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return registry


def is_demo_fleet(folder: Path) -> bool:
    """Whether the folder holds a demo fleet, complete and still marked as one."""
    try:
        text = (folder / REGISTRY_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.startswith(DEMO_MARK) and (folder / "repos").is_dir()


def _write(folder: Path) -> None:
    for history in sorted(_CONTENT.glob("*.history")):
        target = folder / "repos" / history.stem
        _new_repository(target)
        _git(target, "fast-import", "--quiet", data=fast_import(read_history(history.read_text(encoding="utf-8"))))
        _git(target, "reset", "--quiet", "--hard", "main")
    for name in EMPTY_REPOSITORIES:
        _new_repository(folder / "repos" / name)
    shutil.copyfile(_CONTENT / REGISTRY_FILE, folder / REGISTRY_FILE)


def _new_repository(target: Path) -> None:
    target.mkdir(parents=True)
    _git(target, "init", "--quiet", "--initial-branch=main", "--template=", ".")


def _git(folder: Path, *arguments: str, data: bytes | None = None) -> None:
    """Runs git in a folder of ours, under nobody's configuration. DemoRefused names what failed."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_DEFAULT_HASH": "sha1",
        "LC_ALL": "C",
    }
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", *arguments]
    try:
        result = subprocess.run(
            command, cwd=folder, env=environment, input=data, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except FileNotFoundError:
        raise DemoRefused("git is not installed, or not on the PATH") from None
    except subprocess.TimeoutExpired:
        raise DemoRefused(f"git {arguments[0]} took longer than {_TIMEOUT:g} s") from None
    if result.returncode:
        said = result.stderr.decode("utf-8", errors="replace").strip().splitlines() or ["no message"]
        raise DemoRefused(f"git {arguments[0]} failed in {folder}: {said[-1]}")

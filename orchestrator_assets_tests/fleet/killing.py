"""A process that dies by SIGKILL at a chosen git child: run as a module, it fetches a mirror or publishes to a hub.

    python -m orchestrator_assets_tests.fleet.killing CHILD HOW DELAY fetch FOLDER URL ROOT
    python -m orchestrator_assets_tests.fleet.killing CHILD HOW DELAY publish HUB WORK PROGRESS COUNT

CHILD counts the git children from 1 (0: none is fatal). HOW is `before` the child starts, `orphan` (right after it
started; it goes on alone), or `together` (after DELAY seconds, the child with its whole group first).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]


def run_and_die(child: int, how: str, delay: float, *arguments: str) -> int:
    """Runs this module in a process of its own; its exit code (-9: it died as it should)."""
    command = [sys.executable, "-m", __name__, str(child), how, str(delay), *arguments]
    return subprocess.run(command, cwd=CHECKOUT, check=False, timeout=120).returncode


def _die_at(fatal: int, how: str, delay: float) -> None:
    seen = 0
    original = subprocess.Popen

    class Dying(original):  # type: ignore[type-arg, valid-type, misc]
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == fatal and how == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            super().__init__(*arguments, **keywords)
            if seen == fatal:
                if how == "together":
                    time.sleep(delay)
                    os.killpg(self.pid, signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)

    subprocess.Popen = Dying  # type: ignore[misc]


def _publish(hub: str, work: str, progress: Path, count: int) -> None:
    from orchestrator_assets.hub.publish import publish
    from orchestrator_assets.hub.repository import HubRepository
    from orchestrator_assets_tests.hub.samples import numbered

    repository = HubRepository(hub, Path(work))
    while (number := int(progress.read_text())) < count:
        publish(repository, numbered(number))
        done = progress.with_suffix(".new")
        done.write_text(str(number + 1))
        done.replace(progress)


def _main() -> None:
    child, how, delay, action, *rest = sys.argv[1:]
    _die_at(int(child), how, float(delay))
    if action == "fetch":
        from orchestrator_assets.fleet.mirrors import Mirror

        Mirror(Path(rest[0]), rest[1], local_roots=[Path(rest[2])]).fetch()
    else:
        _publish(rest[0], rest[1], Path(rest[2]), int(rest[3]))


if __name__ == "__main__":
    _main()

"""Publishers that are killed, and publishers that publish at once: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator_assets.hub.problems import HubError
from orchestrator_assets.hub.publish import log, publish
from orchestrator_assets.hub.repository import HubRepository, Workbench
from orchestrator_assets_tests.fleet.killing import CHECKOUT, run_and_die
from orchestrator_assets_tests.hub.samples import numbered, publication
from orchestrator_assets_tests.hub.test_publish import count, files, git

PUBLICATIONS = 12
LIMIT = 120


@pytest.mark.slow
def test_killed_at_any_point_each_publication_is_there_once(tmp_path: Path) -> None:
    hub, work, progress = tmp_path / "hub.git", tmp_path / "work.git", tmp_path / "progress"
    progress.write_text("0")
    chance = random.Random(20261120)
    kills = {"before": 0, "orphan": 0, "together": 0}
    for _ in range(LIMIT):
        if int(progress.read_text()) >= PUBLICATIONS and sum(kills.values()) >= 30:
            break
        # A publication has three children (gc, ls-remote, push), after two inits for the very first: each is hit.
        child, how = chance.randint(1, 6), chance.choice(list(kills))
        goal = min(int(progress.read_text()) + 2, PUBLICATIONS + 20)
        arguments = (str(hub), str(work), str(progress), str(goal))
        code = run_and_die(child, how, chance.uniform(0, 0.02), "publish", *arguments)
        assert code in (0, -9), "a publisher that is not killed does its work"
        kills[how] += code == -9
    done = int(progress.read_text())
    assert sum(kills.values()) >= 30 and min(kills.values()) >= 5, kills
    assert done >= PUBLICATIONS
    opened = HubRepository(str(hub), work)
    keys = [commit.key for commit in log(opened, 1000)]
    # The last one may have reached the hub although its publisher did not live to note it.
    expected = [numbered(number).key for number in range(done)][::-1]
    assert keys in (expected, [numbered(done).key, *expected])
    assert git(opened, "fsck", "--strict", "--no-dangling") == ""
    publish(opened, numbered(1000))
    assert files(opened) == {path: content.decode() for path, content in numbered(1000).files.items()}


def test_an_orphaned_push_is_waited_for(tmp_path: Path) -> None:
    """A publisher dies while its push waits in a hook of the hub: until the push has ended, nobody takes its place."""
    hub, work, progress, gate = (tmp_path / name for name in ("hub.git", "work.git", "progress", "gate"))
    publish(HubRepository(str(hub), work), publication(A_md="1"))
    progress.write_text("0")
    hook = hub / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\nfor i in $(seq 600); do test -e {gate} && exit 0; sleep 0.05; done\nexit 1\n")
    hook.chmod(0o755)
    assert run_and_die(3, "orphan", 0, "publish", str(hub), str(work), str(progress), "1") == -9
    with pytest.raises(HubError, match="another publication is under way"):
        publish(HubRepository(str(hub), work, timeout=0.2), numbered(0))
    gate.touch()
    assert not publish(HubRepository(str(hub), work), numbered(0)).changed, "the orphan has published it"


def publisher(hub: Path, home: Path, name: str, times: int) -> subprocess.Popen[bytes]:
    script = (
        "import sys; from pathlib import Path\n"
        "from orchestrator_assets.hub.publish import publish\n"
        "from orchestrator_assets.hub.repository import HubRepository\n"
        "from orchestrator_assets_tests.hub.samples import publication\n"
        "hub, home, name, times = sys.argv[1:]\n"
        "for number in range(int(times)):\n"
        "    made = publication(name, **{f'{name}_md': f'{number}'})\n"
        "    assert publish(HubRepository(hub, Path(home) / 'work.git'), made).changed\n"
    )
    command = [sys.executable, "-c", script, str(hub), str(home), name, str(times)]
    return subprocess.Popen(command, cwd=CHECKOUT)


@pytest.mark.parametrize("homes", [1, 3])
def test_publishers_at_once_lose_nothing(tmp_path: Path, homes: int) -> None:
    hub, times = tmp_path / "hub.git", 4
    running = [publisher(hub, tmp_path / f"home{index % homes}", f"p{index}", times) for index in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    opened = HubRepository(str(hub), tmp_path / "home0" / "work.git")
    assert count(opened) == 3 * times
    assert files(opened) == {f"p{index}.md": f"{times - 1}" for index in range(3)}
    assert len({commit.key for commit in log(opened, 100)}) == 3 * times
    assert git(opened, "fsck", "--strict", "--no-dangling") == ""


def test_the_same_publication_by_two_homes_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one looks, the first one publishes, the second one pushes."""
    hub = tmp_path / "hub.git"
    first = HubRepository(str(hub), tmp_path / "a" / "work.git")
    second = HubRepository(str(hub), tmp_path / "b" / "work.git")
    made, original = publication(A_md="1"), Workbench.push

    def push(bench: Workbench, commit: str, tip: str | None) -> str | None:
        monkeypatch.setattr(Workbench, "push", original)
        assert publish(first, made).changed
        return original(bench, commit, tip)

    monkeypatch.setattr(Workbench, "push", push)
    publish(second, made)
    assert count(first) == 1

"""Playbook registries held against files, and playbooks run in the sandbox."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets.playbooks.parse import parse
from orchestrator_assets.playbooks.registry import best
from orchestrator_assets_tests.fleets import Fleet

needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="needs bubblewrap (Linux); .ci/run installs it"
)
REGISTRY = "ops/playbooks/playbooks-registry.yaml"
ENTRIES = """version: 1
playbooks:
  - name: release
    activity: deploy
    domain: web
    path: ops/playbooks/release.sh
    description: Release the web shop to production
    inputs:
      - {name: version, type: string, required: true}
      - {name: copies, type: int, default: 2}
    outputs:
      - {name: url, type: string, required: true}
    metadata: {manual_steps: false, mcp_native: true}
  - name: report
    activity: test
    path: ops/playbooks/report.py
    summary: Count files
  - name: steps
    activity: deploy
    path: ops/playbooks/steps.yaml
    automation_possible: true
  - name: reading
    activity: deploy
    path: ops/playbooks/reading.md
  - name: by-hand
    activity: deploy
    path: ops/playbooks/release.sh
    manual_steps: true
"""
FILES = {
    REGISTRY: ENTRIES,
    "ops/playbooks/release.sh": "#!/bin/sh\necho releasing $INPUT_VERSION $INPUT_COPIES in $(ls | head -1)\n"
    'printf \'{"url": "https://x/%s"}\' "$INPUT_VERSION" > $RESULT_FILE\n',
    "ops/playbooks/report.py": "import os\nprint(sorted(os.listdir('.')))\nraise SystemExit(4)\n",
    "ops/playbooks/steps.yaml": "steps:\n  - run: echo one\n  - run: |\n      false\n      echo not reached\n  - run: echo never\n",
    "ops/playbooks/reading.md": "# Read me\n",
}


def payload(text: str) -> dict[str, Any]:
    found = parse(text.encode(), ".yaml").payload
    assert found is not None
    return found


def test_flags_are_read_flat_or_below_metadata() -> None:
    [release, _, steps, *_] = payload(ENTRIES)["entries"]
    assert (release["mcp_native"], release["manual_steps"], steps["automation_possible"]) == (True, False, True)
    assert release["line"] == 3 and steps["mcp_native"] is None


@pytest.mark.parametrize("text", ["", "a: 1", "playbooks: x", "- a", "playbooks: [", "\x00"])
def test_what_is_no_registry_is_refused(text: str) -> None:
    assert parse(text.encode(), ".yaml").payload is None


def test_an_entry_that_cannot_be_used_is_named_and_the_others_are_kept() -> None:
    text = "playbooks:\n- {name: a, inputs: 3}\n- 7\n- {name: b}\n- {name: c, manual_steps: maybe}\n- {name: d, inputs: [{name: 'x y'}]}\n"
    parsed = parse(text.encode(), ".yaml")
    assert parsed.payload and [row["name"] for row in parsed.payload["entries"]] == ["b"]
    assert len(parsed.problems) == 4


@given(
    st.binary(max_size=300) | st.text(alphabet="playbooks:\n -name{}[]\"'x1", max_size=300).map(str.encode),
    st.sampled_from([".yaml", ".json"]),
)
def test_any_bytes_are_read_without_an_error_and_alike(data: bytes, suffix: str) -> None:
    assert parse(data, suffix) == parse(data, suffix)


def test_registries_are_held_against_their_files(fleet: Fleet) -> None:
    first, second = fleet.make("a", "b")
    broken = """playbooks:
  - {name: gone, activity: deploy, path: ops/playbooks/gone.sh}
  - {name: relative, activity: deploy, path: release.sh}
  - {name: out, activity: deploy, path: ../../etc/passwd}
  - {name: odd, activity: dance, path: ops/playbooks/release.sh}
  - {name: odd, activity: deploy, path: ops/playbooks/release.sh}
  - {name: shell, activity: deploy, path: ops/playbooks/run.ps1, inputs: [{name: x, type: colour}]}
"""
    first.commit({**FILES, REGISTRY: broken, "ops/playbooks/run.ps1": "x"})
    second.commit(FILES)
    fleet.scan()
    index = build_index(fleet.engine, kind_of_index("playbooks")).index
    found = [(item.repository, item.problem.code) for item in index.problems if item.repository == "a"]
    assert sorted(code for _, code in found) == [
        "playbook.activity_unknown", "playbook.entry_invalid", "playbook.file_missing", "playbook.form_unknown",
        "playbook.name_twice", "playbook.path_wrong", "playbook.type_unknown", "playbook.unlisted",
    ]  # fmt: skip
    assert {item.problem.code for item in index.problems if item.repository == "b"} == {"playbook.document"}
    assert index.extras["runnable"] == 3


def test_the_best_fitting_are_offered_first(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    rows = "".join(
        f"  - {{name: p{n}, activity: deploy, path: p.sh, description: '{text}'}}\n"
        for n, text in enumerate(
            ["database backup", "web shop release", "mail", "dns", "certificates", "logs", "queue"]
        )
    )
    made.commit({"playbooks-registry.yaml": f"playbooks:\n{rows}", "p.sh": "true\n"})
    fleet.scan()
    offered = [item.playbook.name for item in best(fleet.engine, "deploy", "please release the shop now")]
    assert offered[0] == "p1" and len(offered) == 5
    assert best(fleet.engine, "test", "release") == []


def playbooks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrator_assets.cli", "playbooks", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture
def ready(fleet: Fleet) -> Fleet:
    ops, shop = fleet.make("ops", "shop")
    ops.commit(FILES)
    shop.commit(
        {"AAA": "x", ".playbook/release.sh": "echo hijacked\n", ".playbook/json.py": "raise SystemExit('hijacked')\n"}
    )
    fleet.scan()
    return fleet


@needs_bubblewrap
def test_a_playbook_is_run_on_a_copy_with_typed_input_and_output(ready: Fleet) -> None:
    done = playbooks("run", "release", "--repo", "shop", "--input", '{"version": "1.2; touch /tmp/x"}', "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["outputs"] == {"url": "https://x/1.2; touch /tmp/x"} and told["outcome"] == "ok"
    assert told["output"].startswith("releasing 1.2; touch /tmp/x 2 in AAA") and set(told["commits"]) == {"ops", "shop"}


@needs_bubblewrap
def test_a_playbook_that_fails_says_so(ready: Fleet) -> None:
    done = playbooks("run", "report", "--repo", "shop")
    assert done.returncode == 1 and "AAA" in done.stdout and "failed (it ended with 4)" in done.stdout
    steps = playbooks("run", "steps", "--repo", "shop", "--json")
    told = json.loads(steps.stdout)
    assert (steps.returncode, told["output"], told["outcome"]) == (1, "one\n", "failed")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["release", "--repo", "shop"], '"version" is a required property'),
        (["release", "--repo", "shop", "--input", '{"version": 3}'], "version"),
        (["release", "--repo", "shop", "--input", '{"version": "1", "other": 1}'], "other"),
        (["release", "--repo", "nowhere", "--input", '{"version": "1"}'], "no repository nowhere"),
        (["reading", "--repo", "shop"], "a text for people"),
        (["by-hand", "--repo", "shop"], "manual steps"),
        (["unheard", "--repo", "shop"], "playbooks list"),
    ],
)
def test_what_is_not_run_says_why(ready: Fleet, arguments: list[str], why: str) -> None:
    done = playbooks("run", *arguments)
    assert done.returncode == 1 and why in done.stderr


def test_network_needs_the_registry_and_the_policy(ready: Fleet) -> None:
    path = ready.folder / "repos" / "ops"
    (path / REGISTRY).write_text(ENTRIES.replace("    domain: web\n", "    domain: web\n    network: 127.0.0.1:9\n"))
    subprocess.run(
        ["git", "-C", str(path), "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "x"], check=True
    )
    ready.scan()
    done = playbooks("run", "release", "--repo", "shop", "--input", '{"version": "1"}')
    assert done.returncode == 1 and "ORCHESTRATOR_PLAYBOOK_NETWORK does not allow" in done.stderr


def test_list_and_check(ready: Fleet) -> None:
    rows = json.loads(playbooks("list", "--activity", "deploy", "--json").stdout)["playbooks"]
    assert [(row["name"], row["runnable"]) for row in rows] == [
        ("by-hand", False), ("reading", False), ("release", True), ("steps", True),
    ]  # fmt: skip
    assert playbooks("check").returncode == 0
    Path(ready.folder / "repos" / "ops" / "ops/playbooks/release.sh").unlink()
    subprocess.run(
        [
            "git",
            "-C",
            str(ready.folder / "repos" / "ops"),
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-qam",
            "x",
        ],
        check=True,
    )
    ready.scan()
    done = playbooks("check", "--json")
    codes = {item["code"] for item in json.loads(done.stdout)["problems"]}
    assert done.returncode == 1 and "playbook.file_missing" in codes

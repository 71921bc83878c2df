"""Hostile repositories beside an honest one, scanned in a process of its own, so that what they cost can be measured."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from orchestrator_assets.catalog.aggregate import as_json, build_index
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets_tests.fleets import Fleet
from orchestrator_assets_tests.repositories import GIT_ENVIRONMENT, GitRepository

SECONDS, MEGABYTES = 10.0, 300
SCAN = [sys.executable, "-m", "orchestrator_assets.cli", "scan", "--json"]
# A process inherits the memory mark of the one that forked it, so a small one stands between the tests and the scan.
MEASURED = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr); sys.exit(code)"
)


@dataclass(frozen=True)
class Outcome:
    """What a scan said of the hostile repository, and every problem of it."""

    status: str
    problems: list[tuple[str, str | None]]
    records: list[dict[str, Any]]

    @property
    def codes(self) -> set[str]:
        return {code for code, _ in self.problems}


def scan(fleet: Fleet) -> Outcome:
    """Scans a fleet with one hostile repository, `hostile`."""
    return scan_all(fleet, "hostile")["hostile"]


def scan_all(fleet: Fleet, *hostile: str) -> dict[str, Outcome]:
    """Scans a fleet with some hostile repositories. The honest neighbour must be untouched by what stands beside it,
    nothing may be dropped without a problem, and the whole must cost what is promised for one."""
    fleet.make("honest")
    fleet.register(*hostile, "honest")
    told, seconds, used = scan_in_a_child(fleet)
    assert used < MEGABYTES, f"{used:.0f} MB"
    assert seconds < SECONDS, "of the processor, start included: the wall's clock tells of other tests, too"
    assert told["honest"]["status"] in ("ok", "unchanged")
    index = as_json(build_index(fleet.engine, kind_of_index("decisions")).index)
    assert [row["id"] for row in index["records"] if row["repo"] == "honest"] == ["ADR-0001"]
    totals = index["totals"]
    assert totals["documents_found"] == totals["documents_parsed"] + totals["documents_refused"]
    from orchestrator_assets.checks import current_problems

    problems = [item for item in current_problems(fleet.engine, fleet.settings, []) if item.repository in hostile]
    assert not [item for item in problems if item.problem.code.endswith("_failed") and "scan" not in item.problem.code]
    return {
        name: Outcome(
            told[name]["status"],
            [(item.problem.code, item.problem.path) for item in problems if item.repository == name],
            [row for row in index["records"] if row["repo"] == name],
        )
        for name in hostile
    }


def scan_in_a_child(fleet: Fleet) -> tuple[dict[str, Any], float, float]:
    """What `orchestrator scan` told, by repository, and the seconds and megabytes it needed."""
    out, err = fleet.folder / "scan.json", fleet.folder / "scan.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        child = subprocess.run(
            [sys.executable, "-c", MEASURED, *SCAN], stdout=stdout, stderr=stderr, timeout=60, check=False
        )
    complaint = err.read_text(errors="replace")
    assert child.returncode in (0, 1) and "Traceback" not in complaint, complaint
    told = {row["repo"]: row for row in json.loads(out.read_text())["repositories"]}
    *_, cpu, memory = complaint.split()
    return told, float(cpu), int(memory) / 1024


def plumbing(made: GitRepository, *arguments: str, stdin: bytes = b"") -> str:
    """A git command fed with bytes: for objects that no porcelain makes."""
    done = subprocess.run(
        ["git", *arguments], cwd=made.path, env={**GIT_ENVIRONMENT, "GIT_AUTHOR_DATE": "2025-06-01T12:00:00+00:00",
             "GIT_COMMITTER_DATE": "2025-06-01T12:00:00+00:00"}, input=stdin, check=True, capture_output=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def commit_tree(made: GitRepository, tree: str) -> None:
    """Makes a tree the tip of main."""
    made.git("update-ref", "refs/heads/main", plumbing(made, "commit-tree", "-m", "x", tree))


def raw_tree(made: GitRepository, *entries: tuple[bytes, bytes, str]) -> str:
    """A tree object of (mode, name, object id) rows as they are, in order or not."""
    raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return plumbing(made, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)

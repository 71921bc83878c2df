"""`orchestrator demo`: a small fleet, and one real run of the whole pipeline over it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click

from orchestrator_assets.catalog import fleet_store, index_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.checks import current_problems
from orchestrator_assets.console import print_table, progress, say
from orchestrator_assets.demo.fleet import write_demo_fleet
from orchestrator_assets.fleet.scan import failed_repositories
from orchestrator_assets.hub import publish as publishing
from orchestrator_assets.hub.indexes import hub_repository
from orchestrator_assets.instance import prepare_instance
from orchestrator_assets.kinds import kinds
from orchestrator_assets.problems import count_by_severity
from orchestrator_assets.settings import settings

_JOB = "refresh_fleet"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def demo(folder: Path) -> None:
    """Make a demo fleet in FOLDER and run the whole pipeline over it, as a real Dagster run.

    The state goes to FOLDER/home unless --home says otherwise. Some of the fleet is broken on purpose: the run is to
    show what is found.
    """
    registry = write_demo_fleet(folder.resolve())
    os.environ["ORCHESTRATOR_FLEET"] = str(registry)
    if "ORCHESTRATOR_HOME" not in os.environ:
        os.environ["ORCHESTRATOR_HOME"] = str(folder.resolve() / "home")
    settings.cache_clear()
    prepare_instance(settings())
    open_database()
    _run_job()
    _summary(registry)


def _run_job() -> None:
    """Runs the job in a process of its own, with a bar of the repositories scanned so far."""
    log = settings().home_path / "demo.log"
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "orchestrator_assets.definitions", "-j", _JOB]
    began = time.monotonic()
    with log.open("wb") as output, progress("running the pipeline", 1) as bar:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        while child.poll() is None:
            targets = fleet_store.targets(open_database())
            scanned = sum(target.status is not None for target in targets)
            bar.update(bar.task_ids[0], total=max(len(targets), 1), completed=scanned)
            time.sleep(0.2)
    if child.returncode != 0:
        raise click.ClickException(f"the run failed; its log is {log}")
    say(f"The job {_JOB} ran in {time.monotonic() - began:.0f} s (log: {log}).")


def _summary(registry: Path) -> None:
    engine = open_database()
    targets = fleet_store.targets(engine)
    failed = failed_repositories(targets)
    rows = []
    for kind in kinds():
        built = index_store.load_built(engine, kind.index)
        if built is not None:
            totals = built.totals
            files = ", ".join(sorted(index_store.load_files(engine, kind.index)))
            rows.append((kind.index, totals["records"], totals["documents_found"], totals["documents_refused"], files))
    say(f"{len(targets)} repositories, {len(failed)} of which cannot be scanned (on purpose).")
    print_table(
        "Indexes",
        ("index", "records", "documents", "refused", "files"),
        rows,
        right=("records", "documents", "refused"),
    )
    counts = count_by_severity(current_problems(engine, settings(), []))
    print_table("Problems found", ("severity", "number"), counts.items(), right=("number",))
    commits = publishing.log(hub_repository(settings()))
    print_table("Hub", ("commit", "subject"), [(commit.id[:12], commit.subject) for commit in commits])
    command = f"{_program()} --home {_near(settings().home_path)} --fleet {_near(registry)}"
    hub = _near(settings().home_path / "hub.git") if settings().hub_url is None else "HUB"
    say("Where to look:")
    say(f"  the pages     git --git-dir={hub} show {settings().hub_branch}:ADR_INDEX.md")
    say(f"  the problems  {command} check")
    say(f"  search        {command} search payments")
    say(f"  the UI        {command} dev")
    if Path("Makefile").exists() and _near(settings().home_path) == ".orchestrator/demo/home":
        say("                or, in this checkout: make ui")


def _program() -> str:
    """How this program was called: by name where that finds it, else by a path from here."""
    program = Path(sys.argv[0]).resolve()
    found = shutil.which(program.name)
    return program.name if found and Path(found).resolve() == program else _near(program)


def _near(path: Path) -> str:
    """The path as seen from here, if it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

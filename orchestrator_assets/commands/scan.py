"""`orchestrator scan`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.catalog.fleet_store import Target
from orchestrator_assets.catalog.snapshot_store import load_facts
from orchestrator_assets.checks import all_codes
from orchestrator_assets.console import print_json, print_table, progress, say, warn
from orchestrator_assets.fleet.scan import ScanResult
from orchestrator_assets.fleet.scan import scan as scan_targets
from orchestrator_assets.fleet.sync import FleetReading, sync_fleet
from orchestrator_assets.settings import settings


@click.command()
@click.option("--repo", "names", multiple=True, metavar="NAME", help="Only this repository; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--report", is_flag=True, help="Also report the materializations to the Dagster instance.")
def scan(names: Sequence[str], as_json: bool, report: bool) -> None:
    """Scan the fleet, or some of it, straight into the catalog.

    Exits 1 if a repository could not be scanned (the others were) or the registry is invalid (the last valid one was
    used).
    """
    engine = open_database()
    reading = sync_fleet(engine, settings())
    tell_registry(reading)
    chosen = _choose(fleet_store.targets(engine), names)
    with progress("scanning", len(chosen)) as bar:
        results = scan_targets(engine, settings(), chosen, "cli", lambda result: bar.advance(bar.task_ids[0]))
    if report:
        from orchestrator_assets.fleet.assets import report_scans

        report_scans([target.repository.key for target in fleet_store.targets(engine)], results)
    if as_json:
        facts = load_facts(engine, [result.key for result in results])
        print_json({"repositories": [_row(item, facts.get(item.key)) for item in results], "totals": _totals(results)})
    else:
        _print(results)
        if not results and reading.intact:
            warn("the registry names no repository yet: `orchestrator repos add URL`, or `repos discover FOLDER`")
    failed = any(result.status.failed for result in results)
    raise SystemExit(1 if failed or not reading.intact else 0)


def tell_registry(reading: FleetReading) -> None:
    """Says on stderr what is wrong with the registry itself."""
    for problem in reading.problems:
        if problem.sort.value == "integrity":
            place = f"{reading.file}:{problem.line}" if problem.line else reading.file
            told = problem.message.removeprefix(f"{reading.file}, line {problem.line}: ")
            warn(f"{place}: {told}; {all_codes()[problem.code].cure}")
    if reading.repair:
        warn("a repair that would read (apply it yourself):\n" + reading.repair)


def _choose(targets: list[Target], names: Sequence[str]) -> list[Target]:
    if not names:
        return targets
    known = {target.repository.name: target for target in targets}
    missing = [name for name in names if name not in known]
    if missing:
        listed = ", ".join(sorted(known)[:20]) or "none"
        raise click.BadParameter(f"no repository {missing[0]!r} in the fleet; it has: {listed}", param_hint="--repo")
    return [known[name] for name in dict.fromkeys(names)]


def _row(result: ScanResult, facts: dict[str, Any] | None) -> dict[str, Any]:
    known = facts or {}
    return {
        "repo": result.repository,
        "status": result.status.value,
        "commit": result.commit,
        "ref": result.ref,
        "changed": result.changed,
        "facts": known,
        "documents": known.get("documents", {}),
        "problems": sum(known.get("problems", {}).values()),
        "seconds": round(result.seconds, 4),
        "detail": result.detail,
    }


def _totals(results: Sequence[ScanResult]) -> dict[str, Any]:
    return {
        "repositories": len(results),
        "failed": sum(result.status.failed for result in results),
        "changed": sum(result.changed for result in results),
        "by_status": dict(sorted(Counter(result.status.value for result in results).items())),
    }


def _print(results: Sequence[ScanResult]) -> None:
    print_table(
        "Scanned",
        ("repository", "status", "commit", "documents", "problems", "seconds"),
        [
            (
                item.repository,
                item.status.value,
                (item.commit or "")[:10],
                sum(item.documents.values()) if item.changed else "",
                item.problems if item.changed else "",
                f"{item.seconds:.2f}",
            )
            for item in results
        ],
        right=("documents", "problems", "seconds"),
    )
    for item in results:
        if item.status.failed:
            warn(f"{item.repository}: {item.status.value}: {item.detail}")
    totals = _totals(results)
    say(f"{totals['repositories']} repositories: {totals['changed']} changed, {totals['failed']} failed")

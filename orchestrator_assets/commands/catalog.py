"""`orchestrator index`, `check`, `problems` and `search`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from orchestrator_assets.catalog.aggregate import as_json as index_as_json
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.catalog.search import search as search_records
from orchestrator_assets.checks import all_codes, current_problems
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.kinds import Index, kinds
from orchestrator_assets.problems import LocatedProblem, Severity, count_by_severity
from orchestrator_assets.settings import settings

_INDEXES = tuple(kind.index for kind in kinds())
_SHOWN = 40


@click.command()
@click.argument("name", type=click.Choice(_INDEXES), metavar="|".join(_INDEXES))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def index(name: str, as_json: bool) -> None:
    """Build a cross-repository index from the catalog and print it."""
    kind = next(kind for kind in kinds() if kind.index == name)
    built = build_index(open_database(), kind).index
    if as_json:
        print_json(index_as_json(built))
    else:
        _print_index(built)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(_INDEXES), metavar=f"[{'|'.join(_INDEXES)}]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(names: Sequence[str], as_json: bool) -> None:
    """Print what the asset checks check: every problem of the registry, the repositories and the indexes (or of the
    named indexes only). Exits 1 if one is an error."""
    problems = current_problems(open_database(), settings(), list(names))
    counts = count_by_severity(problems)
    if as_json:
        print_json({"problems": [item.as_json() for item in problems], "totals": counts})
    else:
        _print_problems(problems)
        say(", ".join(f"{number} {severity}" for severity, number in counts.items()))
    raise SystemExit(1 if counts["error"] else 0)


@click.command()
@click.option("--codes", is_flag=True, help="The registry of codes instead: every problem there can be, and its cure.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def problems(codes: bool, as_json: bool) -> None:
    """List all problems with their cures, or every code there is."""
    registry = all_codes()
    if codes:
        rows = [(c.code, c.severity.value, c.sort.value, c.template, c.cure) for c in registry.values()]
        columns = ("code", "severity", "sort", "message", "cure")
        if as_json:
            print_json([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            print_table("Problem codes", columns, rows)
        return
    found = current_problems(open_database(), settings(), [])
    if as_json:
        print_json([{**item.as_json(), "cure": registry[item.problem.code].cure} for item in found])
        return
    _print_problems(found)
    for code in sorted({item.problem.code for item in found}):
        say(f"{code}: {registry[code].cure}")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@click.option("--kind", type=click.Choice(_INDEXES), help="Only records of this index.")
@click.option("--repo", metavar="NAME", help="Only records of this repository.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def search(words: Sequence[str], kind: str | None, repo: str | None, limit: int, as_json: bool) -> None:
    """Full-text search, best first: words, "a phrase", or, -not."""
    name = next((item.name for item in kinds() if item.index == kind), None)
    text = " ".join(words)
    hits = search_records(open_database(), text, name, repo, limit)
    if as_json:
        print_json({"query": text, "hits": [hit.as_json() for hit in hits]})
        return
    for hit in hits:
        say(f"{hit.place}\n    {hit.title}\n    {' '.join(hit.excerpt.split())}")
    say(f"{len(hits)} records" if hits else f"nothing matches {text!r}")


def _print_index(built: Index) -> None:
    totals = built.totals
    print_table("By status", ("status", "records"), totals["by_status"].items(), right=("records",))
    print_table(
        "By repository",
        ("repository", "scan", "commit", "found", "parsed", "refused", "records"),
        [
            (
                c.repository,
                c.status,
                (c.commit or "")[:10],
                c.found,
                c.parsed,
                c.refused,
                totals["by_repo"][c.repository],
            )
            for c in built.coverage
        ],
        right=("found", "parsed", "refused", "records"),
    )
    _print_problems([item for item in built.problems if item.problem.severity is not Severity.INFO])
    say(
        f"{totals['records']} records from {totals['documents_found']} documents "
        f"({totals['documents_refused']} refused) in {totals['repositories']} repositories "
        f"({totals['repositories_failed']} failed); --json prints them"
    )


def _print_problems(problems: Sequence[LocatedProblem]) -> None:
    if not problems:
        return
    order = list(Severity)
    worst = sorted(problems, key=lambda item: (order.index(item.problem.severity), item.order))
    print_table(
        "Problems",
        ("severity", "code", "where", "message"),
        [(i.problem.severity.value, i.problem.code, _where(i), i.problem.message) for i in worst[:_SHOWN]],
    )
    if len(worst) > _SHOWN:
        say(f"... and {len(worst) - _SHOWN} more; --json prints all")


def _where(item: LocatedProblem) -> str:
    path = item.problem.path or ""
    line = f":{item.problem.line}" if item.problem.line else ""
    return f"{item.repository or 'fleet'} {path}{line}".strip()

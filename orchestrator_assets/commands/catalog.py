"""`orchestrator index`, `check`, `problems` and `search`."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import click
from sqlalchemy import Engine

from orchestrator_assets.catalog import content_store, fleet_store
from orchestrator_assets.catalog.aggregate import as_json as index_as_json
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.catalog.search import search as search_records
from orchestrator_assets.checks import all_codes, current_problems
from orchestrator_assets.console import counted, print_json, print_table, say
from orchestrator_assets.fleet.travel import TravelError, index_at, moment_of
from orchestrator_assets.kinds import DocumentKind, Index, IndexedRecord, kind_of_index, kinds
from orchestrator_assets.problems import LocatedProblem, Severity, count_by_severity
from orchestrator_assets.settings import settings

_INDEXES = tuple(kind.index for kind in kinds())
_NAMES = f"INDEX is one of: {', '.join(_INDEXES)}."
_SHOWN = 40
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
"""How a date begins; no commit's name in hex holds a dash."""


@click.command(epilog=_NAMES)
@click.argument("name", type=click.Choice(_INDEXES), metavar="INDEX")
@click.option("--at", metavar="DATE|COMMIT", help="As of then: a day, a moment (ISO 8601), or with --repo a commit.")
@click.option("--repo", metavar="NAME", help="Of this repository only; needs --at.")
@click.option("--page", is_flag=True, help="Print the page that is published, as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def index(name: str, at: str | None, repo: str | None, page: bool, as_json: bool) -> None:
    """Build a cross-repository index from the catalog and print it: its records, how they were counted, its problems.

    With --at it is built from git as of then, and the catalog's present state stays untouched: of each repository the
    last commit on its ref that is not after the date (a day means its end in UTC) or, with --repo, one commit.
    """
    kind = kind_of_index(name)
    if repo and not at:
        raise click.UsageError("--repo needs --at; `orchestrator search --repo` looks through one repository")
    built = build_index(open_database(), kind).index if at is None else _index_at(kind, at, repo)
    if as_json:
        print_json(index_as_json(built))
    elif page:
        say(next(text for file, text in kind.render(built).items() if file.endswith(".md")))
    else:
        _print_index(built)


@click.command("accept-loss")
@click.argument("code")
@click.option("--repo", required=True, metavar="NAME", help="The repository that lost it.")
def accept_loss(code: str, repo: str) -> None:
    """Accept that a repository holds less than it did: the code of the problem that says so, as `check` prints it.

    From then on the repository's content is compared with what it holds now, and the index is published again.
    """
    codes = {kind.lost.code: kind for kind in kinds() if kind.lost}
    if code not in codes:
        raise click.UsageError(f"{code!r} is no loss that can be accepted; these are: {', '.join(sorted(codes))}")
    settled = content_store.accept_loss(open_database(), repo, codes[code].name, code)
    if not settled:
        raise click.ClickException(f"{repo} has no problem {code}; `orchestrator check {codes[code].index}` lists them")
    build_index(open_database(), codes[code])
    say(f"accepted: {settled} items of {repo} are fewer than they were; {codes[code].index} was built anew")


@click.command(epilog=_NAMES)
@click.argument("names", nargs=-1, type=click.Choice(_INDEXES), metavar="[INDEX]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(names: Sequence[str], as_json: bool) -> None:
    """Print what the asset checks check: every problem of the registry, the repositories and the indexes (or of the
    named indexes only), and how to cure it. Exits 1 if one is an error."""
    problems = current_problems(open_database(), settings(), list(names))
    counts = count_by_severity(problems)
    if as_json:
        print_json({"problems": _with_cures(problems), "totals": counts})
    else:
        print_problems(problems)
        _print_cures(problems)
        say(f"{counted(counts['error'], 'error')}, {counted(counts['warning'], 'warning')}, {counts['info']} info")
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
        print_json(_with_cures(found))
        return
    print_problems(found)
    _print_cures(found)


def _with_cures(found: Sequence[LocatedProblem]) -> list[dict[str, Any]]:
    registry = all_codes()
    return [{**item.as_json(), "cure": registry[item.problem.code].cure} for item in found]


def _print_cures(found: Sequence[LocatedProblem]) -> None:
    registry = all_codes()
    rows = [(code, registry[code].cure) for code in sorted({item.problem.code for item in found})]
    if rows:
        print_table("What to do", ("code", "cure"), rows)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@click.option("--kind", type=click.Choice(_INDEXES), help="Only records of this index.")
@click.option("--repo", metavar="NAME", help="Only records of this repository.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def search(words: Sequence[str], kind: str | None, repo: str | None, limit: int, as_json: bool) -> None:
    """Full-text search, best first: words, or, -not, and phrases in quotes of their own: '"event bus" -legacy'."""
    name = next((item.name for item in kinds() if item.index == kind), None)
    text = " ".join(words).strip()
    if not text:
        raise click.UsageError("search for what? the text is empty")
    engine = open_database()
    known_repository(engine, repo)
    hits = search_records(engine, text, name, repo, limit)
    if as_json:
        print_json({"query": text, "hits": [hit.as_json() for hit in hits]})
        return
    for hit in hits:
        say(f"{hit.place}\n    {hit.title}\n    {' '.join(hit.excerpt.split())}")
    say(f"{len(hits)} records" if hits else f"nothing matches {text!r}")


def known_repository(engine: Engine, name: str | None) -> None:
    """UsageError if the fleet in force names no such repository."""
    names = [item.name for item in fleet_store.fleet(engine)]
    if name is not None and name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else "`orchestrator repos list` lists them"
        raise click.UsageError(f"the registry names no repository {name}; {hint}")


def _index_at(kind: DocumentKind, at: str, repo: str | None) -> Index:
    """The index as of a date, or of one repository at one of its commits (what names no commit there is a date)."""
    engine = open_database()
    known_repository(engine, repo)
    repositories = [item for item in fleet_store.fleet(engine) if repo in (None, item.name)]
    if not repositories:
        raise click.ClickException("the registry names no repositories; run `orchestrator repos list`")
    moment: datetime | str = at
    if repo is None or DATE.match(at):
        try:
            moment = moment_of(at)
        except TravelError as error:
            raise click.UsageError(f"{error}" + ("" if repo else ", or name a repository with --repo")) from None
    found = index_at(engine, settings(), kind, repositories, moment)
    if repo and found.coverage[0].commit is None:
        raise click.ClickException(f"{repo} cannot be read as of {at}: {found.coverage[0].status}")
    return found


def _print_index(built: Index) -> None:
    totals = built.totals
    shown = None if not sys.stdout.isatty() else _SHOWN
    print_table("Records", ("what", "status", "where"), [_record(item) for item in built.records[:shown]])
    if shown is not None and len(built.records) > shown:
        say(f"... and {len(built.records) - shown} more; --page or --json prints all")
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
    print_problems([item for item in built.problems if item.problem.severity is not Severity.INFO], _SHOWN)
    say(
        f"{counted(totals['records'], 'record')} from {counted(totals['documents_found'], 'document')} "
        f"({totals['documents_refused']} refused) in {counted(totals['repositories'], 'repository', 'repositories')} "
        f"({totals['repositories_failed']} failed); --json prints them"
    )


def _record(item: IndexedRecord) -> tuple[str, str, str]:
    """A record of any kind on one line: what it calls itself, its status if it has one, and where it stands."""
    said = item.payload.model_dump(mode="json")
    names = dict.fromkeys(str(said[field]) for field in ("id", "name", "title") if said.get(field))
    told = [name for name in names if not any(other != name and other.startswith(name) for other in names)]
    return (
        ": ".join(told) or item.path,
        str(said.get("status") or ""),
        f"{item.repository}@{item.commit[:10]}:{item.path}:{item.line}",
    )


def print_problems(problems: Sequence[LocatedProblem], limit: int | None = None) -> None:
    """The problems as a table, worst first; the worst `limit` of them."""
    if not problems:
        return
    order = list(Severity)
    worst = sorted(problems, key=lambda item: (order.index(item.problem.severity), item.order))
    print_table(
        "Problems",
        ("severity", "code", "where", "message"),
        [(i.problem.severity.value, i.problem.code, _where(i), i.problem.message) for i in worst[:limit]],
    )
    if limit is not None and len(worst) > limit:
        say(f"... and {len(worst) - limit} more; `orchestrator check` prints all")


def _where(item: LocatedProblem) -> str:
    path = item.problem.path or ""
    line = f":{item.problem.line}" if item.problem.line else ""
    return f"{item.repository or 'fleet'} {path}{line}".strip()

"""`orchestrator projects`."""

from __future__ import annotations

from typing import Any

import click

from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.catalog.database import open_database
from orchestrator_assets.console import print_json, print_table, say
from orchestrator_assets.kinds import kind_of_index
from orchestrator_assets.projects.board import Change, Names, apply, plan
from orchestrator_assets.projects.board_api import BoardApi
from orchestrator_assets.settings import settings


@click.group()
def projects() -> None:
    """Project specifications and the boards that show them (`orchestrator index projects` lists them)."""


@projects.command()
@click.argument("project", metavar="PROJECT-NN")
@click.option("--owner", required=True, help="Whose board it is: a GitHub organisation or user.")
@click.option("--board", "number", required=True, type=int, help="The board's number, as in its address.")
@click.option("--sequence-field", default="Sequence", show_default=True, help="Number field for the step.")
@click.option("--status-field", default="Status", show_default=True, help="Field with the options Done, In Progress.")
@click.option("--label", help="Also add this label to the issues.")
@click.option("--apply", "applied", is_flag=True, help="Make the changes; without it they are only shown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sync(
    project: str, owner: str, number: int, sequence_field: str, status_field: str, label: str | None, applied: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Bring the fields of a GitHub project board in line with a specification's execution sequence.

    Reads the board, shows what differs, and changes it with --apply. Only the named fields of the issues in the
    sequence are touched; applying twice changes nothing the second time. Needs ORCHESTRATOR_GITHUB_TOKEN.
    """
    chosen = settings()
    if not chosen.github_token:
        raise click.ClickException("no token: set ORCHESTRATOR_GITHUB_TOKEN to one that may write projects")
    found = _project(project)
    names = Names(sequence_field, status_field, label)
    api = BoardApi(chosen.github_api, chosen.github_token, chosen.delivery_timeout)
    board = api.read(api.find(owner, number))
    wanted = plan(board, found["steps"], found["repo"], names)
    if applied:
        apply(api, board, owner, wanted.changes, names)
    if as_json:
        rows = [_row(change) for change in wanted.changes]
        print_json({"board": board.title, "applied": applied, "changes": rows, "absent": list(wanted.absent)})
        return
    columns = ("issue", "field", "is", "should be")
    if wanted.changes:
        shown = [(c.issue, c.field, "" if c.before is None else c.before, c.after) for c in wanted.changes]
        print_table(f"Board {board.title}", columns, shown)
    for issue in wanted.absent:
        say(f"{issue} is in the sequence and not on the board")
    done = "made" if applied else "to make; --apply makes them"
    say(f"{len(wanted.changes)} changes {done}" if wanted.changes else "the board is as the specification says")


def _project(name: str) -> dict[str, Any]:
    """The project of this id in the index. ClickException names those there are."""
    rows = build_index(open_database(), kind_of_index("projects"), keep=False).index.extras["projects"]
    for row in rows:
        if row["id"].casefold() == name.casefold():
            return dict(row)
    known = ", ".join(row["id"] for row in rows) or "none; scan the repository that holds docs/project-specs/ first"
    raise click.ClickException(f"there is no {name}; known: {known}")


def _row(change: Change) -> dict[str, Any]:
    return {"issue": change.issue, "field": change.field, "before": change.before, "after": change.after}

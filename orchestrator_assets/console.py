"""Printing for people: tables and progress that also read well in a narrow terminal, without colour, or piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from orchestrator_assets.documents.text import visible

_COLOURS = {"error": "red", "warning": "yellow", "ok": "green", "unchanged": "dim", "info": "dim"}


def console(error: bool = False) -> Console:
    """A console on stdout or stderr; rich itself honours NO_COLOR and pipes."""
    return Console(stderr=error, highlight=False)


def print_json(data: Any) -> None:
    """One JSON value on stdout."""
    json.dump(data, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """A table of plain text; markup in a cell is shown, not obeyed. `right` are the columns of numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def _cell(value: Any) -> Text:
    text = "" if value is None else visible(str(value))
    return Text(text, style=_COLOURS.get(text, ""))


def say(text: str = "") -> None:
    """A line on stdout, as it is."""
    click.echo(text)


def warn(text: str) -> None:
    """A line on stderr."""
    click.echo(text, err=True)


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """A progress bar on stderr with one task (id 0); silent where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = Progress(*columns, console=console(error=True), transient=True, disable=not sys.stderr.isatty())
    with shown:
        shown.add_task(what, total=total)
        yield shown

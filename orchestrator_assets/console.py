"""Printing for people: tables and progress that also read well in a narrow terminal, without colour, or piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from orchestrator_assets.documents.text import visible

_COLOURS = {"error": "red", "warning": "yellow", "ok": "green", "unchanged": "dim", "info": "dim"}
_SENTENCE = 36
"""Cells longer than that are read as sentences, and may be broken over lines."""
_AROUND = 3
"""Columns that a cell takes besides its text: a space on each side, and a line."""


def console(error: bool = False) -> Console:
    """A console on stdout or stderr; rich itself honours NO_COLOR and pipes."""
    return Console(stderr=error, highlight=False)


def print_json(data: Any) -> None:
    """One JSON value on stdout."""
    json.dump(data, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Sequence[str] = ()) -> None:
    """A table of plain text, if there is a row; markup in a cell is shown, not obeyed. `right` are the columns of
    numbers.

    Names are never broken over lines: only texts of sentences are. Where a terminal is too narrow for that, each row
    becomes a few lines; a pipe gets one line for each row, however long, so that `grep` finds what it looks for."""
    shown = [[_cell(value) for value in row] for row in rows]
    if not shown:
        return
    out = console()
    if not out.is_terminal:
        _print_lines(title, columns, shown)
        return
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    narrowest = 1
    for number, column in enumerate(columns):
        widest = max(cell_len(column), *(row[number].cell_len for row in shown))
        sentences = widest > _SENTENCE
        narrowest += min(widest, _SENTENCE) + _AROUND
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=not sentences,
            min_width=_SENTENCE if sentences else None,
        )
    for row in shown:
        table.add_row(*row)
    if narrowest <= out.width:
        out.print(table)
    else:
        _print_blocks(out, title, columns, shown)


def _print_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    widths = [max(len(column), *(len(row[number]) for row in rows), 0) for number, column in enumerate(columns)]
    click.echo(title)
    for cells in (columns, *([str(cell) for cell in row] for row in rows)):
        padded = (" ".join(cell.split()).ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _print_blocks(out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    out.print(Text(title, style="bold"))
    for row in rows:
        first, *rest = row
        out.print(first)
        for column, cell in zip(columns[1:], rest, strict=True):
            if cell.plain.strip():
                out.print(Padding(Text.assemble((f"{column}: ", "dim") if column else "", cell), (0, 0, 0, 2)))


def _cell(value: Any) -> Text:
    text = "" if value is None else visible(str(value))
    return Text(text, style=_COLOURS.get(text, ""))


def say(text: str = "") -> None:
    """A line on stdout, as it is."""
    click.echo(text)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


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

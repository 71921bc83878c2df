"""Full-text search over all records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, func, select

from orchestrator_assets.catalog.tables import record, repository
from orchestrator_assets.documents.text import words_of

_TERM = re.compile(r'-?"[^"]*"|\S+')
_QUERY_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a search found; `rank` is PostgreSQL's, higher is better; `excerpt` is words of its text, what
    matched in [brackets]."""

    repository: str
    kind: str
    commit: str
    path: str
    line: int
    title: str
    excerpt: str
    rank: float

    @property
    def place(self) -> str:
        """`repo@commit:path:line`, the commit abbreviated."""
        return f"{self.repository}@{self.commit[:12]}:{self.path}:{self.line}"

    @property
    def full_place(self) -> str:
        """`repo@commit:path:line`, the way it is cited."""
        return f"{self.repository}@{self.commit}:{self.path}:{self.line}"

    def as_json(self) -> dict[str, Any]:
        """The hit as the CLI prints it."""
        return {
            "repo": self.repository,
            "kind": self.kind,
            "commit": self.commit,
            "path": self.path,
            "line": self.line,
            "title": self.title,
            "excerpt": self.excerpt,
            "rank": round(self.rank, 6),
            "place": self.full_place,
        }


def search(
    engine: Engine, words: str, kind: str | None = None, repository_name: str | None = None, limit: int = 20
) -> list[Hit]:
    """Records that match, best first. `words` is a web-style query: "quoted phrase", or, -not; `kind` is a kind's
    name. A query without a searchable word finds nothing."""
    query = func.websearch_to_tsquery("english", _plain(words))
    rank = func.ts_rank_cd(record.c.search, query)
    excerpt = func.ts_headline(
        "english", func.left(record.c.body_words, 20000), query, "StartSel=[, StopSel=], MaxWords=18, MinWords=8"
    )
    columns = record.c
    found = (
        select(repository.c.name, columns.kind, columns.commit, columns.path, columns.line, columns.title,
               excerpt.label("excerpt"), rank.label("rank"))
        .join(repository, repository.c.key == columns.repository)
        .where(columns.search.op("@@")(query), ~repository.c.retired)
        .order_by(rank.desc(), repository.c.name, columns.path, columns.ordinal)
        .limit(limit)
    )  # fmt: skip
    if kind is not None:
        found = found.where(columns.kind == kind)
    if repository_name is not None:
        found = found.where(repository.c.name == repository_name)
    with engine.connect() as connection:
        return [
            Hit(row.name, row.kind, row.commit, row.path, row.line, row.title, row.excerpt, float(row.rank))
            for row in connection.execute(found)
        ]


def texts(
    engine: Engine, words: str, kind: str | None = None, repository_name: str | None = None, limit: int = 20
) -> list[tuple[Hit, str]]:
    """Records that hold any of the words, best first, with their whole text."""
    any_of = " or ".join(dict.fromkeys(words_of(words, _QUERY_LIMIT).split()))
    query = func.websearch_to_tsquery("english", any_of)
    rank = func.ts_rank_cd(record.c.search, query)
    found = _records(kind, repository_name).add_columns(rank.label("rank")).where(record.c.search.op("@@")(query))
    found = found.order_by(rank.desc(), repository.c.name, record.c.path, record.c.ordinal).limit(limit)
    with engine.connect() as connection:
        return [(_hit(row, float(row.rank)), row.body) for row in connection.execute(found)]


def records(engine: Engine, kind: str, repository_name: str | None = None) -> list[tuple[Hit, dict[str, Any]]]:
    """All records of a kind, by place, with their payloads."""
    found = _records(kind, repository_name).order_by(repository.c.name, record.c.path, record.c.ordinal)
    with engine.connect() as connection:
        return [(_hit(row, 0.0), row.payload) for row in connection.execute(found)]


def bodies(engine: Engine, kind: str, repository_name: str | None = None) -> list[tuple[Hit, str]]:
    """All records of a kind, by place, with their whole text."""
    found = _records(kind, repository_name).order_by(repository.c.name, record.c.path, record.c.ordinal)
    with engine.connect() as connection:
        return [(_hit(row, 0.0), row.body) for row in connection.execute(found)]


def _records(kind: str | None, repository_name: str | None) -> Select[Any]:
    columns = record.c
    found = (
        select(repository.c.name, columns.kind, columns.commit, columns.path, columns.line, columns.title,
               columns.body, columns.payload)
        .join(repository, repository.c.key == columns.repository)
        .where(~repository.c.retired)
    )  # fmt: skip
    if kind is not None:
        found = found.where(columns.kind == kind)
    return found if repository_name is None else found.where(repository.c.name == repository_name)


def _hit(row: Row[Any], rank: float) -> Hit:
    return Hit(row.name, row.kind, row.commit, row.path, row.line, row.title, "", rank)


def _plain(query: str) -> str:
    """The query in words as they were stored: a compound ("event-bus", "ADR-0005") is a phrase of its parts. Quotes and
    a leading minus keep their meaning."""
    return " ".join(_term(term) for term in _TERM.findall(query[:_QUERY_LIMIT]))


def _term(term: str) -> str:
    minus = "-" if term.startswith("-") else ""
    parts = words_of(term, _QUERY_LIMIT).split()
    if len(parts) > 1 or '"' in term:
        return f'{minus}"{" ".join(parts)}"' if parts else ""
    return minus + parts[0] if parts else ""

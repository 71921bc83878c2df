"""The books of the activities: every run with what came of it, specifications, and the last good documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_assets.catalog.snapshot_store import clean_json
from orchestrator_assets.catalog.tables import activity_document, activity_run, specification
from orchestrator_assets.documents.text import storable

NO_MODEL = "no_model"
"""Outcome of a run that had no model to ask."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run in the books. `outcome` is None while it is under way or if its process was killed; `succeeded` is by
    evidence: answered, and every gate passed; `source` is the file it was loaded from, None if it ran here; `extra`
    what that file holds beside."""

    id: int
    run_id: str
    correlation_id: str
    activity: str
    target: str
    commit: str | None
    prompt_version: str | None
    evidence: str | None
    input: Any
    outcome: str | None
    detail: str | None
    output: Any
    gates: Mapping[str, Any]
    citations: Mapping[str, Any]
    cut: Sequence[Any]
    playbook: str | None
    succeeded: bool | None
    source: str | None
    extra: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    commit: str | None
    outcome: str
    detail: str | None
    output: Any
    gates: Mapping[str, Any]
    citations: Mapping[str, Any]
    cut: Sequence[Any]
    evidence: str | None
    playbook: str | None
    succeeded: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How an activity went on a target so far (with a playbook, if it chose one)."""

    activity: str
    target: str
    playbook: str | None
    runs: int
    succeeded: int
    mean_seconds: float | None

    @property
    def rate(self) -> float | None:
        """The part (0 to 1) that succeeded; None without a run."""
        return round(self.succeeded / self.runs, 4) if self.runs else None


@dataclass(frozen=True, slots=True)
class Document:
    """The last good version of a generated document. `refused` is why a newer draft was not taken (None: it was)."""

    name: str
    activity: str
    target: str
    evidence: str
    content: str
    run_id: str
    refused: str | None
    refused_evidence: str | None


def start(
    engine: Engine,
    run_id: str,
    correlation_id: str,
    activity: str,
    target: str,
    prompt_version: str,
    given: Any,
) -> int:
    """Writes down that a run began, and returns its number."""
    with engine.begin() as connection:
        number: int = connection.execute(
            insert(activity_run)
            .values(
                run_id=run_id,
                correlation_id=correlation_id,
                activity=activity,
                target=target,
                prompt_version=prompt_version,
                input=clean_json(given),
            )
            .returning(activity_run.c.id)
        ).scalar_one()
        return number


def end(engine: Engine, number: int, ended: Ended) -> None:
    """Writes down how a run ended."""
    with engine.begin() as connection:
        connection.execute(
            update(activity_run)
            .where(activity_run.c.id == number)
            .values(
                commit=ended.commit,
                outcome=ended.outcome,
                detail=storable(ended.detail) if ended.detail else None,
                output=clean_json(ended.output),
                gates=clean_json(dict(ended.gates)),
                citations=clean_json(dict(ended.citations)),
                cut=clean_json(list(ended.cut)),
                evidence=ended.evidence,
                playbook=ended.playbook,
                succeeded=ended.succeeded,
                seconds=ended.seconds,
                ended_at=func.clock_timestamp(),
            )
        )


def runs(
    engine: Engine,
    activity: str | None = None,
    target: str | None = None,
    limit: int = 100,
    not_evidence: str | None = None,
) -> list[Run]:
    """The newest runs, newest first; `not_evidence` leaves out those made from exactly this evidence."""
    query = select(activity_run).order_by(activity_run.c.started_at.desc(), activity_run.c.id.desc()).limit(limit)
    if activity is not None:
        query = query.where(activity_run.c.activity == activity)
    if target is not None:
        query = query.where(activity_run.c.target == target)
    if not_evidence is not None:
        query = query.where(activity_run.c.evidence.is_distinct_from(not_evidence), activity_run.c.outcome.is_not(None))
    with engine.connect() as connection:
        return [_run(row) for row in connection.execute(query)]


def figures(
    engine: Engine, activity: str | None = None, target: str | None = None, not_evidence: str | None = None
) -> list[Figures]:
    """How activities went, by activity, target and playbook; runs under way, and those without a model to ask, do not
    count."""
    columns = activity_run.c
    query = (
        select(
            columns.activity,
            columns.target,
            columns.playbook,
            func.count().label("runs"),
            func.count().filter(columns.succeeded).label("succeeded"),
            func.avg(columns.seconds).label("mean"),
        )
        .where(columns.outcome.is_not(None), columns.outcome != NO_MODEL)  # nothing was tried
        .group_by(columns.activity, columns.target, columns.playbook)
        .order_by(columns.activity, columns.target, columns.playbook)
    )
    if activity is not None:
        query = query.where(columns.activity == activity)
    if target is not None:
        query = query.where(columns.target == target)
    if not_evidence is not None:
        query = query.where(columns.evidence.is_distinct_from(not_evidence))
    with engine.connect() as connection:
        return [
            Figures(row.activity, row.target, row.playbook, row.runs, row.succeeded, row.mean)
            for row in connection.execute(query)
        ]


def replace_loaded(engine: Engine, source: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Takes the runs that a file of another system tells of into the books, in place of what it told before."""
    with engine.begin() as connection:
        connection.execute(delete(activity_run).where(activity_run.c.source == source))
        if rows:
            connection.execute(insert(activity_run), [{**_storable(row), "source": source} for row in rows])


def save_specification(engine: Engine, service: str, content: Mapping[str, Any], source: str | None) -> None:
    """Keeps a service's specification whole."""
    values = {"content": clean_json(dict(content)), "source": source, "updated_at": func.clock_timestamp()}
    with engine.begin() as connection:
        statement = insert(specification).values(service=service, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["service"], set_=values))


def specifications(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every kept specification by service."""
    with engine.connect() as connection:
        query = select(specification).order_by(specification.c.service)
        return {row.service: row.content for row in connection.execute(query)}


def load_document(engine: Engine, name: str) -> Document | None:
    """The last good version of a document."""
    with engine.connect() as connection:
        row = connection.execute(select(activity_document).where(activity_document.c.name == name)).first()
    return _document(row) if row else None


def documents(engine: Engine) -> list[Document]:
    """Every document, by name."""
    with engine.connect() as connection:
        return [
            _document(row) for row in connection.execute(select(activity_document).order_by(activity_document.c.name))
        ]


def save_document(engine: Engine, document: Document) -> None:
    """Keeps a document as the last good version."""
    values: dict[str, Any] = {
        "activity": document.activity,
        "target": document.target,
        "evidence": document.evidence,
        "content": storable(document.content),
        "run_id": document.run_id,
        "refused": None,
        "refused_evidence": None,
        "updated_at": func.clock_timestamp(),
    }
    with engine.begin() as connection:
        statement = insert(activity_document).values(name=document.name, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def refuse_draft(engine: Engine, name: str, evidence: str, why: str) -> None:
    """Notes that a newer draft was not taken; the last good version stays."""
    with engine.begin() as connection:
        connection.execute(
            update(activity_document)
            .where(activity_document.c.name == name)
            .values(refused=storable(why), refused_evidence=evidence)
        )


def _storable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: clean_json(value) if isinstance(value, dict | list | str) else value for key, value in row.items()}


def _run(row: Row[Any]) -> Run:
    return Run(**{name: getattr(row, name) for name in Run.__slots__})


def _document(row: Row[Any]) -> Document:
    return Document(**{name: getattr(row, name) for name in Document.__slots__})

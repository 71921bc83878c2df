"""Planned against actual: the execution sequence of each project, and the session notes of its issues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem
from orchestrator_assets.projects import problems as codes
from orchestrator_assets.projects.model import Project, Step
from orchestrator_assets.session_notes.model import NoteStatus, SessionNote


@dataclass(frozen=True, slots=True)
class Work:
    """What session notes tell of an issue: the first and the last day they are dated, and whether it is complete."""

    begun: str | None
    last: str | None
    complete: bool


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """Steps done out of order, dependencies that are unknown or go in circles. Extras: `projects`, each with its
    planned steps, what was done of them, and how many criteria are met."""
    known = worked(found.others["session-notes"])
    problems = [*_dependencies(found.records)]
    rows = []
    for record in found.records:
        project = _project(record)
        steps = [_step(record.repository, step, known) for step in project.steps]
        late = list(_out_of_order(steps))
        for told in late:
            problems.append(
                LocatedProblem(codes.OUT_OF_ORDER.at(record.path, told.pop("line"), **told), record.repository)
            )
        rows.append(
            {
                "repo": record.repository,
                "path": record.path,
                "id": project.id,
                "name": project.name,
                "status": project.status,
                "planned": [list(level) for level in _levels(project)],
                "steps": steps,
                "out_of_order": late,
                "criteria": len(project.criteria),
                "criteria_met": sum(item.met is True for item in project.criteria),
            }
        )
    return problems, {"projects": rows}


def worked(notes: Sequence[IndexedRecord]) -> dict[tuple[str, int], Work]:
    """By repository and issue: what its session notes tell. Issues are also known under no repository ("")."""
    found: dict[tuple[str, int], list[SessionNote]] = defaultdict(list)
    for record in notes:
        note = record.payload
        assert isinstance(note, SessionNote)
        if note.issue is not None:
            found[record.repository, note.issue].append(note)
    return {key: _work(items) for key, items in found.items()}


def _work(notes: Sequence[SessionNote]) -> Work:
    days = sorted(note.date for note in notes if note.date)
    statuses = {note.status for note in notes if note.status is not None}
    return Work(days[0] if days else None, days[-1] if days else None, statuses == {NoteStatus.COMPLETE})


def _step(repository: str, step: Step, known: Mapping[tuple[str, int], Work]) -> dict[str, Any]:
    """A step with what was done of it: complete if it says so, or if the notes of all its issues do."""
    works = [known.get(_place(issue, repository)) for issue in step.issues]
    seen = [work for work in works if work is not None]
    by_notes = bool(works) and len(seen) == len(works) and all(work.complete for work in seen)
    return {
        "number": step.number,
        "text": step.text,
        "line": step.line,
        "issues": list(step.issues),
        "begun": min((work.begun for work in seen if work.begun), default=None),
        "last": max((work.last for work in seen if work.last), default=None),
        "complete": step.done if step.done is not None else by_notes if seen else None,
    }


def _place(issue: str, repository: str) -> tuple[str, int]:
    name, _, number = issue.partition("#")
    return name or repository, int(number)


def _out_of_order(steps: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Steps that were begun before an earlier one was complete, as far as dated notes tell."""
    for later in steps:
        for earlier in steps:
            if earlier["number"] >= later["number"] or later["begun"] is None or earlier["begun"] is None:
                continue
            ended = earlier["last"] if earlier["complete"] else None
            if ended is None or later["begun"] < ended:
                yield {
                    "line": later["line"],
                    "later": later["number"],
                    "issue": ", ".join(later["issues"]),
                    "day": later["begun"],
                    "earlier": earlier["number"],
                    "open": ", ".join(earlier["issues"]),
                }


def _levels(project: Project) -> Iterator[tuple[str, ...]]:
    """The issues of each step number in order; those of one number may be done at the same time."""
    for number in sorted({step.number for step in project.steps}):
        yield tuple(issue for step in project.steps if step.number == number for issue in step.issues)


def _dependencies(records: Sequence[IndexedRecord]) -> Iterator[LocatedProblem]:
    import networkx as nx  # here: loading the code location must not wait for it

    by_number = {_project(record).number: record for record in records}
    graph: nx.DiGraph[int] = nx.DiGraph()
    for record in records:
        for number in _project(record).depends_on:
            if number in by_number:
                graph.add_edge(_project(record).number, number)
            else:
                yield LocatedProblem(codes.UNKNOWN.at(record.path, record.line, number=number), record.repository)
    for circle in sorted(sorted(group) for group in nx.strongly_connected_components(graph)):
        if len(circle) > 1 or graph.has_edge(circle[0], circle[0]):
            record = by_number[circle[0]]
            told = " -> ".join(f"PROJECT-{number}" for number in [*circle, circle[0]])
            yield LocatedProblem(codes.CIRCLE.at(record.path, record.line, circle=told), record.repository)


def render(index: Index) -> dict[str, str]:
    """`PROJECTS.md` and `projects.json`."""
    template = jinja_environment(__package__ or "").get_template("PROJECTS.md.jinja")
    return {"PROJECTS.md": template.render(index=index), "projects.json": published_json(index)}


def _project(record: IndexedRecord) -> Project:
    assert isinstance(record.payload, Project)
    return record.payload

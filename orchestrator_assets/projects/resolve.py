"""A repository's project specifications: numbered by their files, steps held against child issues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem
from orchestrator_assets.projects import problems as codes
from orchestrator_assets.projects.model import Project
from orchestrator_assets.projects.places import FILE


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """A record for each specification."""
    records: list[Record] = []
    problems: list[Problem] = []
    first: dict[int, str] = {}
    for document in documents:
        payload = document.parsed.payload or {}
        match = FILE.fullmatch(document.path.rpartition("/")[2])
        assert match is not None, "select takes no other files"
        number, line = int(match["number"]), payload["line"]
        given = {**payload, "number": number, "id": f"PROJECT-{match['number']}"}
        project = Project.model_validate(given)
        if number in first:
            problems.append(codes.DUPLICATE.at(document.path, line, number=number, other=first[number]))
        first.setdefault(number, document.path)
        problems += _judge(document.path, line, project)
        text = "\n".join([project.outcome or "", *(step.text for step in project.steps)])
        records.append(Record(document.path, line, project, 0, project.title, text))
    return Resolution(tuple(records), tuple(problems))


def _judge(path: str, line: int, project: Project) -> Iterator[Problem]:
    for section in project.missing:
        yield codes.MISSING.at(path, line, section=section)
    numbers = sorted({step.number for step in project.steps})
    for before, after in pairwise(numbers):
        if after != before + 1:
            yield codes.GAP.at(path, line, before=before, after=after)
    in_steps = {issue for step in project.steps for issue in step.issues}
    for step in project.steps:
        if not step.issues:
            yield codes.NO_ISSUE.at(path, step.line, number=step.number)
        for issue in step.issues:
            if project.children and issue not in project.children:
                yield codes.NOT_A_CHILD.at(path, step.line, number=step.number, issue=issue)
    for issue in project.children:
        if project.steps and issue not in in_steps:
            yield codes.NO_STEP.at(path, line, issue=issue)

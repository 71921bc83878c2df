"""Problems: what was wrong with an input, and the registry of codes that they are made from.

Nothing that is read is dropped without a problem. A code fixes everything about a problem except where it is:
its severity, its sort, the wording and the cure. Rooms declare their codes beside the code that raises them
(`decisions/problems.py`); `kinds.problem_codes()` collects them for `orchestrator problems --codes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad: an error fails its check and makes `orchestrator check` exit 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Sort(StrEnum):
    """What kind of wrong: a finding is about what people wrote and is published with the index that shows it;
    an integrity problem is about our own work and blocks whatever depends on it."""

    FINDING = "finding"
    INTEGRITY = "integrity"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place of one repository. `path` and `line` (1-based) are None when it has no single
    place. Repository and commit are added where the problem is stored, so that parsing stays pure."""

    code: str
    severity: Severity
    sort: Sort
    message: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """An entry of the registry. `template` is a `str.format` template for the message; `cure` says what to do."""

    code: str
    severity: Severity
    template: str
    cure: str
    sort: Sort = Sort.FINDING

    def at(self, path: str | None = None, line: int | None = None, **arguments: object) -> Problem:
        """The problem of this code at a place; `arguments` fill the template (KeyError if one is missing)."""
        return Problem(self.code, self.severity, self.sort, self.template.format(**arguments), path, line)


@dataclass(frozen=True, slots=True)
class LocatedProblem:
    """A problem with the repository and commit it was found in; both None for a problem of the whole fleet."""

    problem: Problem
    repository: str | None = None
    commit: str | None = None

    @property
    def order(self) -> tuple[str, str, int, str, str]:
        """Sort key: by place, then code and message, so that equal problems always stand in the same order."""
        place = self.problem
        return (self.repository or "", place.path or "", place.line or 0, place.code, place.message)

    def as_json(self) -> dict[str, str | int | None]:
        """The problem as the CLI prints it: code, severity, sort, repo, path, line, message."""
        return {
            "code": self.problem.code,
            "severity": self.problem.severity.value,
            "sort": self.problem.sort.value,
            "repo": self.repository,
            "path": self.problem.path,
            "line": self.problem.line,
            "message": self.problem.message,
        }


def count_by_severity(problems: Iterable[LocatedProblem]) -> dict[str, int]:
    """Number of problems per severity; every severity is present, 0 included."""
    counts = {severity.value: 0 for severity in Severity}
    for located in problems:
        counts[located.problem.severity.value] += 1
    return counts

"""A project specification as the catalog keeps it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True)


class Criterion(_Data):
    """An acceptance criterion; `met` is its check mark, None where it has none."""

    text: str
    met: bool | None


class Step(_Data):
    """A row of the execution sequence. Steps with the same number may be done at the same time. `issues` are written
    `repo#12` or `#12`; `done` is what the row itself says, None where it says nothing."""

    number: int
    text: str
    line: int
    issues: tuple[str, ...]
    done: bool | None


class Project(_Data):
    """One specification. `number` and `id` come from the file's name. `depends_on` are numbers of other projects;
    `children` are all issues that the child-issues section names."""

    id: str
    number: int
    name: str | None
    status: str | None
    outcome: str | None
    criteria: tuple[Criterion, ...]
    steps: tuple[Step, ...]
    children: tuple[str, ...]
    depends_on: tuple[int, ...]
    missing: tuple[str, ...]

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.id

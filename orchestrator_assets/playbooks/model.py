"""A playbook as its registry describes it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

ACTIVITIES = (
    "discover", "assess", "engage", "plan", "design", "provision", "build", "test", "deploy", "monitor", "optimise",
    "finalise",
)  # fmt: skip
TYPES = {
    "string": "string", "str": "string", "text": "string", "path": "string", "integer": "integer", "int": "integer",
    "number": "number", "float": "number", "boolean": "boolean", "bool": "boolean", "array": "array", "list": "array",
    "object": "object", "dict": "object",
}  # fmt: skip
"""Type names as registries write them -> JSON Schema's."""


class Form(StrEnum):
    """What a playbook's file is, by its name: a script, a list of steps, or a text for people, which is not run."""

    SHELL = "shell"
    PYTHON = "python"
    STEPS = "steps"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


FORMS = {
    "sh": Form.SHELL, "bash": Form.SHELL, "py": Form.PYTHON, "yaml": Form.STEPS, "yml": Form.STEPS,
    "md": Form.DOCUMENT, "rst": Form.DOCUMENT, "txt": Form.DOCUMENT,
}  # fmt: skip


class Parameter(BaseModel):
    """An input or output. `type` is JSON Schema's; None if the registry names one that is not known."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")
    type: str | None
    required: bool = False
    default: Any = None
    description: str | None = None


class Playbook(BaseModel):
    """One entry. `path` is as written, `file` the path of the tree that it leads to (None: nowhere). `manual_steps`,
    `automation_possible` and `mcp_native` are None where the entry does not say. `network` is the one host:port it
    needs. `valid` is whether it may be run at all."""

    model_config = ConfigDict(frozen=True)

    name: str
    domain: str | None
    activity: str | None
    path: str | None
    file: str | None
    form: Form
    description: str | None
    summary: str | None
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    manual_steps: bool | None = None
    automation_possible: bool | None = None
    mcp_native: bool | None = None
    network: str | None = None
    valid: bool

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name

    @property
    def status(self) -> str:
        """What totals count it under."""
        return "runnable" if self.runnable else "not runnable"

    @property
    def runnable(self) -> bool:
        """Whether it can be run without a person."""
        scripted = self.form in (Form.SHELL, Form.PYTHON, Form.STEPS)
        return self.valid and self.file is not None and scripted and self.manual_steps is not True

    def schema_of_inputs(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        properties = {
            item.name: {key: value for key, value in (("type", item.type), ("description", item.description)) if value}
            for item in self.inputs
        }
        required = [item.name for item in self.inputs if item.required and item.default is None]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

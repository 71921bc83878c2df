"""Registries held against the files of their repository."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.playbooks import problems as codes
from orchestrator_assets.playbooks.model import ACTIVITIES, FORMS, TYPES, Form, Parameter, Playbook
from orchestrator_assets.problems import Problem


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """A record for each entry, and the script files beside a registry that none of its entries names."""
    records: list[Record] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for document in documents:
        for ordinal, row in enumerate((document.parsed.payload or {}).get("entries", ())):
            playbook, found = _playbook(tree, document.path, row, row["name"] in seen)
            problems += found
            seen.add(playbook.name)
            text = " ".join(filter(None, (playbook.activity, playbook.domain, playbook.summary, playbook.description)))
            records.append(Record(document.path, row["line"], playbook, ordinal, playbook.name, text))
    named = {record.payload.file for record in records if isinstance(record.payload, Playbook)}
    problems += _unlisted(tree, [document.path for document in documents], named)
    return Resolution(tuple(records), tuple(problems))


def _playbook(
    tree: RepositoryTree, registry: str, row: Mapping[str, Any], again: bool
) -> tuple[Playbook, list[Problem]]:
    name, line, path = row["name"], row["line"], row["path"]
    problems = [codes.DUPLICATE.at(registry, line, name=name)] if again else []
    file, found = _file(tree, registry, name, line, path)
    problems += found
    if row["activity"] not in ACTIVITIES:
        problems.append(codes.ACTIVITY.at(registry, line, name=name, activity=row["activity"]))
    given = {key: row[key] for key in ("domain", "activity", "path", "description", "summary", "network",
                                       "manual_steps", "automation_possible", "mcp_native")}  # fmt: skip
    inputs, of_inputs = _parameters(registry, row, "inputs")
    outputs, of_outputs = _parameters(registry, row, "outputs")
    errors = [item for item in problems if item.severity.value == "error"]
    form = FORMS.get((path or "").rpartition(".")[2].lower(), Form.UNKNOWN)
    if file and form is Form.DOCUMENT:
        problems.append(codes.DOCUMENT.at(registry, line, name=name, file=file))
    elif file and form is Form.UNKNOWN:
        problems.append(codes.FORM.at(registry, line, name=name, file=file))
    playbook = Playbook(name=name, file=file, form=form, inputs=inputs, outputs=outputs, valid=not errors, **given)
    return playbook, [*problems, *of_inputs, *of_outputs]


def _file(
    tree: RepositoryTree, registry: str, name: str, line: int, path: str | None
) -> tuple[str | None, list[Problem]]:
    """The file that an entry names, from the root. One that is only there from the registry's folder is wrong."""
    if path is None:
        return None, [codes.BAD_ENTRY.at(registry, line, name=name, reason="it names no path")]
    written = path.replace("\\", "/")
    wanted = posixpath.normpath(written)
    if wanted.startswith(("/", "../")) or wanted == "..":
        return None, [codes.BAD_ENTRY.at(registry, line, name=name, reason=f"{path!r} leads out of the repository")]
    if wanted in tree.paths:
        return wanted, []
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(registry), written))
    if beside in tree.paths:
        return None, [codes.ELSEWHERE.at(registry, line, name=name, file=path, found=beside)]
    return None, [codes.MISSING.at(registry, line, name=name, file=path)]


def _parameters(registry: str, row: Mapping[str, Any], key: str) -> tuple[tuple[Parameter, ...], list[Problem]]:
    found, problems = [], []
    for item in row[key]:
        known = TYPES.get(item["type"])
        if known is None:
            told = codes.TYPE.at(registry, row["line"], name=row["name"], parameter=item["name"], type=item["type"])
            problems.append(told)
        found.append(Parameter.model_validate({**item, "type": known}))
    return tuple(found), problems


def _unlisted(tree: RepositoryTree, registries: Sequence[str], named: set[str | None]) -> Iterator[Problem]:
    for registry in registries:
        folder = posixpath.dirname(registry)
        for path in sorted(tree.paths):
            scripted = path.endswith((".sh", ".bash", ".py", ".ps1"))
            if folder and path.startswith(f"{folder}/") and scripted and path not in named and "/test" not in path:
                yield codes.UNLISTED.at(path)

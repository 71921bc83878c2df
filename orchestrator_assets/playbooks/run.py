"""Running a playbook: arguments checked by its schema, in a copy of the target repository, in the sandbox."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from sqlalchemy import Engine

from orchestrator_assets.catalog import fleet_store
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.fleet.export import export_tree
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import RepositoryUnavailable
from orchestrator_assets.playbooks.model import Form
from orchestrator_assets.playbooks.registry import Registered
from orchestrator_assets.sandbox.relay import BadEndpoint, Endpoint
from orchestrator_assets.sandbox.run import RESULT, Limits, Mode, Ran, SandboxMissing, run_in_sandbox
from orchestrator_assets.settings import Settings

HERE = ".playbook"
"""Folder in the working copy that holds the playbook's own folder."""

_INPUT = ".playbook-input.json"
_TEXT = 64 * 1024


class PlaybookRefused(Exception):
    """A playbook is not run; the message says why and what to do. Nothing was started."""


@dataclass(frozen=True, slots=True)
class PlaybookRan:
    """What came of it. `outcome` is ok (it ended with 0 and gave the outputs it promises), failed or killed; `outputs`
    is what it wrote, None if nothing usable; `commits` are those of the target and of the playbook."""

    name: str
    repository: str
    outcome: str
    detail: str | None
    exit_code: int | None
    seconds: float
    output: str
    outputs: dict[str, Any] | None
    commits: dict[str, str]


def run_playbook(
    engine: Engine, settings: Settings, registered: Registered, target: str, arguments: Mapping[str, Any]
) -> PlaybookRan:
    """Runs it on a repository of the fleet. It finds the files of the target in its working folder, its own folder in
    `.playbook/`, each argument in the variable INPUT_NAME and all of them in `.playbook-input.json`; outputs are what
    it writes as JSON to the file that RESULT_FILE names. PlaybookRefused, SandboxMissing."""
    playbook = registered.playbook
    given = checked_arguments(registered, arguments)
    network = allowed_network(playbook.network, settings)
    if not playbook.runnable or playbook.file is None:
        raise PlaybookRefused(f"{playbook.name} cannot be run: {why_not(registered)}")
    commits: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="playbook-") as name:
        folder = Path(name)
        commits[target] = _write(engine, settings, target, folder, "")
        for ours in (HERE, _INPUT, RESULT):
            _remove(folder / ours)  # a target that brings them along would have a say in what is run
        beside, _, file = playbook.file.rpartition("/")
        commits[registered.repository] = _write(engine, settings, registered.repository, folder / HERE, beside)
        (folder / _INPUT).write_text(json.dumps(given))
        command = _command(playbook.form, folder / HERE / file, f"{HERE}/{file}")
        environment = {f"INPUT_{key.upper().replace('-', '_')}": _shown(value) for key, value in given.items()}
        environment["RESULT_FILE"] = RESULT
        limits = Limits(wall=settings.playbook_timeout)
        try:
            done = run_in_sandbox(folder, command, limits, environment, Mode(settings.sandbox), network)
        except SandboxMissing as missing:
            raise PlaybookRefused(str(missing)) from None
    return _told(registered, target, done, commits)


def checked_arguments(registered: Registered, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with defaults. PlaybookRefused names the first that does not fit."""
    defaults = {item.name: item.default for item in registered.playbook.inputs if item.default is not None}
    given = {**defaults, **arguments}
    schema = registered.playbook.schema_of_inputs()
    try:
        jsonschema_rs.validate(schema, given)
    except jsonschema_rs.ValidationError as error:
        place = "/".join(map(str, error.instance_path))
        raise PlaybookRefused(f"input {place}: {error.message}" if place else f"input: {error.message}") from None
    return given


def allowed_network(wanted: str | None, settings: Settings) -> Endpoint | None:
    """The endpoint that a playbook's entry names, if the policy allows it. PlaybookRefused."""
    if wanted is None:
        return None
    if wanted not in settings.playbook_network:
        raise PlaybookRefused(f"it needs {wanted}, which ORCHESTRATOR_PLAYBOOK_NETWORK does not allow")
    try:
        return Endpoint.parse(wanted)
    except BadEndpoint as error:
        raise PlaybookRefused(str(error)) from None


def why_not(registered: Registered) -> str:
    """Why a playbook is not runnable, in one line."""
    playbook = registered.playbook
    if playbook.file is None or not playbook.valid:
        return "its registry entry has errors; `orchestrator playbooks check` names them"
    if playbook.manual_steps:
        return "its registry says that it has manual steps"
    if playbook.form is Form.DOCUMENT:
        return f"{playbook.file} is a text for people"
    return f"{playbook.file} is no form that is run (sh, py, or steps in YAML)"


def repository_named(engine: Engine, name: str) -> FleetRepository:
    """A repository of the fleet. PlaybookRefused if there is none of that name."""
    found = next((item for item in fleet_store.fleet(engine) if name in (item.name, item.key)), None)
    if found is None:
        raise PlaybookRefused(f"the registry names no repository {name}; run `orchestrator repos list`")
    return found


def _write(engine: Engine, settings: Settings, name: str, folder: Path, below: str) -> str:
    repository = repository_named(engine, name)
    try:
        store = open_repository(repository, settings)
        commit = store.resolve(repository.ref).commit
        folder.mkdir(exist_ok=True)
        export_tree(store, commit, folder, settings, below)
    except RepositoryUnavailable as unavailable:
        raise PlaybookRefused(f"{name} cannot be read: {unavailable.reason}") from None
    return commit


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _command(form: Form, file: Path, path: str) -> list[str]:
    if form is Form.PYTHON:
        return ["python3", path]
    if form is Form.SHELL:
        first = file.read_bytes()[:200].split(b"\n")[0]
        return ["bash" if b"bash" in first or path.endswith(".bash") else "sh", path]
    return ["sh", "-c", _steps(file)]


def _steps(file: Path) -> str:
    """The `run:` texts of a list of steps, one script each, ending at the first that fails."""
    try:
        told = safe_yaml.load(file.read_text(errors="replace")[:_TEXT])
    except safe_yaml.YamlRefused as error:
        raise PlaybookRefused(f"its steps cannot be read: {error.reason}") from None
    rows = told.get("steps") if isinstance(told, dict) else None
    runs = [row.get("run") if isinstance(row, dict) else None for row in rows] if isinstance(rows, list) else []
    if not runs or not all(isinstance(run, str) and run.strip() for run in runs):
        raise PlaybookRefused("its steps are not a list `steps`, each with a text `run`")
    return "set -e\n" + "\n".join(f"( {run}\n)" for run in runs)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _told(registered: Registered, target: str, done: Ran, commits: dict[str, str]) -> PlaybookRan:
    outputs, wrong = _outputs(registered, done.result)
    if done.exit_code == 0 and wrong is None:
        outcome, detail = "ok", None
    elif done.exit_code == 0:
        outcome, detail = "failed", wrong
    else:
        outcome = "killed" if done.exit_code is None else "failed"
        detail = done.reason or f"it ended with {done.exit_code}"
    name = registered.playbook.name
    return PlaybookRan(name, target, outcome, detail, done.exit_code, done.seconds, done.output, outputs, commits)


def _outputs(registered: Registered, result: bytes | None) -> tuple[dict[str, Any] | None, str | None]:
    """What it wrote, and what is wrong with that."""
    promised = registered.playbook.outputs
    if result is None:
        names = ", ".join(item.name for item in promised if item.required)
        return None, f"it wrote none of the outputs it promises: {names}" if names else None
    try:
        told = json.loads(result)
        types = {item.name: {"type": item.type} if item.type else {} for item in promised}
        required = [item.name for item in promised if item.required]
        jsonschema_rs.validate({"type": "object", "properties": types, "required": required}, told)
    except (ValueError, RecursionError) as error:
        return None, f"its outputs are not as promised: {str(error).splitlines()[0][:200]}"
    return told, None

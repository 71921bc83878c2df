"""Loading the state of the system this one replaces: specifications, manifests, histories. What it called a success is
judged by what it kept; keys that we have none for are kept too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator_assets.activities.evidence import Tree
from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.models.json_text import Found, extract
from orchestrator_assets.models.reply import Outcome

_STATE = re.compile(
    r"(?:.*/)?\.(?:spectra|orchestrator)/(?P<folder>manifests|history)/(?P<activity>[a-z_-]+)-(?:manifest|history)\.ya?ml"
)
_SPECIFICATION = re.compile(r"(?:.*/)?(?P<service>[^/]+)\.specification\.ya?ml")
_CODE_MADE = ("service_name", "registry_check")
_SAME_RUN = timedelta(seconds=5)
_ENTRY = ("timestamp", "decision", "context", "outcome", "result")
_MANIFEST = ("activity", "started_at", "completed_at", "status", "outputs", "errors", "quality_gates_passed")
_OF_TEXT = {
    Found.CUT: (Outcome.TRUNCATED, "the reply's JSON breaks off at its end"),
    Found.EMPTY: (Outcome.EMPTY, "the reply is empty"),
    Found.REFUSAL: (Outcome.REFUSED, "the model refused"),
    Found.NOTHING: (Outcome.NOT_JSON, "the reply holds no JSON"),
}


class StateRefused(Exception):
    """A file of state that is not read; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found in a repository: runs by file, specifications by service with their file, files that were not
    read and why."""

    runs: dict[str, list[dict[str, Any]]]
    specifications: dict[str, tuple[str, dict[str, Any]]]
    refused: dict[str, str]


def load_state(tree: Tree) -> Loaded:
    """Reads every file of state of a repository. Files that cannot be read are named, the others are loaded."""
    runs: dict[str, list[dict[str, Any]]] = {}
    specifications: dict[str, tuple[str, dict[str, Any]]] = {}
    refused: dict[str, str] = {}
    manifests: list[tuple[str, dict[str, Any]]] = []
    for path in tree.paths:
        state, specified = _STATE.fullmatch(path), _SPECIFICATION.fullmatch(path)
        if state is None and specified is None:
            continue
        place = tree.place(path)
        try:
            data = _mapping(tree.text(path))
            if specified:
                specifications[str(data.get("service") or specified["service"])] = (place, data)
            elif state and state["folder"] == "history":
                runs[place] = list(_history(data, place))
            else:
                manifests.append((place, data))
        except StateRefused as error:
            refused[place] = str(error)
    for place, data in manifests:
        _add_manifest(runs, place, data)
    return Loaded(runs, specifications, refused)


def judged(decision: Any, outputs: Mapping[str, Any], claimed: str) -> tuple[str, str | None, bool]:
    """An entry's outcome by what it kept, why, and whether it succeeded. A raw reply was never read; outputs whose
    every field is empty are no answer, whatever the entry claims."""
    raw = decision.get("raw_response") if isinstance(decision, dict) else decision
    if isinstance(raw, str):
        found = extract(raw)
        outcome, why = _OF_TEXT.get(found.found, (Outcome.SCHEMA_MISMATCH, "the reply was not read"))
        return outcome.value, f"{why}; it was recorded as {claimed}", False
    made = {key: value for key, value in outputs.items() if key not in _CODE_MADE}
    if not any(_says_something(value) for value in made.values()):
        return Outcome.EMPTY.value, f"every output is empty; it was recorded as {claimed}", False
    return Outcome.OK.value, None, claimed in ("success", "complete")


def _history(data: dict[str, Any], place: str) -> Iterable[dict[str, Any]]:
    entries = data.get("entries")
    if not isinstance(entries, list) or not isinstance(data.get("activity"), str):
        raise StateRefused("a history holds an activity and a list of entries")
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise StateRefused(f"entry {number} is no mapping")
        moment = _moment(entry.get("timestamp"))
        if moment is None:
            raise StateRefused(f"entry {number} has no timestamp that is one")
        result = _mapping_or_empty(entry.get("result"))
        outputs = _mapping_or_empty(result.get("outputs"))
        outcome, why, good = judged(entry.get("decision"), outputs, str(entry.get("outcome")))
        errors = result.get("errors") or []
        yield {
            "run_id": f"loaded:{place}",
            "correlation_id": f"loaded:{place}#{number}",
            "activity": data["activity"],
            "target": str(outputs.get("service_name") or "unknown"),
            "input": {},
            "outcome": outcome,
            "detail": why or ("; ".join(map(str, errors)) or None),
            "output": outputs,
            "gates": {},
            "succeeded": good and not errors,
            "started_at": moment,
            "ended_at": moment,
            "seconds": None,
            "extra": {
                "decision": entry.get("decision"),
                "context": entry.get("context"),
                "recorded_outcome": entry.get("outcome"),
                **{key: value for key, value in entry.items() if key not in _ENTRY},
            },
        }


def _add_manifest(runs: dict[str, list[dict[str, Any]]], place: str, data: dict[str, Any]) -> None:
    """A manifest tells of the same run as the history's entry of the same moment; else it is a run of its own."""
    ended = _moment(data.get("completed_at")) or _moment(data.get("started_at"))
    told = {
        name: {"passed": passed is True, "evidence": f"as recorded in {place}"}
        for name, passed in _mapping_or_empty(data.get("quality_gates_passed")).items()
    }
    extra = {key: value for key, value in data.items() if key not in _MANIFEST}
    for rows in runs.values():
        for row in rows:
            same = row["activity"] == data.get("activity") and ended and abs(row["started_at"] - ended) < _SAME_RUN
            if same:
                row["gates"] = told
                row["extra"]["manifest"] = {"place": place, **extra}
                row["succeeded"] = row["succeeded"] and all(gate["passed"] for gate in told.values())
                return
    outputs = _mapping_or_empty(data.get("outputs"))
    outcome, why, good = judged({}, outputs, str(data.get("status")))
    started = _moment(data.get("started_at")) or ended or datetime.fromtimestamp(0, UTC)
    # Of runs of one moment nothing was measured: a duration of zero is no duration.
    seconds = (ended - started).total_seconds() if ended and ended > started else None
    row = {
        "run_id": f"loaded:{place}",
        "correlation_id": f"loaded:{place}",
        "activity": str(data.get("activity")),
        "target": str(outputs.get("service_name") or "unknown"),
        "input": {},
        "outcome": outcome,
        "detail": why,
        "output": outputs,
        "gates": told,
        "succeeded": good and not data.get("errors") and all(gate["passed"] for gate in told.values()),
        "started_at": started,
        "ended_at": ended,
        "seconds": seconds,
        "extra": {"errors": data.get("errors"), **extra},
    }
    runs[place] = [row]


def _mapping(text: str | None) -> dict[str, Any]:
    if text is None:
        raise StateRefused("it is too large, or no ordinary file")
    try:
        data = safe_yaml.load(text)
    except safe_yaml.YamlRefused as error:
        raise StateRefused(f"no YAML that is read: {error.reason}") from None
    if not isinstance(data, dict):
        raise StateRefused("it is no mapping")
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str))  # YAML makes dates of what looks like one
    return plain


def _mapping_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(value: Any) -> datetime | None:
    """A moment as the files write it: ISO 8601, or what YAML made of it."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(item) for item in value.values())
    if isinstance(value, list):
        return any(_says_something(item) for item in value)
    return value not in (None, "", False)

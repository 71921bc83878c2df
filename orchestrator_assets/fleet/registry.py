"""Reading the fleet registry, `REPOS.yaml`: bytes in, a valid registry or none out, and every problem with its line.

A registry is taken as a whole or not at all. Leaving out an entry that cannot be read would quietly shrink the fleet,
so anything of the wrong shape makes the file invalid, and the caller keeps the last valid one in force. What is merely
unknown (a key, a value of a closed vocabulary) is kept and reported.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator_assets.documents import safe_yaml
from orchestrator_assets.documents.text import decode, storable, visible
from orchestrator_assets.fleet.problems import (
    INVALID_YAML,
    LOST_REPOSITORIES,
    MISSPELT_KEY,
    NO_NAME,
    NO_REPOS,
    NOT_UTF8,
    UNKNOWN_KEY,
    UNKNOWN_VALUE,
    WRONG_TYPE,
)
from orchestrator_assets.fleet.registry_model import (
    VOCABULARY,
    DeprecatedEntry,
    PlannedEntry,
    PublicMirror,
    Registry,
    RepositoryEntry,
)
from orchestrator_assets.fleet.registry_repair import Repair, propose_repair
from orchestrator_assets.fleet.registry_yaml import Lines, load, unprintable_line
from orchestrator_assets.problems import Problem, Severity

_LISTS: Mapping[str, type[RepositoryEntry] | type[PlannedEntry] | type[DeprecatedEntry]] = {
    "repos": RepositoryEntry,
    "planned": PlannedEntry,
    "deprecated": DeprecatedEntry,
}
_HEAD = ("org", "url_base")
_EXPECTED = {
    "string_type": "a text",
    "tuple_type": "a list of texts",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "extra_forbidden": "no such key",
}
_DEEPEST = 2 * safe_yaml.DEPTH_LIMIT
_NAMES_SHOWN = 20
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RegistryReading:
    """What came of reading a registry. `registry` is None exactly if a problem of severity error is among
    `problems`; `repair` is a proposal for a file whose indentation collapsed."""

    registry: Registry | None
    problems: tuple[Problem, ...]
    repair: Repair | None = None


def read_registry(data: bytes, file: str) -> RegistryReading:
    """Reads a registry; `file` is how it is named in problems. Never raises on bad input."""
    decoded = decode(data)
    problems = [NOT_UTF8.at(file, what=decoded.repaired)] if decoded.repaired else []
    try:
        plain = _plain(load(decoded.text))
    except safe_yaml.YamlRefused as error:
        line = error.line or unprintable_line(decoded.text)
        repair = propose_repair(decoded.text, file)
        if repair and not _is_registry(repair.text, file):
            repair = None  # valid YAML, but no registry: not what the file meant
        problems.append(_invalid(file, line, error.reason, repair))
        return RegistryReading(None, tuple(problems), repair)
    reader = _Reader(decoded.text, plain, file)
    registry = reader.registry()
    return RegistryReading(registry, (*problems, *reader.problems))


def lost_entries(in_force: Registry, new: Registry) -> list[str]:
    """Names in force that the new registry neither has, nor names as an alias of an entry, nor lists as deprecated,
    in the order of the registry in force."""
    kept = {*new.members, *new.aliases, *(entry.name for entry in new.deprecated)}
    return [name for name in in_force.members if name not in kept]


def lost_problem(in_force: Registry, new: Registry) -> Problem | None:
    """The integrity problem of a registry that shrank without saying so; None if it did not."""
    lost = lost_entries(in_force, new)
    if not lost:
        return None
    more = f" and {len(lost) - _NAMES_SHOWN} more" if len(lost) > _NAMES_SHOWN else ""
    names = ", ".join(visible(name) for name in lost[:_NAMES_SHOWN]) + more
    return LOST_REPOSITORIES.at(new.file, None, count=len(lost), before=len(in_force.members), names=names)


class _Reader:
    """Turns the plain data of one file into a registry, collecting problems with their lines."""

    def __init__(self, text: str, plain: Any, file: str) -> None:
        self.problems: list[Problem] = []
        self._plain = plain
        self._file = file
        self._lines = Lines(text)

    def registry(self) -> Registry | None:
        """The registry, or None if anything in the file has the wrong shape."""
        data = self._plain
        if not isinstance(data, dict):
            self._wrong_type((), "a mapping with the key `repos`", data)
            return None
        if "repos" not in data:
            self.problems.append(NO_REPOS.at(self._file, 1, place=_place(self._file, 1)))
        values: dict[str, Any] = {key: data[key] for key in _HEAD if key in data}
        for key, model in _LISTS.items():
            if key in data:
                values[key] = self._entries(key, data[key], model)
        values["extra"] = self._unknown((), data, (*_LISTS, *_HEAD))
        values["file"] = self._file
        registry = self._validated(Registry, values, ())
        failed = any(problem.severity is Severity.ERROR for problem in self.problems)
        return None if failed else registry

    def _entries(self, key: str, items: Any, model: type[_Model]) -> tuple[_Model, ...]:
        if items is None:
            return ()
        if not isinstance(items, list):
            self._wrong_type((key,), "a list of entries", items)
            return ()
        read = (self._entry(model, item, (key, at)) for at, item in enumerate(items))
        return tuple(entry for entry in read if entry is not None)

    def _entry(self, model: type[_Model], item: Any, path: tuple[str | int, ...]) -> _Model | None:
        if not isinstance(item, dict):
            self._wrong_type(path, "an entry (a mapping with a `name`)", item)
            return None
        line = self._lines.of(path)
        name = item.get("name")
        if name is None or (isinstance(name, str) and not name.strip()):
            self.problems.append(NO_NAME.at(self._file, line, place=_place(self._file, line), where=_where(path)))
            return None
        if isinstance(name, str) and visible(name) != name:
            self._wrong_type((*path, "name"), "a name without control or invisible characters", name)
        known = tuple(field for field in model.model_fields if field not in ("line", "extra"))
        self._vocabulary(item, path, str(name))
        extra = self._unknown(path, item, known)
        if isinstance(item.get("public_mirror"), dict) and "public_mirror" in known:
            self._unknown((*path, "public_mirror"), item["public_mirror"], tuple(PublicMirror.model_fields))
        values = {key: item[key] for key in known if key in item}
        return self._validated(model, {**values, "line": line, "extra": extra}, path)

    def _validated(self, model: type[_Model], values: dict[str, Any], path: tuple[str | int, ...]) -> _Model | None:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=False):
                expected = _EXPECTED.get(one["type"], one["msg"])
                self._wrong_type((*path, *one["loc"]), expected, one["input"])
            return None

    def _unknown(self, path: tuple[str | int, ...], item: dict[str, Any], known: Sequence[str]) -> dict[str, Any]:
        """The keys that nothing here reads, each reported once."""
        extra = {key: value for key, value in item.items() if key not in known}
        for key in extra:
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.8) if len(key) < 64 else []
            hint = f" (did you mean `{close[0]}`?)" if close else ""
            line = self._lines.of((*path, key))
            where = _where(path, item.get("name"))
            code = MISSPELT_KEY if close else UNKNOWN_KEY
            self.problems.append(code.at(self._file, line, where=where, key=key, hint=hint))
        return extra

    def _vocabulary(self, item: dict[str, Any], path: tuple[str | int, ...], name: str) -> None:
        """Reports values outside a closed vocabulary; they are kept."""
        for field, allowed in VOCABULARY.items():
            value: Any = item
            for step in field.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            for raw in value if isinstance(value, list) else [value]:
                if isinstance(raw, str) and raw not in allowed:
                    self.problems.append(
                        UNKNOWN_VALUE.at(
                            self._file,
                            self._lines.of((*path, *field.split("."))),
                            where=_where(path, name),
                            field=field,
                            value=raw,
                            expected=", ".join(allowed),
                        )
                    )

    def _wrong_type(self, path: tuple[str | int, ...], expected: str, found: Any) -> None:
        line = self._lines.of(path)
        self.problems.append(
            WRONG_TYPE.at(
                self._file,
                line,
                place=_place(self._file, line),
                where=_where(path),
                expected=expected,
                found=_kind(found),
            )
        )


def _is_registry(text: str, file: str) -> bool:
    try:
        return _Reader(text, _plain(load(text)), file).registry() is not None
    except safe_yaml.YamlRefused:
        return False


def _plain(value: Any, depth: int = 0) -> Any:
    """The value with JSON's types only, storable: dates as ISO text, sets as lists, keys as text. YamlRefused for a
    value that holds itself."""
    if depth > _DEEPEST:
        raise safe_yaml.YamlRefused("an alias refers to what it stands in")
    if isinstance(value, dict):
        return {_key(key): _plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, set):
        return sorted((_plain(one, depth + 1) for one in value), key=repr)
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:  # infinity and NaN, which JSON does not have
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def _key(key: Any) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return storable(str(key))


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (quote it if it is a text)"
    if isinstance(value, int | float):
        return f"the number {value} (quote it if it is a text)"
    if isinstance(value, str):
        return f"the text {visible(value[:80])!r}"
    return "a mapping" if isinstance(value, dict) else "a list"


def _where(path: Iterable[str | int], name: object = None) -> str:
    """A path as people say it: `repos[3].depends_on[0]`, with the entry's name where it is known."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{visible(step)}" for step in path).lstrip(".")
    return f"{text} ({visible(name[:80])})" if isinstance(name, str) else text or "the file"


def _place(file: str, line: int | None) -> str:
    return f"{file}, line {line}" if line else file


def _invalid(file: str, line: int | None, reason: str, repair: Repair | None) -> Problem:
    hint = ""
    if repair is not None:
        hint = f"; {repair.explanation}; with {repair.lines_changed} lines re-indented it would be valid"
    return INVALID_YAML.at(file, line, place=_place(file, line), reason=visible(reason), hint=hint)

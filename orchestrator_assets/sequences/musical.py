"""The musical sequence in its dialects: movements of beats, wherever a file keeps them.

    {"id", "name", "movements": [{"id", "name", "beats": [{"beat", "event", "handler", ...}]}]}   the plain form
    {"sequences": [{... "movements"}]}, {"musicalSequence": {... "movements"}}                    in an envelope
    "steps" in place of "beats"; "beats" as an integer; "number" for "beat"; a handler as an object, or "handlerDef"

What is read becomes an `Outline`; what is odd becomes a problem; nothing is made up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from orchestrator_assets.problems import Problem
from orchestrator_assets.sequences import problems as codes

MOST = 10_000
"""Movements and beats of one sequence; the largest ones that people write have a few hundred."""
_LISTS = ("beats", "steps")

Envelope = Literal["top", "sequences[]", "musicalSequence"]
BeatsForm = Literal["list", "count", "steps", "absent"]


class MusicalBeat(BaseModel):
    """A beat as written; what it does not say is None."""

    number: int | None = None
    event: str | None = None
    handler: str | None = None
    kind: str | None = None
    test: str | None = None


class MusicalMovement(BaseModel):
    """A movement. `count` is the number of its beats, None if it says nothing of them."""

    id: str | None = None
    name: str | None = None
    form: BeatsForm
    count: int | None
    beats: list[MusicalBeat] = []


class Outline(BaseModel):
    """A sequence as its file tells it. `stated_*` are totals that it states itself."""

    envelope: Envelope
    id: str | None = None
    name: str | None = None
    plugin_id: str | None = None
    stated_beats: int | None = None
    stated_movements: int | None = None
    movements: list[MusicalMovement]

    @property
    def beats(self) -> int | None:
        """Number of all beats; None if a movement does not say."""
        counts = [movement.count for movement in self.movements]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def detailed(self) -> bool:
        """Whether every movement gives its beats themselves."""
        return all(movement.form in ("list", "steps") for movement in self.movements)

    def all_beats(self) -> Iterator[MusicalBeat]:
        """The beats that are given, in order."""
        for movement in self.movements:
            yield from movement.beats


def find(data: Any) -> tuple[Mapping[str, Any], Envelope] | None:
    """The object that holds the movements, and its envelope; None if there is none."""
    if not isinstance(data, Mapping):
        return None
    if "movements" in data:
        return data, "top"
    inner = data.get("sequences")
    if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], Mapping) and "movements" in inner[0]:
        return inner[0], "sequences[]"
    inner = data.get("musicalSequence")
    if isinstance(inner, Mapping) and "movements" in inner:
        return inner, "musicalSequence"
    return None


def read(
    data: Mapping[str, Any], sequence: Mapping[str, Any], envelope: Envelope
) -> tuple[Outline | None, list[Problem]]:
    """The outline of a sequence found by `find` in a file's `data`, and what is odd about it. None if its movements
    are no list of objects."""
    written = sequence["movements"]
    if not isinstance(written, list) or not all(isinstance(item, Mapping) for item in written):
        return None, [codes.MALFORMED.at(reason="`movements` is no list of objects")]
    size = len(written) + sum(
        len(item[name]) for item in written for name in _LISTS if isinstance(item.get(name), list)
    )
    if size > MOST:
        return None, [codes.MALFORMED.at(reason=f"more than {MOST} movements and beats")]
    problems: list[Problem] = []
    movements = [_movement(item, number, problems) for number, item in enumerate(written, 1)]
    outline = Outline(
        envelope=envelope,
        id=_text(sequence.get("id")) or _text(data.get("id")),
        name=_text(sequence.get("name")) or _text(data.get("name")),
        plugin_id=_text(sequence.get("pluginId")) or _text(data.get("pluginId")),
        stated_beats=_first_count(sequence, data, ("beats", "totalBeats")),
        stated_movements=_first_count(sequence, data, ("totalMovements", "movementCount")),
        movements=movements,
    )
    return outline, [*problems, *_judge(outline, written)]


def _movement(item: Mapping[str, Any], position: int, problems: list[Problem]) -> MusicalMovement:
    form, count, written = _beats_of(item)
    name = _text(item.get("name"))
    identity = _text(item.get("id")) or _text(item.get("movement"))
    beats = []
    for entry in written:
        if isinstance(entry, Mapping):
            beats.append(_beat(entry))
        else:
            problems.append(codes.ODD_VALUE.at(what=f"movement {position} has a beat that is no object: {entry!r:.60}"))
    if form == "absent" and item.get("beats") is not None:
        problems.append(
            codes.ODD_VALUE.at(what=f"movement {position} has beats that are no list: {item['beats']!r:.60}")
        )
    numbers = Counter(beat.number for beat in beats if beat.number is not None)
    for number in sorted(number for number, times in numbers.items() if times > 1):
        problems.append(codes.DUPLICATE_BEAT.at(movement=identity or name or position, number=number))
    return MusicalMovement(id=identity, name=name, form=form, count=count, beats=beats)


def _beats_of(item: Mapping[str, Any]) -> tuple[BeatsForm, int | None, list[Any]]:
    beats, steps = item.get("beats"), item.get("steps")
    if isinstance(beats, list) and (beats or not isinstance(steps, list)):
        return "list", len(beats), beats
    if isinstance(steps, list) and (beats is None or beats == []):
        return "steps", len(steps), steps
    counted = _count(beats) if beats is not None else _count(item.get("beatCount"))
    return ("count", counted, []) if counted is not None else ("absent", None, [])


def _beat(item: Mapping[str, Any]) -> MusicalBeat:
    number = _count(item.get("beat"))
    return MusicalBeat(
        number=number if number is not None else _count(item.get("number")),
        event=_text(item.get("event")),
        handler=_handler(item),
        kind=_text(item.get("kind")) or _handler_kind(item),
        test=_text(item.get("testFile")),
    )


def _handler(item: Mapping[str, Any]) -> str | None:
    for written in (item.get("handler"), item.get("handlerDef")):
        name = written.get("name") if isinstance(written, Mapping) else written
        if found := _text(name):
            return found
    return None


def _handler_kind(item: Mapping[str, Any]) -> str | None:
    for written in (item.get("handler"), item.get("handlerDef")):
        if isinstance(written, Mapping) and (found := _text(written.get("kind"))):
            return found
    return None


def _judge(outline: Outline, written: list[Any]) -> list[Problem]:
    found = []
    total = len(outline.movements)
    bare = sum(movement.form in ("count", "absent") for movement in outline.movements)
    if bare:
        found.append(codes.COUNT_ONLY.at(number=bare, movements=total))
    if steps := sum(movement.form == "steps" for movement in outline.movements):
        found.append(codes.STEPS.at(number=steps))
    if outline.id is None:
        found.append(codes.NO_ID.at())
    if outline.stated_beats is not None and outline.beats not in (None, outline.stated_beats):
        found.append(codes.STATED_TOTAL.at(stated=outline.stated_beats, what="beats", counted=outline.beats))
    if outline.stated_movements not in (None, total):
        found.append(codes.STATED_TOTAL.at(stated=outline.stated_movements, what="movements", counted=total))
    for movement, item in zip(outline.movements, written, strict=True):
        stated = _count(item.get("beatCount"))
        if movement.form in ("list", "steps") and stated not in (None, movement.count):
            what = f"beats in movement {movement.id or movement.name}"
            found.append(codes.STATED_TOTAL.at(stated=stated, what=what, counted=movement.count))
    return found


def _first_count(sequence: Mapping[str, Any], data: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    metadata = sequence.get("metadata")
    for source in (sequence, data, metadata if isinstance(metadata, Mapping) else {}):
        for name in names:
            if (found := _count(source.get(name))) is not None:
                return found
    return None


def _count(value: Any) -> int | None:
    """A number of things; None if it is none (a negative one, a truth value)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    """A text; numbers that stand for one (integer ids) as they are written; empty is None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None

"""One JSON file: every dialect of a sequence, and everything that is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.kinds import Parsed
from orchestrator_assets.sequences.parse import parse
from orchestrator_assets_tests.sequences.made import beat, sequence


def parsed(value: Any) -> Parsed:
    return parse(json.dumps(value).encode(), ".json")


def outline(value: Any) -> dict[str, Any]:
    payload = parsed(value).payload
    assert payload is not None and payload["type"] == "sequence"
    found: dict[str, Any] = payload["outline"]
    return found


def codes(value: Any) -> list[str]:
    return [problem.code for problem in parsed(value).problems]


def test_a_plain_sequence() -> None:
    found = outline(sequence())
    assert (found["id"], found["name"], found["plugin_id"], found["envelope"]) == ("one", "One", "P", "top")
    [movement] = found["movements"]
    assert (movement["id"], movement["form"], movement["count"]) == ("m1", "list", 2)
    assert movement["beats"][0] == {"number": 1, "event": "e:1", "handler": "h1", "kind": "pure", "test": None}
    assert codes(sequence()) == []


@pytest.mark.parametrize(
    ("value", "envelope"),
    [({"sequences": [sequence()]}, "sequences[]"), ({"musicalSequence": sequence()}, "musicalSequence")],
)
def test_envelopes(value: Any, envelope: str) -> None:
    found = outline(value)
    assert (found["envelope"], found["id"], found["movements"][0]["count"]) == (envelope, "one", 2)


def test_the_envelope_gives_what_the_sequence_lacks() -> None:
    found = outline({"id": "outer", "pluginId": "Q", "musicalSequence": {"movements": []}})
    assert (found["id"], found["plugin_id"]) == ("outer", "Q")


@pytest.mark.parametrize(
    ("movement", "form", "count"),
    [
        ({"steps": [beat(1)]}, "steps", 1),
        ({"beats": [], "steps": [beat(1), beat(2)]}, "steps", 2),
        ({"beats": []}, "list", 0),
        ({"beats": 7}, "count", 7),
        ({"beatCount": 3}, "count", 3),
        ({}, "absent", None),
        ({"beats": True}, "absent", None),
        ({"beats": -1}, "absent", None),
        ({"beats": "4"}, "absent", None),
    ],
)
def test_forms_of_beats(movement: dict[str, Any], form: str, count: int | None) -> None:
    [found] = outline({"id": "x", "movements": [movement]})["movements"]
    assert (found["form"], found["count"]) == (form, count)


@pytest.mark.parametrize(
    ("written", "handler", "kind"),
    [
        ({"handler": {"name": "run", "kind": "io"}}, "run", "io"),
        ({"handlerDef": {"name": "run"}}, "run", None),
        ({"handlerDef": "run", "kind": "api"}, "run", "api"),
        ({"handler": "", "handlerDef": "other"}, "other", None),
        ({"handler": 4}, "4", None),
        ({}, None, None),
    ],
)
def test_forms_of_handlers(written: dict[str, Any], handler: str | None, kind: str | None) -> None:
    found = outline({"id": "x", "movements": [{"beats": [{"number": 2, **written}]}]})["movements"][0]["beats"][0]
    assert (found["number"], found["handler"], found["kind"]) == (2, handler, kind)


def test_integer_ids_are_texts() -> None:
    found = outline({"id": 5, "movements": [{"id": 1, "beats": []}, {"movement": 2, "beats": []}]})
    assert (found["id"], [movement["id"] for movement in found["movements"]]) == ("5", ["1", "2"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (sequence(None), ["sequence.no_id"]),
        (sequence(beats=4), ["sequence.beats_not_given"]),
        (sequence(beats=[beat(1), beat(1)]), ["sequence.duplicate_beat"]),
        (sequence(beats=["beat"]), ["sequence.odd_value"]),
        ({**sequence(), "beats": 3}, ["sequence.stated_total"]),
        ({**sequence(), "totalMovements": 2}, ["sequence.stated_total"]),
        ({**sequence(), "metadata": {"totalBeats": 9}}, ["sequence.stated_total"]),
        ({**sequence(), "beats": 2}, []),
        ({"id": "x", "movements": [{"beats": [beat(1)], "beatCount": 2}]}, ["sequence.stated_total"]),
        ({"id": "x", "movements": [{"steps": [beat(1)]}]}, ["sequence.steps"]),
    ],
)
def test_what_is_odd_is_told(value: Any, expected: list[str]) -> None:
    assert codes(value) == expected


@pytest.mark.parametrize("movements", [4, {"a": 1}, [1], ["x"], None])
def test_movements_that_are_none_are_refused(movements: Any) -> None:
    found = parsed({"id": "x", "movements": movements})
    assert found.payload is None and found.counted
    assert [problem.code for problem in found.problems] == ["sequence.malformed"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"movements": [', "EOF"),
        (b'{"movements": [], "id": 1, "id": 2}', "'id' stands twice"),
        (b'{"movements": [], "n": 123456789012345678901}', "64 bits"),
        (b'{"movements": [], "n": 1e999}', "not finite"),
        (b'{"movements": [], "n": NaN}', "expected value"),
        (b'{"movements": ' + b"[" * 100_000, "recursion"),
        (b'{"movements": [],}', "trailing comma"),
        (b'{"beats": \x00}', "expected value"),
        ('{"movements": []'.encode("utf-16"), "EOF"),
    ],
)
def test_hostile_json_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    found = parse(data, ".json")
    assert found.payload is None and found.counted
    [problem] = found.problems
    assert problem.code == "sequence.not_json" and reason in problem.message


def test_a_byte_order_mark_is_read_over() -> None:
    assert parse(b"\xef\xbb\xbf" + json.dumps(sequence()).encode(), ".json").payload is not None
    assert parse(json.dumps(sequence()).encode("utf-16"), ".json").payload is not None


def test_an_escaped_key_is_a_key() -> None:
    found = parse(b'{"id": "x", "\\u006dovements": []}', ".json").payload
    assert found is not None and found["type"] == "sequence"


@pytest.mark.parametrize("value", [[], 4, "text", {}, {"version": 1}, {"topics": []}])
def test_other_json_is_nobodys(value: Any) -> None:
    assert parsed(value) == Parsed(None, (), counted=False)


def test_a_catalogue_is_no_sequence() -> None:
    found = parsed({"summary": {"totalSequences": 3}, "sequences": [sequence("a"), {"movements": []}]})
    assert found.payload == {
        "type": "catalogue", "stated": 3, "entries": 2, "without_id": 1, "folders": [],
    } and not found.counted  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["movements", "beats", "steps", "id", "sequences", "handler", "name", "renderx", "beat"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_json_is_parsed_or_refused_and_always_the_same(value: Any) -> None:
    data = json.dumps({"movements": value, "sequences": value}).encode()
    first = parse(data, ".json")
    assert first == parse(data, ".json")
    assert first.payload is not None or first.problems or not first.counted


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    found = parse(b'{"movements":' + data, ".json")
    assert found.payload is not None or found.problems

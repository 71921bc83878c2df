"""Reading registries: shapes, lines, what is kept, and what makes a file invalid."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.fleet.registry import RegistryReading, lost_entries, lost_problem, read_registry
from orchestrator_assets.fleet.registry_model import Registry, partition_key
from orchestrator_assets.problems import Severity, Sort

FILE = "REPOS.yaml"


def read(text: str) -> RegistryReading:
    return read_registry(text.encode(), FILE)


def valid(text: str) -> Registry:
    reading = read(text)
    assert reading.registry is not None, reading.problems
    return reading.registry


def codes(reading: RegistryReading) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in reading.problems]


def test_an_entry_keeps_what_was_written_and_nothing_else() -> None:
    text = """
org: example
url_base: https://host.example/example
repos:
  - name: payments
    url: repos/payments
    aliases: [billing]
    depends_on: []
    provides:
    public_mirror: {org: null, name: pay, status: none}
    standalone: true
    settings: {decisions: {places: [doc/choices]}}
planned:
  - {name: ledger, note: later}
deprecated:
  - {name: shop, reason: replaced, disposition: archive}
"""
    reading = read(text)
    assert reading.problems == ()
    registry = reading.registry
    assert registry is not None
    assert (registry.org, registry.url_base) == ("example", "https://host.example/example")
    [entry] = registry.repos
    assert entry.line == 5
    assert entry.as_written() == {
        "name": "payments",
        "url": "repos/payments",
        "aliases": ["billing"],
        "depends_on": [],
        "provides": [],
        "public_mirror": {"org": None, "name": "pay", "status": "none"},
        "standalone": True,
        "settings": {"decisions": {"places": ["doc/choices"]}},
    }
    assert entry.role is None
    assert registry.planned[0].as_written() == {"name": "ledger", "note": "later"}
    assert registry.deprecated[0].as_written() == {"name": "shop", "reason": "replaced", "disposition": "archive"}


def test_a_registry_survives_the_catalog() -> None:
    registry = valid("repos: [{name: a, since: 2024-01-02, odd: [.nan, !!binary aGk=, !!set {x}], 7: b}]")
    assert Registry.model_validate_json(registry.model_dump_json()) == registry
    assert registry.repos[0].extra == {"since": "2024-01-02", "odd": ["nan", "6869", ["x"]], "7": "b"}


def test_unknown_keys_are_kept_and_reported_by_line() -> None:
    reading = read(
        "version: 2\nrepos:\n  - name: a\n    dependson: [b]\n    line: x\n    public_mirror:\n      team: y\n"
    )
    assert codes(reading) == [
        ("registry.misspelt_key", 4),
        ("registry.unknown_key", 5),
        ("registry.unknown_key", 7),
        ("registry.unknown_key", 1),
    ]
    assert [problem.severity for problem in reading.problems] == [Severity.WARNING, *[Severity.INFO] * 3]
    assert "did you mean `depends_on`?" in reading.problems[0].message
    assert reading.registry is not None
    assert reading.registry.extra == {"version": 2}
    assert reading.registry.repos[0].as_written() == {
        "name": "a",
        "dependson": ["b"],
        "line": "x",
        "public_mirror": {"team": "y"},
    }


def test_unknown_vocabulary_is_kept_and_warned_about() -> None:
    reading = read(
        "repos:\n  - name: a\n    context_type: main\n    lifecycle_stage: active\n    integration_patterns:\n"
        "      - shared-kernel\n      - telepathy\n    public_mirror:\n      status: lost\n"
        "deprecated:\n  - {name: b, disposition: burn}\n"
    )
    assert [(problem.code, problem.line, problem.severity) for problem in reading.problems] == [
        ("registry.unknown_value", 3, Severity.WARNING),
        ("registry.unknown_value", 5, Severity.WARNING),
        ("registry.unknown_value", 9, Severity.WARNING),
        ("registry.unknown_value", 11, Severity.WARNING),
    ]
    assert "core, supporting, generic" in reading.problems[0].message
    assert reading.registry is not None
    assert reading.registry.repos[0].context_type == "main"


@pytest.mark.parametrize(
    ("text", "code", "line", "said"),
    [
        ("", "registry.wrong_type", 1, "expected a mapping with the key `repos`, found nothing"),
        ("- a\n", "registry.wrong_type", 1, "found a list"),
        ("repo: []\n", "registry.no_repos", 1, "expected a list under the key `repos`"),
        ("org: x\nrepos: all\n", "registry.wrong_type", 2, "expected a list of entries, found the text 'all'"),
        ("repos:\n  - a\n", "registry.wrong_type", 2, "repos[0]: expected an entry"),
        ("repos:\n  - role: a\n", "registry.no_name", 2, "expected a `name`"),
        ("repos:\n  - name:\n", "registry.no_name", 2, "expected a `name`"),
        ("repos:\n  - name: ' '\n", "registry.no_name", 2, "expected a `name`"),
        ("repos:\n  - name: 5\n", "registry.wrong_type", 2, "expected a text, found the number 5 (quote it"),
        ('repos:\n  - name: "a\\e[31m"\n', "registry.wrong_type", 2, "without control or invisible characters"),
        ("repos:\n  - name: a\n    url: [x]\n", "registry.wrong_type", 3, "expected a text, found a list"),
        ("repos:\n  - name: a\n    depends_on: b\n", "registry.wrong_type", 3, "expected a list of texts"),
        (
            "repos:\n  - name: a\n    depends_on:\n      - b\n      - 3\n",
            "registry.wrong_type",
            5,
            "repos[0].depends_on[1]: expected a text, found the number 3",
        ),
        ("repos:\n  - name: a\n    status: yes\n", "registry.wrong_type", 3, "found true (quote it"),
        ("repos:\n  - name: a\n    standalone: 1\n", "registry.wrong_type", 3, "expected true or false"),
        ("repos:\n  - name: a\n    settings: {decisions: 1}\n", "registry.wrong_type", 3, "expected a mapping"),
        ("repos: []\nplanned:\n  - {}\n", "registry.no_name", 3, "planned[0]"),
        ("repos: []\nurl_base: 3\n", "registry.wrong_type", 2, "url_base: expected a text"),
        ("repos:\n- name: a\n  name: b\n", "registry.invalid_yaml", 3, "duplicate key 'name'"),
        ("repos: []\nbad: \x01\n", "registry.invalid_yaml", 2, "characters are not allowed"),
        ("repos: &a [*a]\n", "registry.invalid_yaml", 1, "refers to what it stands in"),
        ("repos: [\n", "registry.invalid_yaml", 2, "expected"),
    ],
)
def test_a_wrong_shape_makes_the_file_invalid(text: str, code: str, line: int | None, said: str) -> None:
    reading = read(text)
    assert reading.registry is None
    [problem] = [one for one in reading.problems if one.severity is Severity.ERROR]
    assert (problem.code, problem.line, problem.path, problem.sort) == (code, line, FILE, Sort.INTEGRITY)
    assert said in problem.message
    assert problem.message.startswith(FILE)


def test_every_wrong_shape_is_told_at_once() -> None:
    reading = read("repos:\n  - name: 1\n    role: []\n  - {}\n  - name: ok\n    depends_on: x\n")
    assert [line for _, line in codes(reading)] == [2, 3, 4, 6]


def test_merged_keys_are_read_and_have_a_line() -> None:
    text = "common: &c {role: 3}\nrepos:\n  - <<: *c\n    name: a\n"
    assert ("registry.wrong_type", 3) in codes(read(text))
    assert valid(text.replace("3}", "x}")).repos[0].role == "x"


def test_bytes_that_are_not_utf8_are_flagged() -> None:
    reading = read_registry(b"repos:\n  - name: a\n    role: caf\xe9\n", FILE)
    assert [problem.code for problem in reading.problems] == ["registry.not_utf8"]
    assert reading.registry is not None
    assert reading.registry.repos[0].role == "caf\\xe9"


def test_byte_order_mark_and_windows_line_ends() -> None:
    reading = read_registry(b"\xef\xbb\xbfrepos:\r\n  - name: a\r\n    url: x\r\n", FILE)
    assert reading.problems == ()


def test_thousands_of_entries_are_one_registry() -> None:
    entries = "".join(f"  - name: r{n}\n    url: repos/r{n}\n" for n in range(2000))
    assert len(valid(f"repos:\n{entries}").members) == 2000


@pytest.mark.parametrize(
    ("head", "entry", "url"),
    [
        ("", "url: repos/a, location: b", "repos/a"),
        ("url_base: https://h.example/o", "location: b", "b"),
        ("url_base: https://h.example/o", "role: x", "https://h.example/o/a"),
        ("url_base: https://h.example/o/\norg: o", "role: x", "https://h.example/o/a"),
        ("url_base: https://h.example\norg: o", "role: x", "https://h.example/o/a"),
        ("url_base: git@h.example:o\norg: o", "role: x", "git@h.example:o/a"),
        ("url_base: git@h.example\norg: o", "role: x", "git@h.example:o/a"),
        ("org: o", "role: x", None),
        ("", "role: x", None),
    ],
)
def test_where_a_repository_is(head: str, entry: str, url: str | None) -> None:
    registry = valid(f"{head}\nrepos: [{{name: a, {entry}}}]\n")
    assert registry.url_of(registry.repos[0]) == url


def test_names_and_aliases_find_entries() -> None:
    registry = valid(
        "repos: [{name: a, aliases: [b, old]}, {name: b}, {name: a, role: second}, {name: c, aliases: [old]}]"
    )
    assert [entry.name for entry in registry.members.values()] == ["a", "b", "c"]
    assert registry.members["a"].role is None
    old, b = registry.find("old"), registry.find("b")
    assert old is not None and old.name == "a"
    assert b is not None and b.name == "b"
    assert registry.find("nobody") is None


def test_a_registry_must_say_what_leaves_it() -> None:
    in_force = valid("repos: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]")
    new = valid("repos: [{name: a}, {name: bb, aliases: [b]}]\ndeprecated: [{name: c}]\nplanned: [{name: d}]")
    assert lost_entries(in_force, new) == ["d", "e"]
    assert lost_entries(in_force, in_force) == []
    problem = lost_problem(in_force, new)
    assert problem is not None
    assert (problem.code, problem.severity, problem.sort) == (
        "registry.lost_repositories",
        Severity.ERROR,
        Sort.INTEGRITY,
    )
    assert "lost 2 of the 5 repositories in force: d, e" in problem.message
    assert lost_problem(in_force, in_force) is None


SAFE = string.ascii_letters + string.digits + "_.-"


@given(st.text(alphabet=SAFE, min_size=1, max_size=40).filter(lambda name: name[0] not in "-." and "..." not in name))
def test_safe_names_are_their_own_partition_key(name: str) -> None:
    looks_hashed = len(name) > 12 and name[-13] == "-" and set(name[-12:]) <= set("0123456789abcdef")
    assert (partition_key(name) == name) != looks_hashed


@given(st.text(), st.text())
def test_partition_keys_are_safe_and_distinct(one: str, other: str) -> None:
    for name in (one, other, partition_key(one)):
        key = partition_key(name)
        assert set(key) <= set(SAFE) and key not in ("", ".", "..") and "..." not in key and key[0] != "-"
        assert len(key) <= 100
    assert (partition_key(one) == partition_key(other)) == (one == other)


def test_a_name_cannot_take_the_key_of_another() -> None:
    taken = partition_key("web/shop")
    assert taken.startswith("web-shop-")
    assert partition_key(taken) != taken
    assert partition_key("Web/shop") != taken
    assert partition_key("web-shop") == "web-shop"
    assert partition_key(".github") == ".github"


PIECES = [
    "repos:",
    "- name: a",
    " - name: b",
    "  url: x",
    "depends_on:",
    "- c",
    "aliases: [b]",
    "planned:",
    "public_mirror:",
]
PIECES += [
    "\n",
    "\n ",
    "\n  ",
    "\n   ",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "? ",
    "!!set ",
    "'",
    '"',
    "#",
    "|",
]
PIECES += ["\t", "\x00", "\x01", "\u2028", "é"]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(
    st.one_of(st.binary(max_size=200), YAMLISH.map(str.encode), YAMLISH.map(lambda text: f"repos:\n{text}".encode()))
)
def test_reading_never_raises_and_is_deterministic(data: bytes) -> None:
    reading = read_registry(data, FILE)
    errors = [problem for problem in reading.problems if problem.severity is Severity.ERROR]
    assert (reading.registry is None) == bool(errors)
    assert read_registry(data, FILE) == reading

"""Writing registries: template, whole files, one entry more."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_edit import EditRefused, add, commented_template, name_of, write_registry
from orchestrator_assets.fleet.registry_model import DeprecatedEntry, PlannedEntry, RepositoryEntry

URL = "https://host.example/o/new.git"


def names(data: bytes) -> list[str]:
    reading = read_registry(data, "f")
    assert reading.registry is not None, reading.problems
    return [entry.name for entry in reading.registry.repos]


def test_the_template_is_a_valid_empty_registry() -> None:
    assert read_registry(commented_template().encode(), "f").problems == ()
    assert names(commented_template().encode()) == []


def test_the_templates_example_is_valid_and_shows_every_field() -> None:
    lines = commented_template().split("repos: []\n")
    example = re.sub(r"(?m)^# ?", "", lines[1])
    head = "\n".join(line[2:] for line in lines[0].splitlines() if line.startswith(("# org:", "# url_base:")))
    reading = read_registry(f"{head}\n{example}".encode(), "f")
    assert reading.problems == ()
    registry = reading.registry
    assert registry is not None
    for entry, model in (
        (registry.repos[0], RepositoryEntry),
        (registry.planned[0], PlannedEntry),
        (registry.deprecated[0], DeprecatedEntry),
    ):
        assert set(entry.as_written()) == set(model.model_fields) - {"line", "extra"}
    assert registry.org and registry.url_base


def test_a_written_registry_reads_back() -> None:
    entries = [
        RepositoryEntry(name="a", url="repos/a"),
        RepositoryEntry(name="yes", url="b", provides=("x", "1.0"), settings={"decisions": {"places": ["d"]}}),
    ]
    text = write_registry(entries)
    reading = read_registry(text.encode(), "f")
    assert reading.problems == ()
    assert reading.registry is not None
    assert [entry.as_written() for entry in reading.registry.repos] == [entry.as_written() for entry in entries]
    assert "  - name: a\n    url: repos/a\n" in text
    assert names(write_registry([]).encode()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("repos: []\n", "repos:\n  - name: new\n    url: URL\n"),
        ("repos: []", "repos:\n  - name: new\n    url: URL\n"),
        ("a: 1\nrepos: [] # none\nb: 2\n", "a: 1\nrepos: # none\n  - name: new\n    url: URL\nb: 2\n"),
        ("repos:\n# none\n", "repos:\n  - name: new\n    url: URL\n# none\n"),
        ("repos: null\n", "repos:\n  - name: new\n    url: URL\n"),
        ("repos:\n- name: a\n", "repos:\n- name: a\n- name: new\n  url: URL\n"),
        ("repos:\n- name: a", "repos:\n- name: a\n- name: new\n  url: URL\n"),
        (
            "repos:\n    - name: a # x\n      role: |\n        b\n\n# Planned\nplanned: []\n",
            "repos:\n    - name: a # x\n      role: |\n        b\n    - name: new\n      url: URL\n"
            "\n# Planned\nplanned: []\n",
        ),
        ("repos: [{name: a}]\n", "repos: [{name: a}, {name: new, url: 'URL'}]\n"),
        ("repos: [\n  {name: a},\n]\n", "repos: [\n  {name: a}, {name: new, url: 'URL'}\n]\n"),
        ("repos:\r\n  - name: a\r\n", "repos:\r\n  - name: a\r\n  - name: new\r\n    url: URL\r\n"),
        ("\ufeffrepos: []\n", "\ufeffrepos:\n  - name: new\n    url: URL\n"),
    ],
)
def test_adding_changes_nothing_else(before: str, after: str) -> None:
    assert add(before.encode(), URL).decode().replace("'", "") == after.replace("'", "").replace("URL", URL)


def test_adding_to_the_template_twice() -> None:
    once = add(commented_template().encode(), URL)
    twice = add(once, "git@host.example:o/other.git", "1.0")
    assert names(twice) == ["new", "1.0"]
    removed = twice.replace(b"\n  - name: new\n    url: " + URL.encode(), b" []", 1)
    assert (
        removed.replace(b"\n  - name: '1.0'\n    url: git@host.example:o/other.git", b"")
        == commented_template().encode()
    )


@pytest.mark.parametrize(
    ("text", "url", "name", "said"),
    [
        ("repos: []", "https://u:secret@host/a", None, "ssh agent"),
        ("repos: []", "ext::sh", None, "transport helpers"),
        ("repos: [{name: new}]", URL, None, "already names new"),
        ("repos: [{name: a, aliases: [new]}]", URL, None, "already names a"),
        (f"repos: [{{name: a, url: '{URL}'}}]", URL, "b", "already names a"),
        ("repos: {}", URL, None, "expected a list"),
        ("repos: [", URL, None, "not valid YAML"),
        ("a: &r {repos: []}\n<<: *r\n", URL, None, "by hand"),
        ("a: &r []\nrepos: *r\n", URL, None, "by hand"),
        ("repos: []", "..", "\x00", "control"),
        ("repos: []", "..", " ", "no name"),
    ],
)
def test_refused_additions(text: str, url: str, name: str | None, said: str) -> None:
    with pytest.raises(EditRefused, match=said) as refused:
        add(text.encode(), url, name)
    assert "secret" not in refused.value.reason


@pytest.mark.parametrize(
    ("url", "name"),
    [(URL, "new"), ("git@h:a.git", "a"), ("ssh://h/x/b/", "b"), ("../c", "c"), ("/srv/d.git", "d")],
)
def test_names_from_urls(url: str, name: str) -> None:
    assert name_of(url) == name


ENTRY = st.sampled_from(["- name: a", "  role: x", "# note", "", "  provides:", "  - y", "    - z", "planned: []"])


@given(st.lists(ENTRY, max_size=8), st.booleans(), st.text(min_size=1, max_size=8))
def test_adding_keeps_every_byte_or_refuses(lines: list[str], closed: bool, name: str) -> None:
    data = ("\n".join(["repos:", *lines]) + ("\n" if closed else "")).encode()
    try:
        after = add(data, URL, name)
    except EditRefused:
        return
    assert names(after) == [*names(data), name]
    kept = after.decode().splitlines()
    for line in data.decode().splitlines():
        assert line in kept
        kept.remove(line)
    assert len(kept) == 2

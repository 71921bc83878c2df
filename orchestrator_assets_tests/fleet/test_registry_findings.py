"""Findings about valid registries."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from orchestrator_assets.fleet.problems import REGISTRY_CODES
from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_findings import consumed_without_provider, dependency_cycles, findings
from orchestrator_assets.fleet.registry_model import Registry, RepositoryEntry
from orchestrator_assets.problems import Severity


def registry(text: str) -> Registry:
    reading = read_registry(text.encode(), "REPOS.yaml")
    assert reading.registry is not None, reading.problems
    return reading.registry


def found(text: str) -> list[tuple[str, int | None, str]]:
    return [(problem.code, problem.line, problem.message) for problem in findings(registry(text))]


def depending(edges: dict[str, list[str]]) -> Registry:
    return Registry(
        file="f", repos=tuple(RepositoryEntry(name=name, depends_on=tuple(to)) for name, to in edges.items())
    )


def test_a_sound_registry_has_none() -> None:
    assert (
        found(
            "repos:\n- {name: a, url: a, ref: main, provides: [x], aliases: [old]}\n"
            "- {name: b, url: b, depends_on: [a, old, later], consumes: [x]}\nplanned: [{name: later}]\n"
        )
        == []
    )


def test_names_that_mean_two_things() -> None:
    text = (
        "repos:\n- {name: a, url: a}\n- {name: a, url: b}\n"
        "- {name: b, url: b, aliases: [a, o]}\n- {name: c, url: c, aliases: [o, c]}\n"
    )
    assert found(text) == [
        ("registry.duplicate_name", 3, "a is named again (first in line 2); only the first entry is read"),
        ("registry.alias_clash", 4, "the alias a of b also means a (line 2)"),
        ("registry.alias_clash", 5, "the alias o of c also means b (line 4)"),
    ]


def test_addresses() -> None:
    text = (
        "repos:\n- {name: a}\n- {name: b, url: 'https://u:secret@host.example/b'}\n- {name: c, url: c, ref: --all}\n"
        "- {name: d, url: 'ext::sh -c x'}\n"
    )
    result = found(text)
    assert [(code, line) for code, line, _ in result] == [
        ("registry.no_url", 2),
        ("registry.url_refused", 3),
        ("registry.ref_refused", 4),
        ("registry.url_refused", 5),
    ]
    assert "secret" not in str(result)
    assert {problem.severity for problem in findings(registry(text))} == {Severity.ERROR}


def test_dependencies_and_services() -> None:
    text = (
        "repos:\n- {name: a, url: a, depends_on: [gone, nobody], consumes: [x, y, y]}\n"
        "- {name: b, url: b, provides: [x]}\n"
        "deprecated: [{name: gone}]\n"
    )
    assert found(text) == [
        ("registry.no_provider", 2, "a consumes y, which no repository of the registry provides"),
        ("registry.undeclared_dependency", 2, "a consumes x, which b provides, but does not depend on it"),
        ("registry.unknown_dependency", 2, "a depends on gone, which is deprecated"),
        ("registry.unknown_dependency", 2, "a depends on nobody, which the registry does not name"),
    ]
    assert consumed_without_provider(registry(text)) == [("a", "y")]


def test_a_cycle_is_named_once_from_its_smallest_name() -> None:
    text = (
        "repos:\n- {name: c, url: c, depends_on: [a]}\n- {name: a, url: a, depends_on: [b]}\n"
        "- {name: b, url: b, depends_on: [c]}\n"
    )
    assert found(text) == [("registry.dependency_cycle", 3, "dependency cycle: a -> b -> c -> a")]


def test_cycles_through_aliases_themselves_and_one_another() -> None:
    self_and_alias = registry("repos: [{name: a, aliases: [x], depends_on: [x]}, {name: b, depends_on: [a]}]")
    assert dependency_cycles(self_and_alias) == [("a",)]
    overlapping = depending({"b": ["a", "c"], "a": ["b"], "c": ["b", "d"], "d": [], "e": ["c"]})
    assert dependency_cycles(overlapping) == [("a", "b"), ("b", "c")]
    tangle = depending({"a": ["b"], "b": ["c"], "c": ["a", "b"]})
    assert dependency_cycles(tangle) == [("a", "b", "c")]  # b and c are named already


def test_a_long_chain_and_a_long_cycle() -> None:
    size = 5000
    chain = {f"n{at:05d}": [f"n{at + 1:05d}"] for at in range(size)}
    assert dependency_cycles(depending(chain)) == []
    [cycle] = dependency_cycles(depending({**chain, f"n{size:05d}": ["n00000"]}))
    assert len(cycle) == size + 1


NODES = st.sampled_from("abcdef")


@given(st.dictionaries(NODES, st.lists(NODES, max_size=4), max_size=6), st.randoms())
def test_every_repository_in_a_cycle_is_named(edges: dict[str, list[str]], random: Random) -> None:
    cycles = dependency_cycles(depending(edges))
    for cycle in cycles:
        assert cycle[0] == min(cycle)
        assert all(cycle[(at + 1) % len(cycle)] in edges[name] for at, name in enumerate(cycle))
    assert {name for cycle in cycles for name in cycle} == {name for name in edges if name in reachable(name, edges)}
    shuffled = list(edges.items())
    random.shuffle(shuffled)
    assert dependency_cycles(depending(dict(shuffled))) == cycles


def reachable(start: str, edges: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for target in edges.get(todo.pop(), []):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def test_codes_are_distinct_and_named_after_the_registry() -> None:
    names = [code.code for code in REGISTRY_CODES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("registry.") for name in names)
    assert all(code.cure for code in REGISTRY_CODES)

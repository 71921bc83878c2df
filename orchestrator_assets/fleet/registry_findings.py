"""What is wrong with a valid registry: findings about what its entries say of one another.

Pure: whether a repository can really be read is found by scanning it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.problems import (
    ALIAS_CLASH,
    DEPENDENCY_CYCLE,
    DUPLICATE_NAME,
    NO_PROVIDER,
    NO_URL,
    REF_REFUSED,
    UNDECLARED_DEPENDENCY,
    UNKNOWN_DEPENDENCY,
    URL_REFUSED,
)
from orchestrator_assets.fleet.registry_model import Registry, RepositoryEntry
from orchestrator_assets.fleet.registry_url import UrlPolicy, UrlRefused, check_url, redacted, ref_is_safe
from orchestrator_assets.problems import Problem


def findings(registry: Registry, policy: UrlPolicy | None = None) -> list[Problem]:
    """Every finding about the registry, in the order of its lines. `policy` says which URLs are allowed beyond the
    usual ones."""
    found = [
        *_names(registry),
        *_addresses(registry, policy),
        *_dependencies(registry),
        *_cycles(registry),
        *_services(registry),
    ]
    return sorted(found, key=lambda problem: (problem.line or 0, problem.code, problem.message))


def dependency_cycles(registry: Registry) -> list[tuple[str, ...]]:
    """Cycles of `depends_on`, each once, beginning with its smallest name, in order. Every repository that is in a
    cycle is in one of those returned, the shortest it is in; a tangle of cycles is not listed in full."""
    edges = {
        entry.name: sorted({found.name for name in entry.depends_on if (found := registry.find(name))})
        for entry in registry.members.values()
    }
    cycles: set[tuple[str, ...]] = set()
    covered: set[str] = set()
    for name in sorted(_cyclic_core(edges)):
        cycle = () if name in covered else _shortest_cycle(name, edges)
        if cycle:
            covered.update(cycle)
            first = cycle.index(min(cycle))
            cycles.add((*cycle[first:], *cycle[:first]))
    return sorted(cycles)


def consumed_without_provider(registry: Registry) -> list[tuple[str, str]]:
    """(repository, service) for every consumed service that no entry provides, in the registry's order."""
    provided = {service for entry in registry.repos for service in entry.provides}
    return [
        (entry.name, service)
        for entry in registry.members.values()
        for service in dict.fromkeys(entry.consumes)
        if service not in provided
    ]


def _names(registry: Registry) -> Iterator[Problem]:
    claimed: dict[str, RepositoryEntry] = {}
    for entry in registry.repos:
        first = registry.members[entry.name]
        if first is not entry:
            yield DUPLICATE_NAME.at(registry.file, entry.line, name=visible(entry.name), first=first.line)
        for alias in dict.fromkeys(entry.aliases):
            other = registry.members.get(alias) or claimed.setdefault(alias, entry)
            if other is not entry and other.name != entry.name:
                yield ALIAS_CLASH.at(
                    registry.file,
                    entry.line,
                    alias=visible(alias),
                    name=visible(entry.name),
                    other=visible(other.name),
                    line_of_other=other.line,
                )


def _addresses(registry: Registry, policy: UrlPolicy | None) -> Iterator[Problem]:
    for entry in registry.repos:
        name, url = visible(entry.name), registry.url_of(entry)
        if url is None:
            yield NO_URL.at(registry.file, entry.line, name=name)
        else:
            try:
                check_url(url, Path("/"), policy)
            except UrlRefused as error:
                yield URL_REFUSED.at(registry.file, entry.line, name=name, url=redacted(url), reason=error.reason)
        if entry.ref is not None and not ref_is_safe(entry.ref):
            yield REF_REFUSED.at(registry.file, entry.line, name=name, ref=visible(entry.ref))


def _dependencies(registry: Registry) -> Iterator[Problem]:
    planned = {entry.name for entry in registry.planned}
    deprecated = {entry.name for entry in registry.deprecated}
    for entry in registry.members.values():
        for dependency in dict.fromkeys(entry.depends_on):
            if registry.find(dependency) or dependency in planned:
                continue
            why = "is deprecated" if dependency in deprecated else "the registry does not name"
            yield UNKNOWN_DEPENDENCY.at(
                registry.file, entry.line, name=visible(entry.name), dependency=visible(dependency), why=why
            )


def _cycles(registry: Registry) -> Iterator[Problem]:
    for cycle in dependency_cycles(registry):
        path = " -> ".join(visible(name) for name in (*cycle, cycle[0]))
        yield DEPENDENCY_CYCLE.at(registry.file, registry.members[cycle[0]].line, cycle=path)


def _services(registry: Registry) -> Iterator[Problem]:
    for name, service in consumed_without_provider(registry):
        line = registry.members[name].line
        yield NO_PROVIDER.at(registry.file, line, name=visible(name), service=visible(service))
    providers: dict[str, list[str]] = {}
    for entry in registry.members.values():
        for service in entry.provides:
            providers.setdefault(service, []).append(entry.name)
    for entry in registry.members.values():
        declared = {entry.name, *(found.name for name in entry.depends_on if (found := registry.find(name)))}
        for service in dict.fromkeys(entry.consumes):
            of_service = providers.get(service, [])
            if of_service and declared.isdisjoint(of_service):
                yield UNDECLARED_DEPENDENCY.at(
                    registry.file,
                    entry.line,
                    name=visible(entry.name),
                    service=visible(service),
                    providers=" or ".join(visible(provider) for provider in of_service),
                )


def _cyclic_core(edges: dict[str, list[str]]) -> set[str]:
    """The names left when those that nothing depends on, or that depend on nothing, are taken away until none is."""
    core = set(edges)
    for graph in (edges, _reversed(edges)):
        incoming = dict.fromkeys(core, 0)
        for name in core:
            for target in graph[name]:
                if target in core:
                    incoming[target] += 1
        free = deque(name for name, count in incoming.items() if count == 0)
        while free:
            name = free.popleft()
            core.discard(name)
            for target in graph[name]:
                if target in core:
                    incoming[target] -= 1
                    if incoming[target] == 0:
                        free.append(target)
    return core


def _reversed(edges: dict[str, list[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {name: [] for name in edges}
    for name, targets in edges.items():
        for target in targets:
            turned[target].append(name)
    return turned


def _shortest_cycle(start: str, edges: dict[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a name back to it, first by name among equals; empty if there is none."""
    came_from: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        for target in edges[name]:
            if target == start:
                return _path_to(name, came_from)
            if target not in came_from:
                came_from[target] = name
                queue.append(target)
    return ()


def _path_to(name: str | None, came_from: dict[str, str | None]) -> tuple[str, ...]:
    steps: list[str] = []
    while name is not None:
        steps.append(name)
        name = came_from[name]
    return tuple(reversed(steps))

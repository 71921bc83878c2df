"""Pages against the fleet registry and against one another. Who is right: the fleet registry over pages, and a
repository's own infrastructure page over the global one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator_assets.architecture import problems as codes
from orchestrator_assets.architecture.model import ArchitectureItem, Item, Page, PageRole, Service
from orchestrator_assets.architecture.page import STACK
from orchestrator_assets.kinds import IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem, Problem

LISTS = {"integration patterns": "integration_patterns", "subdomains": "subdomains"}
TEXTS = {"layer": "layer", "context type": "context_type"}
_FULL, _DISCOVERY = ("in_progress", "active", None), ("draft",)


def item_of(record: IndexedRecord) -> Item:
    """A record's payload."""
    assert isinstance(record.payload, ArchitectureItem)
    return record.payload.root


def pages_of(records: Sequence[IndexedRecord], *roles: PageRole) -> Iterator[tuple[IndexedRecord, Page]]:
    """The pages of these roles."""
    for record in records:
        item = item_of(record)
        if isinstance(item, Page) and item.role in roles:
            yield record, item


def audit_of(entry: Mapping[str, Any]) -> str:
    """How deep a repository is audited, by its stage of life: full (also where none is stated), discovery or none."""
    stage = entry.get("lifecycle_stage")
    return "full" if stage in _FULL else "discovery" if stage in _DISCOVERY else "none"


def compare(found: IndexInput) -> list[LocatedProblem]:
    """Everything that only the whole fleet shows."""
    problems = [*_against_template(found), *_against_registry(found), *_global_pages(found), *_ports(found)]
    have = {record.repository for record, _ in pages_of(found.records, PageRole.ARCHITECTURE)}
    for item in found.coverage:
        # A page is only missed where the registry says that the repository is in work or in use.
        stage = found.fleet.get(item.repository, {}).get("lifecycle_stage")
        if item.commit and item.repository not in have and stage in ("in_progress", "active"):
            problems.append(LocatedProblem(codes.NO_PAGE.at(), item.repository, item.commit))
    return problems


def differences(page: Page, entry: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Field, what the page says, what the registry says; only what both say."""
    found = []
    role, registered = page.fields.get("role"), entry.get("role")
    if role and registered and _short(role) != str(registered).strip():
        found.append(("role", _short(role), str(registered)))
    table = page.classification or {}
    for name, key in TEXTS.items():
        if table.get(name) and entry.get(key) and list(table[name]) != [entry[key]]:
            found.append((name, ", ".join(table[name]), str(entry[key])))
    for name, key in LISTS.items():
        values = _strings(entry.get(key))
        if name in table and values is not None and set(table[name]) != set(values):
            found.append((name, _said(table[name]), _said(values)))
    capabilities = _strings(entry.get("capabilities"))
    if page.capabilities is not None and capabilities is not None:
        said, have = set(page.capabilities), set(capabilities)
        if said != have:
            found.append(("capabilities", _said(sorted(said - have)) + " more", _said(sorted(have - said)) + " more"))
    return found


def _against_registry(found: IndexInput) -> Iterator[LocatedProblem]:
    for record, page in pages_of(found.records, PageRole.ARCHITECTURE):
        entry = found.fleet.get(record.repository, {})
        if audit_of(entry) != "full":
            continue
        for field, said, registered in differences(page, entry):
            yield _at(record, codes.DIFFERS.at(record.path, 1, field=field, page=said, registry=registered))


def _against_template(found: IndexInput) -> Iterator[LocatedProblem]:
    """What pages lack, and what they name that is not there; global pages speak of other repositories' files."""
    for record, page in pages_of(found.records, *PageRole):
        if audit_of(found.fleet.get(record.repository, {})) != "full":
            continue
        if page.lacks_fields:
            yield _at(record, codes.MISSING_FIELD.at(record.path, 1, fields=", ".join(page.lacks_fields)))
        if page.lacks_sections:
            yield _at(record, codes.MISSING_SECTION.at(record.path, 1, sections=", ".join(page.lacks_sections)))
        if page.role in (PageRole.GLOBAL_ARCHITECTURE, PageRole.GLOBAL_INFRASTRUCTURE):
            continue
        if page.scripts_missing:
            gone, named = page.scripts_missing, len(page.scripts)
            yield _at(record, codes.SCRIPTS.at(record.path, 1, missing=len(gone), named=named, first=gone[0]))
        for name in page.stack_missing:
            yield _at(record, codes.STACK.at(record.path, 1, what=name, signs=" or ".join(STACK[name])))


def _global_pages(found: IndexInput) -> Iterator[LocatedProblem]:
    for record, page in pages_of(found.records, PageRole.GLOBAL_ARCHITECTURE):
        if not page.repositories:
            continue
        named = set(page.repositories)
        for name in sorted(set(found.fleet) - named):
            if audit_of(found.fleet[name]) == "full":
                yield _at(record, codes.GLOBAL_MISSING.at(record.path, None, repository=name))
        for name in sorted(named - set(found.fleet)):
            yield _at(record, codes.GLOBAL_UNKNOWN.at(record.path, None, repository=name))
        for name, entry in sorted(found.fleet.items()):
            for field, said, registered in global_differences(page, name, entry):
                place = codes.GLOBAL_DIFFERS.at(
                    record.path, None, repository=name, field=field, page=said, registry=registered
                )
                yield _at(record, place)


def global_differences(page: Page, name: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, what a global page says of one repository, what the registry says; only what both speak of."""
    role, registered = page.presented.get(name), entry.get("role")
    if role and registered and role != str(registered).strip():
        yield "role", role, str(registered)
    if name in page.presented and audit_of(entry) == "none":
        yield "lifecycle stage", "it is in use", str(entry["lifecycle_stage"])
    have = _strings(entry.get("subdomains"))
    if page.subdomains and have is not None and audit_of(entry) == "full":
        said = {_slug(value) for value in page.subdomains.get(name, ())}
        if said != {_slug(value) for value in have}:
            yield "subdomains", _said(sorted(said)), _said(have)


def _strings(value: object) -> list[str] | None:
    """A list of the registry, which holds what people wrote; None if it is none."""
    return [str(item) for item in value] if isinstance(value, list) else None


def _slug(name: str) -> str:
    """A display name as an id: "Platform/Process" is platform-process."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def _ports(found: IndexInput) -> Iterator[LocatedProblem]:
    own: dict[tuple[str, str], tuple[IndexedRecord, Service]] = {}
    by_port: dict[str, tuple[str, Service]] = {}
    for record, page in pages_of(found.records, PageRole.INFRASTRUCTURE):
        for service in page.services:
            own[record.repository, service.name.lower()] = (record, service)
            other = by_port.setdefault(service.port, (record.repository, service))
            if (other[0], other[1].name.lower()) != (record.repository, service.name.lower()):
                names = {"service": service.name, "other": other[1].name, "where": other[0]}
                yield _at(record, codes.PORT_TWICE.at(record.path, service.line, port=service.port, **names))
    for record, page in pages_of(found.records, PageRole.GLOBAL_INFRASTRUCTURE):
        for service in page.services:
            match = own.get((service.repository or "", service.name.lower()))
            if match is not None and match[1].port != service.port:
                said = {"service": service.name, "port": service.port, "own": match[1].port}
                place = codes.PORT_DIFFERS.at(record.path, service.line, repository=match[0].repository, **said)
                yield _at(record, place)


def _short(role: str) -> str:
    """The role without its explanation: "Schema/Infrastructure - owner of ..."."""
    for dash in (" \u2014 ", " \u2013 ", " - ", ": "):
        role = role.partition(dash)[0]
    return role.strip()


def _said(values: Sequence[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _at(record: IndexedRecord, problem: Problem) -> LocatedProblem:
    return LocatedProblem(problem, record.repository, record.commit)

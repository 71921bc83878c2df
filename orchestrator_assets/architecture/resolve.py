"""From a repository's files to its architecture items, and what its own tree shows to be wrong with them."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from orchestrator_assets.architecture import problems as codes
from orchestrator_assets.architecture.model import (
    ArchitectureItem,
    BrokenLink,
    Command,
    Item,
    Links,
    Page,
    PageRole,
    Proposed,
    Service,
)
from orchestrator_assets.architecture.page import STACK, PageContent
from orchestrator_assets.architecture.parse import ArchitectureFile
from orchestrator_assets.architecture.places import (
    base_of,
    claude_command,
    is_agent_commands,
    is_markdown,
    role_of,
    workflow,
)
from orchestrator_assets.documents.links import local_target
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem

FIELDS = ("role|owner", "status", "version", "last updated")
SECTIONS = ("Role", "DDD Classification", "Capabilities", "Ownership", "Key Components", "Dependencies", "Data Flows")
_EMPTY = PageContent(
    title=None, fields={}, sections=[], classification=None, capabilities=None, repositories=[], services=[], files=[],
    stack=[], changes=[], limited=None,
)  # fmt: skip
_OLD_DAYS = 30


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """Records of pages, commands, proposals and links, several of one file in this order."""
    files = {item.path: ArchitectureFile.model_validate(item.parsed.payload) for item in documents}
    dates = {item.path: item.last_commit.date for item in documents if item.last_commit}
    records: list[Record] = []
    problems: list[Problem] = []
    for path, file in files.items():
        for ordinal, item in enumerate(_items(tree, path, file, files, dates)):
            payload = ArchitectureItem(item)
            records.append(Record(path, 1, payload, ordinal, payload.title, _words(item)))
            problems += _judge(tree, path, item)
        problems += _generated(tree, path, file, dates)
        base = base_of(path)
        if base in dates and path in dates and _moment(dates[base]) > _moment(dates[path]):
            problems.append(codes.PROPOSED_STALE.at(path, base=base))
    return Resolution(tuple(records), tuple(problems))


def _items(
    tree: RepositoryTree,
    path: str,
    file: ArchitectureFile,
    files: Mapping[str, ArchitectureFile],
    dates: Mapping[str, str],
) -> Iterator[Item]:
    role = role_of(path)
    if role is not None:
        yield _page(tree, path, role, file.page or _EMPTY)
    base = base_of(path)
    if base is not None:
        yield _proposed(path, base if base in tree.paths else None, file, files, dates)
    if name := claude_command(path):
        yield Command(family="claude", name=name, title=file.title)
    if is_agent_commands(path):
        for command in dict.fromkeys(file.commands):
            yield Command(family="agent", name=command, title=None)
    if name := workflow(path):
        yield Command(family="workflow", name=name, title=file.title)
    links = _links(tree, path, file)
    if links.checked:
        yield links


def _page(tree: RepositoryTree, path: str, role: PageRole, content: PageContent) -> Page:
    return Page(
        role=role,
        title=content.title,
        fields=content.fields,
        sections=tuple(content.sections),
        classification={name: tuple(values) for name, values in content.classification.items()}
        if content.classification is not None
        else None,
        capabilities=tuple(content.capabilities) if content.capabilities is not None else None,
        repositories=tuple(content.repositories),
        services=tuple(Service(**row.model_dump()) for row in content.services),
        scripts=tuple(content.files),
        scripts_missing=tuple(name for name in content.files if not _is_there(tree, path, name)),
        stack=tuple(content.stack),
        stack_missing=tuple(name for name in content.stack if not _has_sign(tree, STACK[name])),
        status=content.fields.get("status"),
    )


def _proposed(
    path: str,
    base: str | None,
    file: ArchitectureFile,
    files: Mapping[str, ArchitectureFile],
    dates: Mapping[str, str],
) -> Proposed:
    newest = max((_moment(date) for date in dates.values()), default=None)
    age = (newest - _moment(dates[path])).days if newest and path in dates else None
    added = removed = None
    if base is not None and base in files and file.lines and files[base].lines:
        changes = difflib.SequenceMatcher(None, files[base].lines, file.lines, autojunk=False).get_opcodes()
        added = sum(end - start for tag, _, _, start, end in changes if tag != "equal")
        removed = sum(end - start for tag, start, end, _, _ in changes if tag != "equal")
    content = file.page or _EMPTY
    return Proposed(
        title=content.title or file.title, base=base, age_days=age, changes=tuple(content.changes),
        lines_added=added, lines_removed=removed,
    )  # fmt: skip


def _links(tree: RepositoryTree, path: str, file: ArchitectureFile) -> Links:
    checked, broken = 0, []
    for written, line in file.links if is_markdown(path) else []:
        target = None if written.startswith("~") else local_target(path, written)
        if target is not None:
            checked += 1
            if not tree.exists(target):
                broken.append(BrokenLink(target=written, line=line))
    return Links(checked=checked, broken=tuple(broken))


def _judge(tree: RepositoryTree, path: str, item: Item) -> Iterator[Problem]:
    if isinstance(item, Links):
        for link in item.broken:
            yield codes.BROKEN_LINK.at(path, link.line, target=link.target)
    elif isinstance(item, Proposed):
        if item.base is None:
            yield codes.PROPOSED_WITHOUT_BASE.at(path)
        if item.age_days is not None and item.age_days > _OLD_DAYS:
            yield codes.PROPOSED_OLD.at(path, days=item.age_days)
    elif isinstance(item, Page):
        yield from _judge_page(tree, path, item)


def _judge_page(tree: RepositoryTree, path: str, page: Page) -> Iterator[Problem]:
    fields = _listed(tree.settings.get("fields"), FIELDS)
    missing = [name for name in fields if not any(one in page.fields for one in name.lower().split("|"))]
    if missing:
        yield codes.MISSING_FIELD.at(path, 1, fields=", ".join(name.replace("|", " or ") for name in missing))
    if page.role is PageRole.ARCHITECTURE:
        have = {section.lower() for section in page.sections}
        lacking = [name for name in _listed(tree.settings.get("sections"), SECTIONS) if name.lower() not in have]
        if lacking:
            yield codes.MISSING_SECTION.at(path, 1, sections=", ".join(lacking))
    if page.role in (PageRole.GLOBAL_ARCHITECTURE, PageRole.GLOBAL_INFRASTRUCTURE):
        return  # they speak of other repositories' files
    if page.scripts_missing:
        yield codes.SCRIPTS.at(
            path, 1, missing=len(page.scripts_missing), named=len(page.scripts), first=page.scripts_missing[0]
        )
    for name in page.stack_missing:
        yield codes.STACK.at(path, 1, what=name, signs=" or ".join(STACK[name]))


def _generated(tree: RepositoryTree, path: str, file: ArchitectureFile, dates: Mapping[str, str]) -> Iterator[Problem]:
    """A generated file against its inputs: by the commits that touched them, not by the time it claims."""
    for written in file.inputs or []:
        source = _find(tree, path, written)
        if source is None:
            yield codes.GENERATED_INPUT.at(path, 1, input=written)
        elif source in dates and path in dates and _moment(dates[source]) > _moment(dates[path]):
            yield codes.GENERATED_STALE.at(path, 1, input=source)


def _find(tree: RepositoryTree, path: str, written: str) -> str | None:
    """A named file: beside the page or a folder above it; else the only one of that name in the tree."""
    folder = posixpath.dirname(path)
    while True:
        candidate = posixpath.normpath(posixpath.join(folder, written))
        if candidate in tree.paths and candidate != path:
            return candidate
        if not folder:
            break
        folder = posixpath.dirname(folder)
    named = [one for one in tree.paths if posixpath.basename(one) == posixpath.basename(written) and one != path]
    return named[0] if len(named) == 1 else None


def _is_there(tree: RepositoryTree, path: str, name: str) -> bool:
    return _find(tree, path, name) is not None or any(one.endswith(f"/{name}") for one in tree.paths)


def _has_sign(tree: RepositoryTree, signs: Sequence[str]) -> bool:
    ends = tuple(sign for sign in signs if sign.startswith("."))
    return any(posixpath.basename(path) in signs or (ends and path.endswith(ends)) for path in tree.paths)


def _listed(chosen: object, default: Sequence[str]) -> list[str]:
    return [str(item) for item in chosen] if isinstance(chosen, list) else list(default)


def _moment(date: str) -> datetime:
    return datetime.fromisoformat(date)


def _words(item: Item) -> str:
    if isinstance(item, Page):
        return " ".join([*item.fields.values(), *item.sections, *(item.capabilities or ())])
    if isinstance(item, Proposed):
        return " ".join(item.changes)
    return item.name if isinstance(item, Command) else ""

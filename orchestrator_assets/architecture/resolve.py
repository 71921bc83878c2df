"""From a repository's files to its architecture items, and what its own tree shows to be wrong with them."""

from __future__ import annotations

from collections import Counter
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
from orchestrator_assets.architecture.tree_files import TreeFiles
from orchestrator_assets.documents.links import local_target
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution
from orchestrator_assets.problems import Problem

FIELDS = ("role|owner", "status", "version", "last updated")
SECTIONS = ("Role", "DDD Classification", "Capabilities", "Ownership", "Key Components", "Dependencies", "Data Flows")
_OLD_DAYS = 30


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """Records of pages, commands, proposals and links, several of one file in this order."""
    files = {item.path: ArchitectureFile.model_validate(item.parsed.payload) for item in documents}
    dates = {item.path: item.last_commit.date for item in documents if item.last_commit}
    tree_files = TreeFiles(tree)
    records: list[Record] = []
    problems: list[Problem] = []
    for path, file in files.items():
        for ordinal, item in enumerate(_items(tree, tree_files, path, file, files, dates)):
            payload = ArchitectureItem(item)
            records.append(Record(path, 1, payload, ordinal, payload.title, _words(item)))
            problems += _judge(path, item)
        if role_of(path) is not None and file.page is None:
            problems.append(codes.NOT_READ.at(path, 1))
        problems += _generated(tree_files, path, file, dates)
        base = base_of(path)
        if base in dates and path in dates and _moment(dates[base]) > _moment(dates[path]):
            problems.append(codes.PROPOSED_STALE.at(path, base=base))
    return Resolution(tuple(records), tuple(problems))


def _items(
    tree: RepositoryTree,
    tree_files: TreeFiles,
    path: str,
    file: ArchitectureFile,
    files: Mapping[str, ArchitectureFile],
    dates: Mapping[str, str],
) -> Iterator[Item]:
    role = role_of(path)
    if role is not None:
        yield _page(tree, tree_files, path, role, file.page)
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


def _page(tree: RepositoryTree, tree_files: TreeFiles, path: str, role: PageRole, content: PageContent | None) -> Page:
    if content is None:  # it was not read as such a page, which is told: nothing is known of it
        return Page(role=role, title=None, fields={}, sections=())
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
        presented=content.presented,
        subdomains={name: tuple(values) for name, values in content.subdomains.items()},
        services=tuple(Service(**row.model_dump()) for row in content.services),
        scripts=tuple(content.files),
        scripts_missing=tuple(name for name in content.files if not tree_files.has(path, name)),
        stack=tuple(content.stack),
        stack_missing=tuple(name for name in content.stack if not tree_files.shows(STACK[name])),
        lacks_fields=tuple(_lacking_fields(tree, content)),
        lacks_sections=tuple(_lacking_sections(tree, content)) if role is PageRole.ARCHITECTURE else (),
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
        # Counted as bags of lines: a true diff takes minutes on pages that were made to be hard for it.
        before, after = Counter(files[base].lines), Counter(file.lines)
        added, removed = (after - before).total(), (before - after).total()
    return Proposed(
        title=(file.page.title if file.page else None) or file.title, base=base, age_days=age,
        changes=tuple(file.page.changes) if file.page else (), lines_added=added, lines_removed=removed,
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


def _judge(path: str, item: Item) -> Iterator[Problem]:
    if isinstance(item, Links):
        for link in item.broken:
            yield codes.BROKEN_LINK.at(path, link.line, target=link.target)
    elif isinstance(item, Proposed):
        if item.base is None:
            yield codes.PROPOSED_WITHOUT_BASE.at(path)
        if item.age_days is not None and item.age_days > _OLD_DAYS:
            yield codes.PROPOSED_OLD.at(path, days=item.age_days)


def _lacking_fields(tree: RepositoryTree, content: PageContent) -> Iterator[str]:
    for name in _listed(tree.settings.get("fields"), FIELDS):
        if not any(one in content.fields for one in name.lower().split("|")):
            yield name.replace("|", " or ")


def _lacking_sections(tree: RepositoryTree, content: PageContent) -> Iterator[str]:
    have = {section.lower() for section in content.sections}
    return (name for name in _listed(tree.settings.get("sections"), SECTIONS) if name.lower() not in have)


def _generated(tree_files: TreeFiles, path: str, file: ArchitectureFile, dates: Mapping[str, str]) -> Iterator[Problem]:
    """A generated file against its inputs: by the commits that touched them, not by the time it claims."""
    for written in file.inputs or []:
        source = tree_files.find(path, written)
        if source is None:
            yield codes.GENERATED_INPUT.at(path, 1, input=written)
        elif source in dates and path in dates and _moment(dates[source]) > _moment(dates[path]):
            yield codes.GENERATED_STALE.at(path, 1, input=source)


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

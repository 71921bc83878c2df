"""An architecture page: its header, its sections, and what its tables say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from orchestrator_assets.documents.header import read_header
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.outline import Block, BlockKind, Outline

_TICKED = re.compile(r"`([^`\n]{1,200})`")
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+){0,8}\.(?:py|sh|js|ts|mjs|rb|pl|sql|ps1)")
_PORT = re.compile(r"\d{2,5}")
_REPOSITORY = ("repo", "repos", "repository", "repositories", "owner repo", "owning repo")
_REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][\w.-]{1,99}")
_BETWEEN = re.compile(r"[,;/+&\u2190-\u21ff]")
_ASIDE = re.compile(r"\([^()]{0,200}\)")
_ABOUT = ("stack", "technolog")
_PLACEHOLDERS = {"", "-", "\u2014", "\u2013", "n/a", "none", "tbd", "all"}
STACK = {
    "Node.js": ("package.json",),
    "Next.js": ("package.json",),
    "React": ("package.json",),
    "TypeScript": ("package.json", "tsconfig.json"),
    "Python": ("pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile", "uv.lock"),
    "FastAPI": ("pyproject.toml", "requirements.txt", "setup.py", "Pipfile"),
    "Django": ("pyproject.toml", "requirements.txt", "setup.py", "Pipfile"),
    "Rust": ("Cargo.toml",),
    "Go": ("go.mod",),
    "Java": ("pom.xml", "build.gradle", "build.gradle.kts"),
    "Ruby": ("Gemfile",),
    "Terraform": (".tf",),
    "Docker": ("Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"),
}
"""What a page may name, and the files (or endings) of which a repository that uses it holds at least one."""


class ServiceRow(BaseModel):
    """A service with its port, as written."""

    name: str
    port: str
    repository: str | None
    line: int


class PageContent(BaseModel):
    """What a page says by itself. `presented` are the repositories that have a heading of their own, with the role that
    stands in brackets behind the name; `subdomains` those of each repository by a table of subdomains."""

    title: str | None
    fields: dict[str, str]
    sections: list[str]
    classification: dict[str, list[str]] | None
    capabilities: list[str] | None
    repositories: list[str]
    presented: dict[str, str | None]
    subdomains: dict[str, list[str]]
    services: list[ServiceRow]
    files: list[str]
    stack: list[str]
    changes: list[str]
    limited: str | None


def read_page(text: str, suffix: str) -> PageContent:
    """A page's content. Never raises."""
    header = read_header(text, suffix)
    outline = header.outline
    sections = [plain(block.raw) for block in outline.headings if block.level == 2]
    tables = list(_tables(outline))
    presented = _presented(outline)
    return PageContent(
        title=plain(header.title) if header.title else None,
        fields={name: plain(label.value)[:500] for name, label in header.labels.items() if label.value},
        sections=sections,
        classification=_classification(tables),
        capabilities=_capabilities(tables),
        repositories=list(dict.fromkeys([*_repositories(tables), *presented])),
        presented=presented,
        subdomains=_subdomains(tables),
        services=_services(tables),
        files=_files(tables),
        stack=_stack(outline, tables),
        changes=_changes(outline),
        limited=outline.limited,
    )


class _Table:
    """A table: the headings it stands under (the last is the nearest), its column names in lower case, its rows."""

    def __init__(self, sections: tuple[str, ...], head: Block, rows: Sequence[Block]) -> None:
        self.sections = sections
        self.columns = [plain(cell).lower() for cell in head.cells]
        self.rows = rows

    def column(self, *names: str) -> int | None:
        """The first column of one of these names."""
        return next((number for number, column in enumerate(self.columns) if column in names), None)


def _tables(outline: Outline) -> Iterator[_Table]:
    head: Block | None = None
    rows: list[Block] = []
    path: list[tuple[int, str]] = []
    for block in outline.blocks:
        begins = block.kind is BlockKind.ROW and (block.header or head is None or block.table != head.table)
        if head is not None and (begins or block.kind is BlockKind.HEADING):
            yield _Table(tuple(name for _, name in path), head, rows)
            head = None
        if block.kind is BlockKind.HEADING:
            path = [*(item for item in path if item[0] < block.level), (block.level, plain(block.raw).lower())]
        elif begins:
            head, rows = block, []
        elif block.kind is BlockKind.ROW:
            rows.append(block)
    if head is not None:
        yield _Table(tuple(name for _, name in path), head, rows)


def _classification(tables: Sequence[_Table]) -> dict[str, list[str]] | None:
    for table in tables:
        if len(table.columns) == 2 and table.columns[0] in ("property", "attribute", "field"):
            found = {plain(row.cells[0]).lower(): _values(row.cells[1]) for row in table.rows if len(row.cells) > 1}
            if {"layer", "context type"} & set(found):
                return found
    return None


def _values(cell: str) -> list[str]:
    ticked = _TICKED.findall(cell)
    values = ticked or [part.strip() for part in plain(cell).split(",")]
    return [value for value in values if value.lower() not in _PLACEHOLDERS]


def _capabilities(tables: Sequence[_Table]) -> list[str] | None:
    for table in tables:
        if table.columns and table.columns[0] in ("capability", "capabilities"):
            return [name for row in table.rows if row.cells and (name := plain(row.cells[0]).strip())]
    return None


def _repositories(tables: Sequence[_Table]) -> Iterator[str]:
    """Repositories in columns of that name; what stands under deprecated or future ones does not count."""
    for table in tables:
        for _, names in _by_repository(table):
            yield from names


def _by_repository(table: _Table) -> Iterator[tuple[Block, list[str]]]:
    column = table.column(*_REPOSITORY)
    if column is not None and not _is_past(table.sections):
        for row in table.rows:
            yield row, list(_names(plain(row.cells[column]))) if column < len(row.cells) else []


def _subdomains(tables: Sequence[_Table]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in tables:
        column = table.column("subdomain", "subdomains")
        for row, names in _by_repository(table) if column is not None else []:
            for name in names if column is not None and column < len(row.cells) else []:
                found.setdefault(name, []).append(plain(row.cells[column or 0]).strip())
    return found


def _presented(outline: Outline) -> dict[str, str | None]:
    """Headings in a section of repositories: "name" or "name (role)"; not under deprecated or future ones."""
    found: dict[str, str | None] = {}
    path: list[tuple[int, str]] = []
    for block in outline.headings:
        text = plain(block.raw)
        path = [item for item in path if item[0] < block.level]
        above = [name for _, name in path]
        if any("repositories" in name for name in above) and not _is_past(above):
            roles = [aside.strip("( )") for aside in _ASIDE.findall(text)]
            for name in _names(text):
                found.setdefault(name, roles[0] if roles else None)
        path.append((block.level, text.lower()))
    return found


def _names(text: str) -> Iterator[str]:
    for part in _BETWEEN.split(_ASIDE.sub(" ", text.replace("`", ""))):
        name = part.strip()
        if _REPOSITORY_NAME.fullmatch(name) and name.lower() not in _PLACEHOLDERS:
            yield name


def _is_past(sections: Sequence[str]) -> bool:
    return any(word in section for section in sections for word in ("deprecated", "future", "planned", "retired"))


def _services(tables: Sequence[_Table]) -> list[ServiceRow]:
    found = []
    for table in tables:
        port, name = (
            table.column("port", "ports", "host port"),
            table.column("service", "name", "container", "component"),
        )
        repository = table.column(*_REPOSITORY)
        for row in table.rows if port is not None and name is not None else []:
            cells = [plain(cell).strip().strip("`") for cell in row.cells]
            if port is None or name is None or len(cells) <= max(port, name) or not _PORT.fullmatch(cells[port]):
                continue
            home = cells[repository] if repository is not None and repository < len(cells) else None
            home = None if home is None or home.lower() in _PLACEHOLDERS else home
            found.append(ServiceRow(name=cells[name], port=cells[port], repository=home, line=row.line))
    return found


def _files(tables: Sequence[_Table]) -> list[str]:
    """Files that tables of scripts and components name, in code spans of their first column."""
    found: dict[str, None] = {}
    for table in tables:
        if table.columns and table.columns[0] in ("script", "scripts", "file", "component", "module", "path"):
            for row in table.rows:
                for name in _TICKED.findall(row.cells[0] if row.cells else ""):
                    if _FILE.fullmatch(name):
                        found[name] = None
    return list(found)


def _stack(outline: Outline, tables: Sequence[_Table]) -> list[str]:
    """Technologies that a section or a table about the stack names."""
    about = [
        row.raw
        for table in tables
        if any(word in section for section in table.sections for word in _ABOUT)
        for row in table.rows
    ]
    inside = False
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            inside = any(word in block.raw.lower() for word in _ABOUT)
        elif inside and block.kind is BlockKind.TEXT:
            about.append(block.raw)
    words = set(re.findall(r"[A-Za-z][\w.+#-]*", " ".join(plain(text) for text in about)))
    return [name for name in STACK if name in words or name.rstrip(".") in {word.rstrip(".") for word in words}]


def _changes(outline: Outline) -> list[str]:
    """What a section of key changes lists."""
    inside = False
    found: list[str] = []
    for block in outline.blocks:
        if block.kind is BlockKind.HEADING:
            inside = "change" in block.raw.lower()
        elif inside and block.kind is BlockKind.TEXT and len(found) < 50:
            found.append(plain(block.raw)[:300])
        elif inside and block.kind is BlockKind.ROW and not block.header and len(found) < 50:
            found.append(" | ".join(plain(cell) for cell in block.cells)[:300])
    return found

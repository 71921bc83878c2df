"""Writing the fleet registry: a first one from a template or from entries, and one entry more in an existing file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.registry import read_registry
from orchestrator_assets.fleet.registry_model import Registry, RepositoryEntry
from orchestrator_assets.fleet.registry_url import UrlPolicy, UrlRefused, check_url

_TEMPLATE = Path(__file__).with_name("registry_template.yaml")
_NONE = "\nrepos: []\n"


class EditRefused(ValueError):
    """The registry is left as it is; `reason` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def commented_template() -> str:
    """A valid, empty registry in which every field is explained."""
    return _TEMPLATE.read_text(encoding="utf-8")


def write_registry(entries: Iterable[RepositoryEntry]) -> str:
    """A whole registry file with these entries, only the keys that they have, and the words on all the others."""
    rows = "\n".join(_item(entry.as_written(), 2, "\n") for entry in entries)
    return commented_template().replace(_NONE, f"\nrepos:\n{rows}", 1) if rows else commented_template()


def name_of(url: str) -> str:
    """The name that a repository gets from its URL or path: the last part, without `.git`."""
    return re.split(r"[/:\\]", url.rstrip("/"))[-1].removesuffix(".git")


def add(data: bytes, url: str, name: str | None = None, policy: UrlPolicy | None = None) -> bytes:
    """The registry's bytes with one entry appended to `repos:`; every other byte stays. `url` as `check_url` takes it
    (a path is relative to the registry), `name` by default its last part. EditRefused if the URL is refused, the name
    is taken, or the file is not a registry that can be edited."""
    try:
        check_url(url, Path("/"), policy)
    except UrlRefused as error:
        raise EditRefused(f"the url is refused: {error.reason}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise EditRefused("the registry is not UTF-8; save it as UTF-8 first") from None
    before = _registry(data)
    entry = RepositoryEntry(name=name or name_of(url), url=url)
    if not entry.name.strip() or visible(entry.name) != entry.name:
        raise EditRefused("the url gives no name that can be used; give one without control characters")
    clash = before.find(entry.name) or next((one for one in before.repos if before.url_of(one) == url), None)
    if clash is not None:
        raise EditRefused(f"line {clash.line} already names {clash.name}; give another name, or edit that entry")
    after = _with_entry(text, entry.as_written()).encode("utf-8")
    reread = read_registry(after, "the registry").registry
    if reread is None or _content(reread) != [*_content(before), entry.as_written()]:
        raise EditRefused("its `repos:` is written in a way that cannot be added to safely; add the entry by hand")
    return after


def _registry(data: bytes) -> Registry:
    reading = read_registry(data, "the registry")
    if reading.registry is None:
        raise EditRefused("; ".join(one.message for one in reading.problems if one.severity == "error"))
    return reading.registry


def _content(registry: Registry) -> list[dict[str, Any]]:
    return [entry.as_written() for entry in registry.repos]


def _with_entry(text: str, row: dict[str, Any]) -> str:
    """The text with the entry behind the last one of `repos`, written the way the others are."""
    newline = "\r\n" if "\r\n" in text else "\n"
    key, repos = _repos_node(text)
    if repos.start_mark.index < key.end_mark.index:
        raise EditRefused("its `repos:` refers to a list elsewhere; add the entry by hand")
    if isinstance(repos, yaml.SequenceNode) and repos.value and not repos.flow_style:
        return _insert_line(text, _end_of_content(text, repos), _item(row, repos.start_mark.column, newline), newline)
    item = _item(row, key.start_mark.column + 2, newline)
    if isinstance(repos, yaml.SequenceNode) and repos.value:
        return _into_flow(text, repos, row)
    if repos.end_mark.index > repos.start_mark.index:  # `repos: []` or `repos: null`: the block takes its place
        text = text[: repos.start_mark.index].rstrip(" ") + text[repos.end_mark.index :]
    return _insert_line(text, key.end_mark.index, item, newline)


def _repos_node(text: str) -> tuple[yaml.ScalarNode, yaml.Node]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)  # bounded: read_registry took the text already
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if isinstance(key, yaml.ScalarNode) and key.value == "repos":
                return key, value
    raise EditRefused("it has no `repos:` of its own; add the entry by hand")


def _end_of_content(text: str, node: yaml.Node) -> int:
    """Where the node's last line of content ends: a block's own end is behind the comments that follow it."""
    end = min(node.end_mark.index, len(text))
    lines = text[:end].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        end -= len(lines.pop())
    return end


def _into_flow(text: str, repos: yaml.SequenceNode, row: dict[str, Any]) -> str:
    pairs = ", ".join(f"{key}: {_scalar(value)}" for key, value in row.items())
    close = repos.end_mark.index - 1
    inside = text[:close].rstrip()
    comma = "" if inside.endswith(",") else ","
    return f"{inside}{comma} {{{pairs}}}{text[len(inside) :]}"


def _insert_line(text: str, index: int, lines: str, newline: str) -> str:
    """`lines` behind the line in which `index` stands (or in front of it, if it stands at the line's start)."""
    if index > 0 and text[index - 1] != "\n":
        end = text.find("\n", index)
        index = len(text) if end < 0 else end + 1
    gap = newline if index > 0 and text[index - 1] != "\n" else ""
    return text[:index] + gap + lines + text[index:]


def _item(row: dict[str, Any], column: int, newline: str) -> str:
    """One list item in block style, its dash at the column."""
    body = yaml.dump(row, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)
    lines = body.splitlines()
    return "".join(f"{' ' * column}{'  ' if at else '- '}{line}{newline}" for at, line in enumerate(lines))


def _scalar(value: Any) -> str:
    text: str = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=4096)
    return text.strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

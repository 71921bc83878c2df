"""The registry as YAML: loaded within bounds of its own, and where in the text something stands (1-based lines)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from orchestrator_assets.documents import safe_yaml

SIZE_LIMIT = 8 * 1024 * 1024
"""Characters. Five thousand entries are a megabyte, far over what a document of a repository may be."""

EVENT_LIMIT = 1_000_000
"""Nodes with aliases expanded: room for fifty thousand small entries."""


def load(text: str) -> Any:
    """The plain data of a registry's text. YamlRefused as `safe_yaml.load` raises it."""
    return safe_yaml.load(text, size_limit=SIZE_LIMIT, event_limit=EVENT_LIMIT)


class Lines:
    """The lines of one YAML text. Only for text that `load` has taken: composing is not bounded."""

    def __init__(self, text: str) -> None:
        self._root = _compose(text)

    def of(self, path: Sequence[str | int]) -> int:
        """The line of the key or item at this path; of its nearest parent, if the path is not in the text itself (a
        merged key)."""
        node, line = self._root, 1
        for step in path:
            found = _step(node, step)
            if found is None:
                break
            line, node = found
        return line


def unprintable_line(text: str) -> int | None:
    """The line of the first character that YAML does not allow, for which PyYAML tells only an offset."""
    match = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else None


def _compose(text: str) -> yaml.Node | None:
    try:
        return _node(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:  # libyaml refuses a little that PyYAML takes
        return _node(text, yaml.SafeLoader)


def _node(text: str, loader: type) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


def _step(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(step):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None

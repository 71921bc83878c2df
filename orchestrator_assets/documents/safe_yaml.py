"""YAML from strangers: bounded before it is built.

`yaml.safe_load` runs no code, but a few hundred bytes of aliases or merge keys make it build gigabytes, and deep
nesting overflows the C parser. So the event stream is walked first and its size with all aliases expanded is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

SIZE_LIMIT = 256 * 1024
DEPTH_LIMIT = 32
EVENT_LIMIT = 50_000
_INTEGER_LIMIT = 2**63
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml is ten times faster. What it cannot bear is composing deep nesting, which is refused before it comes to that;
its events are made without recursion."""


class YamlRefused(ValueError):
    """The text is not YAML that we read. `line` is 1-based, None if it has no place."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class _Open:
    anchor: str | None
    weight: int


def load(text: str, size_limit: int = SIZE_LIMIT, event_limit: int = EVENT_LIMIT) -> Any:
    """The plain data in a YAML text (one document; None if empty). YamlRefused for anything else: syntax errors,
    over-size, too deep, bombs and circles of aliases, tags other than the safe ones, duplicate keys, large integers."""
    if len(text) > size_limit:
        raise YamlRefused(f"larger than {size_limit} characters")
    try:
        _bound(text, event_limit)
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlRefused(said or "not YAML", mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        if isinstance(error, YamlRefused):
            raise
        raise YamlRefused(str(error).splitlines()[0] if str(error) else type(error).__name__) from None


def _bound(text: str, limit: int) -> None:
    """Walks the events and refuses a document whose expanded size or depth passes the limits."""
    anchors: dict[str, int] = {}
    stack: list[_Open] = []
    total = 0
    for event in yaml.parse(text, _BASE):
        line = event.start_mark.line + 1 if event.start_mark else None
        weight = 1
        if isinstance(event, yaml.AliasEvent):
            if any(item.anchor == event.anchor for item in stack):
                raise YamlRefused(f"*{event.anchor} refers to what it stands in", line)
            weight = anchors.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            stack.append(_Open(event.anchor, 0))
            if len(stack) > DEPTH_LIMIT:
                raise YamlRefused(f"nested deeper than {DEPTH_LIMIT}", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = stack.pop()
            if closed.anchor:
                anchors[closed.anchor] = closed.weight
            weight = closed.weight + 1
            total -= closed.weight
        elif isinstance(event, yaml.ScalarEvent) and event.anchor:
            anchors[event.anchor] = 1
        total += weight
        if stack:
            stack[-1].weight += weight if not isinstance(event, yaml.CollectionStartEvent) else 0
        if total > limit:
            raise YamlRefused(f"more than {limit} nodes once aliases are expanded", line)


class _Loader(_BASE):  # type: ignore[misc]
    """SafeLoader that also refuses duplicate keys and integers that no database column holds."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            try:
                duplicate = key in seen
            except TypeError:
                raise yaml.constructor.ConstructorError(None, None, "unhashable key", key_node.start_mark) from None
            if duplicate:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    if len(node.value) > 100:
        raise YamlRefused("integer over 64 bits", node.start_mark.line + 1)
    value: int = loader.construct_yaml_int(node)
    if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        raise YamlRefused("integer over 64 bits", node.start_mark.line + 1)
    return value


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)

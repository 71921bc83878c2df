"""Citations: what a model cites must exist at the commit it was shown, or it is dropped and counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator_assets.activities.evidence import Tree

_PLACE = re.compile(
    r"(?P<repo>[^\s@:]{1,200})@(?P<commit>[0-9a-f]{7,64}):(?P<path>[^\n]{1,1000}?)(?::(?P<line>\d{1,7}))?"
)
_PATH = re.compile(r"(?P<path>[^\n]{1,1000}?)(?::(?P<line>\d{1,7}))?")
_COMMIT = re.compile(r"(?:(?P<repo>[^\s@:]{1,200})@)?(?P<commit>[0-9a-f]{7,64})")
KEYS = ("citations", "cites", "citation")
_SHOWN = 300


@dataclass
class Citations:
    """What may be cited: the tree of the target (None: of the fleet), the places that were shown, ids of decisions
    (lower case) with their place. Counts what was kept, and keeps what was dropped."""

    tree: Tree | None
    shown: Collection[str]
    decisions: Mapping[str, str]
    kept: int = 0
    dropped: list[str] = field(default_factory=list)

    def resolved(self, data: Any) -> Any:
        """JSON data with its citations made full places; those that name nothing are gone."""
        if isinstance(data, list):
            return [self.resolved(item) for item in data]
        if not isinstance(data, dict):
            return data
        return {key: self._of(value) if key in KEYS else self.resolved(value) for key, value in data.items()}

    def as_json(self) -> dict[str, int]:
        """The counts, as the CLI prints them."""
        return {"kept": self.kept, "dropped": len(self.dropped)}

    def _of(self, value: Any) -> Any:
        if isinstance(value, str):
            found = self.place_of(value)
            self._count(value, found)
            return found
        if not isinstance(value, list):
            return value
        places: list[str] = []
        for item in value:
            place = self.place_of(item) if isinstance(item, str) else None
            self._count(str(item), place)
            if place is not None and place not in places:
                places.append(place)
        return places

    def _count(self, cited: str, place: str | None) -> None:
        if place is None:
            self.dropped.append(cited[:_SHOWN])
        else:
            self.kept += 1

    def place_of(self, cited: str) -> str | None:
        """The full place that a citation names; None if there is no such thing."""
        text = cited.strip().strip("`[]()").strip()
        if text in self.shown:
            return text
        readers: tuple[Callable[[str], str | None], ...] = (self._full, self._decision, self._path, self._commit)
        return next((found for reader in readers if (found := reader(text)) is not None), None)

    def _full(self, text: str) -> str | None:
        match = _PLACE.fullmatch(text)
        if match is None:
            return None
        for place in self.shown:  # a record is cited at the commit that last touched it
            other = _PLACE.fullmatch(place)
            if other and (other["repo"], other["path"]) == (match["repo"], match["path"]):
                shorter = min(other["commit"], match["commit"], key=len)
                if other["commit"].startswith(shorter) and match["commit"].startswith(shorter):
                    return place
        tree = self.tree
        if tree is None or match["repo"] != tree.repository or not tree.commit.startswith(match["commit"]):
            return None
        return self._at(tree, match["path"], match["line"])

    def _path(self, text: str) -> str | None:
        match = _PATH.fullmatch(text)
        return self._at(self.tree, match["path"], match["line"]) if match and self.tree is not None else None

    def _at(self, tree: Tree, path: str, line: str | None) -> str | None:
        path = path.removeprefix("./").strip()
        if not path or not tree.holds(path):
            return None
        if line is None:
            return tree.place(path)
        content = tree.text(path)
        within = content is not None and 1 <= int(line) <= content.count("\n") + 1
        return tree.place(path, int(line)) if within else None

    def _decision(self, text: str) -> str | None:
        return self.decisions.get(text.lower())

    def _commit(self, text: str) -> str | None:
        match = _COMMIT.fullmatch(text)
        if match is None or self.tree is None or match["repo"] not in (None, self.tree.repository):
            return None
        return f"{self.tree.repository}@{match['commit']}" if self.tree.has_commit(match["commit"]) else None

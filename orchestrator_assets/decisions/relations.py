"""How the decisions of one repository stand to each other: numbers in series, supersession, links, index pages."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from orchestrator_assets.decisions import problems as codes
from orchestrator_assets.decisions.model import DecisionKind, DecisionStatus, ParsedDecision, Reference
from orchestrator_assets.decisions.naming import FileName, HeadingName
from orchestrator_assets.documents.links import local_target
from orchestrator_assets.documents.text import visible
from orchestrator_assets.kinds import Document, RepositoryTree
from orchestrator_assets.problems import Problem

_GAPS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Member:
    """A decision among its neighbours."""

    document: Document
    parsed: ParsedDecision
    name: FileName
    heading: HeadingName | None
    series: str

    @property
    def number(self) -> int | None:
        """The file name's number; the heading's where the name has none."""
        return self.name.number if self.name.number is not None else self.heading.number if self.heading else None

    @property
    def id(self) -> str | None:
        """The file name's id; the heading's where the name has none."""
        return self.name.id or (self.heading.id if self.heading and self.heading.number is not None else None)

    @property
    def label(self) -> str:
        """How the decision is named in lists: its id, else its path."""
        return self.id or self.document.path


def link_problems(tree: RepositoryTree, member: Member) -> list[Problem]:
    """Relative links of a decision that lead nowhere; each target once."""
    return _broken(tree, member.document.path, [(link.target, link.line) for link in member.parsed.links])


def _broken(tree: RepositoryTree, path: str, links: Sequence[tuple[str, int]]) -> list[Problem]:
    found: dict[str, Problem] = {}
    for target, line in links:
        local = local_target(path, target)
        if local is not None and target not in found and not tree.exists(local):
            found[target] = codes.BROKEN_LINK.at(path, line, target=visible(target)[:300])
    return list(found.values())


def series_problems(members: Sequence[Member]) -> list[Problem]:
    """Duplicate numbers within a series, and gaps in it. A series is a folder and a kind of document."""
    problems: list[Problem] = []
    by_series: dict[tuple[str, DecisionKind], dict[int, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for member in members:
        if member.number is not None:
            by_series[member.series, member.name.kind][member.number].append(member)
    for (series, kind), numbers in sorted(by_series.items()):
        for _, same in sorted(numbers.items()):
            for member in same if len(same) > 1 else []:
                others = ", ".join(visible(o.document.path.rsplit("/", 1)[-1]) for o in same if o is not member)
                problems.append(
                    codes.DUPLICATE.at(
                        member.document.path,
                        None,
                        id=member.label,
                        count=len(same),
                        series=visible(series),
                        others=others,
                    )
                )
        if kind is DecisionKind.ADR and len(numbers) > 1:
            problems += _gaps(series, sorted(numbers))
    return problems


def _gaps(series: str, numbers: list[int]) -> list[Problem]:
    ranges = [
        f"{low + 1}" if high - low == 2 else f"{low + 1} to {high - 1}"
        for low, high in pairwise(numbers)
        if high - low > 1
    ]
    if not ranges:
        return []
    more = f" and {len(ranges) - _GAPS_SHOWN} more" if len(ranges) > _GAPS_SHOWN else ""
    return [codes.GAP.at(series, None, series=visible(series), missing=", ".join(ranges[:_GAPS_SHOWN]) + more)]


def index_page_problems(
    tree: RepositoryTree, page: Document, parsed: ParsedDecision, members: Sequence[Member]
) -> list[Problem]:
    """Where a page that lists decisions of its folder disagrees with the files: lists what is not there, leaves out
    what is, or states another status. A page that links to no decision lists none."""
    folder = posixpath.dirname(page.path)
    known = {member.document.path: member for member in members}
    listed: set[str] = set()
    problems: list[Problem] = []
    for row in parsed.rows:
        target = local_target(page.path, row.target)
        if target is None:
            continue
        member = known.get(target)
        if member is not None:
            listed.add(target)
            if row.status is not None and member.parsed.status is not None and row.status is not member.parsed.status:
                problems.append(
                    codes.LISTED_STATUS.at(
                        page.path, row.line, said=row.status, target=visible(target), status=member.parsed.status
                    )
                )
        elif not tree.exists(target):
            problems.append(codes.LISTED_MISSING.at(page.path, row.line, target=visible(row.target)[:300]))
    if listed:
        beside = [path for path in known if posixpath.dirname(path) == folder and path not in listed]
        problems += [codes.NOT_LISTED.at(path, None, page=visible(page.path)) for path in sorted(beside)]
    return problems


class Relations:
    """Supersession among the decisions of one repository."""

    def __init__(self, tree: RepositoryTree, members: Sequence[Member]) -> None:
        self._tree = tree
        self._members = members
        self._by_path = {member.document.path: member for member in members}
        self._by_number: dict[int, list[Member]] = defaultdict(list)
        for member in members:
            if member.number is not None:
                self._by_number[member.number].append(member)

    def names(self, member: Member, found: Sequence[Reference]) -> list[str]:
        """References as they stand in a record: the id of the decision meant, else what was written."""
        told = (self._find(member, item) for item in found)
        names = (
            other.label if other else (item.name or item.target or item.raw)
            for other, item in zip(told, found, strict=True)
        )
        return list(dict.fromkeys(names))

    def problems(self) -> list[Problem]:
        """Supersession that leads nowhere, that only one side knows, or that goes in a circle."""
        problems: list[Problem] = []
        edges: dict[str, set[str]] = defaultdict(set)
        for member in self._members:
            for item in member.parsed.supersedes:
                problems += self._check(member, item, "supersedes", edges)
            for item in member.parsed.superseded_by:
                problems += self._check(member, item, "is superseded by", edges)
        return problems + self._cycles(edges)

    def _check(self, member: Member, item: Reference, relation: str, edges: dict[str, set[str]]) -> list[Problem]:
        path = member.document.path
        other = self._find(member, item)
        if other is None:
            if not self._should_be_here(member, item):
                return []
            return [codes.NOWHERE.at(path, item.line, relation=relation, raw=visible(item.target or item.raw)[:200])]
        if item.partial or other is member:
            return []
        newer, older = (member, other) if relation == "supersedes" else (other, member)
        edges[newer.document.path].add(older.document.path)
        back = other.parsed.superseded_by if relation == "supersedes" else other.parsed.supersedes
        if any(self._find(other, found) is member for found in back):
            return []
        if relation == "supersedes" and other.parsed.status is DecisionStatus.SUPERSEDED and not back:
            return []
        return [codes.ONE_SIDED.at(path, item.line, relation=relation, other=visible(other.label))]

    def _find(self, member: Member, item: Reference) -> Member | None:
        """The decision of this repository that a reference means; None if it means none, or another repository's."""
        if item.target is not None:
            local = local_target(member.document.path, item.target)
            found = self._by_path.get(local) if local is not None else None
            if found is not None or local is None:
                return found
        if item.name is None:
            return None
        digits = re.search(r"\d+", item.name)
        candidates = self._by_number.get(int(digits.group()), []) if digits else []
        prefix = re.match(r"[A-Za-z]+", item.name)
        if prefix:
            same = [other for other in candidates if (other.id or "").upper().startswith(prefix.group().upper())]
            candidates = same or [other for other in candidates if other.id is None]
        candidates = [other for other in candidates if other is not member]
        if item.title and item.target is None:
            candidates = [other for other in candidates if _alike(item.title, other)]
        near = [other for other in candidates if other.series == member.series] or candidates
        return near[0] if near else None

    def _should_be_here(self, member: Member, item: Reference) -> bool:
        """Whether a reference that was not found must be a mistake: a relative link, or a bare id of this repository's
        own manner of numbering. An id with a title may be another repository's."""
        if item.target is not None:
            local = local_target(member.document.path, item.target)
            return local is not None and not self._tree.exists(local)
        return item.name is not None and item.title is None and not item.partial

    def _cycles(self, edges: dict[str, set[str]]) -> list[Problem]:
        problems = []
        for cycle in sorted(_cycles(edges)):
            labels = [visible(self._by_path[path].label) for path in (*cycle, cycle[0])]
            problems.append(codes.CYCLE.at(cycle[0], None, cycle=" > ".join(labels)))
        return problems


def _cycles(edges: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """Each circle once, beginning with its smallest path; every path on a circle is in one of them."""
    found: set[tuple[str, ...]] = set()
    for start in sorted(edges):
        before: dict[str, str] = {}
        queue = [start]
        while queue:
            at = queue.pop(0)
            for target in sorted(edges.get(at, ())):
                if target == start:
                    way = [at]
                    while way[-1] != start:
                        way.append(before[way[-1]])
                    cycle = way[::-1]
                    turn = cycle.index(min(cycle))
                    found.add((*cycle[turn:], *cycle[:turn]))
                    queue = []
                    break
                if target not in before and target != start:
                    before[target] = at
                    queue.append(target)
    return found


def _alike(title: str, other: Member) -> bool:
    """Whether a title given with a reference is the decision's: more than half of its words are."""
    own = other.heading.title if other.heading else other.name.words
    given, have = _words(title), _words(own)
    return bool(given) and len(given & have) * 2 > len(given)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2}

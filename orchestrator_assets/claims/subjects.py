"""What a claim speaks of: the sequence, package, plugin or domain that its line names, and what is counted of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator_assets.claims.model import Unit
from orchestrator_assets.domains.model import Domain
from orchestrator_assets.kinds import IndexedRecord
from orchestrator_assets.sequences.index import totals
from orchestrator_assets.sequences.model import Sequence, Tier

_WORD = re.compile(r"[a-z0-9]+")
_SINGLE = re.compile(r"[/`@]|\b(?:plugin|package|sequence|domain)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is counted: what it is called, and its figures by unit (a unit may have several readings)."""

    name: str
    figures: Mapping[Unit, frozenset[int]]


@dataclass(slots=True)
class Subjects:
    """The things of one repository by their names (as words), and the figures of the whole repository: per unit what is
    counted, and in what sense, the first being the one that a total is held against."""

    by_words: dict[tuple[str, ...], Subject] = field(default_factory=dict)
    whole: dict[Unit, dict[str, int]] = field(default_factory=dict)

    def named_in(self, text: str) -> list[Subject]:
        """The subjects that a text names; of names within names, the longest."""
        words = _WORD.findall(text.lower())
        loose = not _SINGLE.search(text)
        found: dict[str, Subject] = {}
        at = 0
        longest = max((len(words_of) for words_of in self.by_words), default=0)
        while at < len(words):
            for size in range(min(longest, len(words) - at), 0, -1):
                subject = self.by_words.get(tuple(words[at : at + size]))
                if subject is not None and not (size == 1 and loose):
                    found[subject.name] = subject
                    at += size - 1
                    break
            at += 1
        return list(found.values())

    def having(self, unit: Unit, value: int) -> list[str]:
        """Names of the subjects of which just this number is counted."""
        return sorted({item.name for item in self.by_words.values() if value in item.figures.get(unit, ())})


def subjects(
    sequences: Iterable[IndexedRecord], domains: Iterable[IndexedRecord], others: Mapping[Unit, Mapping[str, int]]
) -> dict[str, Subjects]:
    """The subjects of each repository. `others` are whole figures by unit and repository (decisions, patterns)."""
    found: dict[str, Subjects] = defaultdict(Subjects)
    of_sequences: dict[str, list[Sequence]] = defaultdict(list)
    of_domains: dict[str, list[Domain]] = defaultdict(list)
    for record in sequences:
        assert isinstance(record.payload, Sequence)
        of_sequences[record.repository].append(record.payload)
    for record in domains:
        assert isinstance(record.payload, Domain)
        of_domains[record.repository].append(record.payload)
    for repository, items in of_sequences.items():
        _add_sequences(found[repository], items)
    for repository, rows in of_domains.items():
        _add_domains(found[repository], rows)
    for unit, counted in others.items():
        for repository, number in counted.items():
            found[repository].whole[unit] = {unit.value: number}
    return found


def _add_sequences(into: Subjects, items: list[Sequence]) -> None:
    sources = [item for item in items if item.tier is not Tier.COPY]
    declared = [item for item in sources if item.tier is Tier.DECLARED]
    groups: dict[str, list[Sequence]] = defaultdict(list)
    for item in sources:
        for name in {item.package, item.plugin_id} - {None}:
            groups[str(name)].append(item)
    for name, members in groups.items():
        subject = Subject(name, _figures(totals(members)))
        _name(into, name, subject)
        _name(into, name.rpartition("/")[2], subject)
    for item in sources:
        counted = {**_figures(totals([item])), Unit.SEQUENCES: frozenset[int]()}
        for name in (item.id, item.name):
            _name(into, name, Subject(item.title, counted))
    if sources:
        for unit in (Unit.SEQUENCES, Unit.MOVEMENTS, Unit.BEATS, Unit.HANDLERS, Unit.EVENTS):
            senses = {"declared by packages": totals(declared), "declared or not": totals(sources)}
            into.whole[unit] = {
                sense: number for sense, counted in senses.items() if (number := counted[unit.value]) is not None
            }


def _add_domains(into: Subjects, rows: list[Domain]) -> None:
    for row in rows:
        figures = {
            unit: frozenset({number})
            for unit, number in ((Unit.MOVEMENTS, row.movements), (Unit.BEATS, row.beats))
            if number is not None
        }
        if figures:
            for name in (row.id, row.name, row.sequence_id):
                _name(into, name, Subject(row.title, figures))
    registered = [row for row in rows if row.form == "domains"] or rows
    into.whole[Unit.DOMAINS] = {
        "in the registry": len(registered),
        "implemented": sum(row.state.value == "implemented" for row in registered),
    }


def _name(into: Subjects, name: str | None, subject: Subject) -> None:
    words = tuple(_WORD.findall((name or "").lower()))
    if words and sum(map(len, words)) > 3:
        into.by_words.setdefault(words, subject)


def _figures(counted: Mapping[str, int | None]) -> dict[Unit, frozenset[int]]:
    return {Unit(name): frozenset({number}) for name, number in counted.items() if number is not None}

"""Contrasting claims with what is counted. A claim is compared only where it is clear what it speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator_assets.claims.model import Claim, Unit
from orchestrator_assets.claims.problems import CONTRADICTED
from orchestrator_assets.claims.subjects import Subject, Subjects, subjects
from orchestrator_assets.documents.published import jinja_environment, published_json
from orchestrator_assets.domains.model import Domain
from orchestrator_assets.kinds import Index, IndexedRecord, IndexInput
from orchestrator_assets.problems import LocatedProblem

_FILE = re.compile(r"[\w-]+/[\w./-]+|\b[\w-]+\.(?:json|ts|js|md|py|ya?ml)\b")
_TOTAL_UNITS = (Unit.SEQUENCES, Unit.DOMAINS, Unit.DECISIONS, Unit.PATTERNS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a claim: `holds` is None if it cannot be compared, `why` says why, or of what it is counted."""

    holds: bool | None
    counted: int | None
    why: str


def index_of(found: IndexInput) -> tuple[Iterable[LocatedProblem], dict[str, Any]]:
    """A warning for each contradicted claim. Extras: `contradicted` and `confirmed` (both sides of each), with what the
    orchestration registries state of their domains, and `not_comparable`, counted by reason; without the registries'
    rows, the three add up to the records."""
    known = subjects(
        found.others["sequences"],
        found.others["domains"],
        {
            Unit.DECISIONS: Counter(record.repository for record in found.others["decisions"]),
            Unit.PATTERNS: Counter(record.repository for record in found.others["patterns"]),
        },
    )
    problems: list[LocatedProblem] = []
    contradicted: list[dict[str, Any]] = []
    confirmed: list[dict[str, Any]] = []
    reasons: Counter[str] = Counter()
    for record in found.records:
        verdict = verdict_of(_claim(record), known.get(record.repository) or Subjects())
        if verdict.holds is None:
            reasons[verdict.why] += 1
            continue
        row = _row(record, verdict)
        (confirmed if verdict.holds else contradicted).append(row)
        if not verdict.holds:
            claim = _claim(record)
            told = CONTRADICTED.at(
                record.path,
                record.line,
                claimed=claim.claimed,
                unit=claim.unit.value,
                counted=verdict.counted,
                of=verdict.why,
            )
            problems.append(LocatedProblem(told, record.repository, record.commit))
    for record in found.others["domains"]:
        for row in _registry_rows(record):
            (confirmed if row["claimed"] == row["counted"] else contradicted).append(row)
    return problems, {
        "contradicted": contradicted,
        "confirmed": confirmed,
        "not_comparable": dict(sorted(reasons.items())),
    }


def verdict_of(claim: Claim, known: Subjects) -> Verdict:
    """Whether a claim holds: against the one thing its line names, else the one its section or page names, else the
    whole repository."""
    if claim.limits is not None:
        return Verdict(None, None, "it counts a part only, or roughly")
    if claim.unit is Unit.DOCUMENTS:
        if claim.below is None:
            return Verdict(None, None, "it names no folder")
        return Verdict(claim.below == claim.claimed, claim.below, "Markdown files below the folder it names")
    named = known.named_in(claim.text)
    if named:
        return _of_subject(claim, named, "")
    if _FILE.search(claim.text):
        return Verdict(None, None, "it speaks of a file that is not counted")
    for text, where in ((claim.section, "section"), (claim.page, "page")):
        named = known.named_in(text)
        if named:
            return _of_subject(claim, named, f"; named by the {where}")
    return _of_repository(claim, known)


def _of_subject(claim: Claim, named: list[Subject], inferred: str) -> Verdict:
    counted = [item for item in named if item.figures.get(claim.unit)]
    if not counted:
        return Verdict(None, None, "nothing of that unit is counted of what it names")
    if len(counted) > 1:
        return Verdict(None, None, "it names several things")
    [number] = counted[0].figures[claim.unit]
    if inferred and number != claim.claimed:
        return Verdict(None, None, "it may be of a part of what its section or page names")
    return Verdict(number == claim.claimed, number, f"{counted[0].name}{inferred}")


def _of_repository(claim: Claim, known: Subjects) -> Verdict:
    senses = known.whole.get(claim.unit)
    if not senses:
        return Verdict(None, None, "nothing of that unit is counted in the repository")
    for sense, number in senses.items():
        if number == claim.claimed:
            return Verdict(True, number, f"all of the repository, {sense}")
    if known.having(claim.unit, claim.claimed):
        return Verdict(None, None, "it may be the number of a part that it does not name")
    total = claim.unit in _TOTAL_UNITS or Unit.SEQUENCES.value.rstrip("s") in claim.text.lower()
    if not total:
        return Verdict(None, None, "it does not say what it is of")
    sense, number = next(iter(senses.items()))
    return Verdict(False, number, f"all of the repository, {sense}")


def render(index: Index) -> dict[str, str]:
    """`CLAIMS.md` and `claims.json`."""
    template = jinja_environment(__package__ or "").get_template("CLAIMS.md.jinja")
    return {"CLAIMS.md": template.render(index=index), "claims.json": published_json(index)}


def _registry_rows(record: IndexedRecord) -> Iterator[dict[str, Any]]:
    """What a registry states of one domain, where it can be counted (the registry's own index tells what is wrong)."""
    domain = record.payload
    assert isinstance(domain, Domain)
    for unit, claimed, counted in (
        (Unit.MOVEMENTS, domain.registry_movements, domain.movements),
        (Unit.BEATS, domain.registry_beats, domain.beats),
    ):
        if claimed is not None and counted is not None:
            claim = f"{domain.id}: {claimed} {unit.value}"
            yield _told(record, claim, unit, claimed, counted, domain.title)


def _told(record: IndexedRecord, claim: str, unit: Unit, claimed: int, counted: int | None, of: str) -> dict[str, Any]:
    return {
        "repo": record.repository,
        "path": record.path,
        "line": record.line,
        "commit": record.commit,
        "claim": claim,
        "unit": unit.value,
        "claimed": claimed,
        "counted": counted,
        "of": of,
    }


def _claim(record: IndexedRecord) -> Claim:
    assert isinstance(record.payload, Claim)
    return record.payload


def _row(record: IndexedRecord, verdict: Verdict) -> dict[str, Any]:
    claim = _claim(record)
    return _told(record, claim.text, claim.unit, claim.claimed, verdict.counted, verdict.why)

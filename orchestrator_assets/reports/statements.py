"""What a model says of a report, held against the facts it cites. Code decides; nothing is mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from orchestrator_assets.reports.evidence import Evidence
from orchestrator_assets.reports.model import StatementFact

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS = (
    "zero", "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_SPELLED = {"zero": 0, **{word: number for number, word in enumerate(_WORDS[2:], 1)}, "thirty": 30, "forty": 40,
            "fifty": 50, "hundred": 100, "thousand": 1000, "dozen": 12, "twice": 2, "half": 0.5}  # fmt: skip
_PRONOUN = re.compile(r"\b(?:no|each|this|that|the|any|only|another|every) one\b|\bone (?:of|another)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z][\w./#@+-]*")
_MARKUP = re.compile(r"[<>`\[\]{}|]|https?:|www\.|\]\(|[\x00-\x1f\u200b-\u200f\u202a-\u202e\ufeff]")
_STARTERS = frozenset({
    "a", "all", "also", "although", "an", "and", "another", "as", "at", "because", "both", "but", "by",
    "despite", "during", "each", "every", "few", "for", "four", "from", "in", "it", "its", "many",
    "meanwhile", "more", "most", "much", "no", "nobody", "none", "nothing", "of", "on", "one", "only",
    "other", "our", "over", "people", "several", "since", "six", "so", "some", "still", "ten", "that", "the",
    "their", "there", "these", "they", "this", "though", "three", "through", "two", "under", "until", "we",
    "what", "when", "while", "with", "within", "without", "work",
})  # fmt: skip


class Statement(BaseModel):
    """A sentence of the model, with the ids of the facts it rests on."""

    claim: str = Field(max_length=500)
    evidence: list[str] = Field(max_length=10)


class Words(BaseModel):
    """A model's account of a report."""

    claims: list[Statement] = Field(max_length=20)


def held(words: Words, evidence: Mapping[str, Evidence]) -> tuple[list[StatementFact], list[str]]:
    """Statements that their evidence holds, and why each of the others was dropped."""
    kept, dropped = [], []
    for statement in words.claims:
        why = objection(statement, evidence)
        if why is None:
            places = [evidence[name].place for name in dict.fromkeys(statement.evidence)]
            kept.append(StatementFact(text=" ".join(statement.claim.split()), places=places))
        else:
            dropped.append(why)
    return kept, dropped


def objection(statement: Statement, evidence: Mapping[str, Evidence]) -> str | None:
    """Why a statement is not kept; None if its evidence holds every number and name in it."""
    claim = statement.claim.strip()
    if not claim:
        return "it says nothing"
    if not statement.evidence:
        return "it cites nothing"
    unknown = [name for name in statement.evidence if name not in evidence]
    if unknown:
        return f"it cites {unknown[0][:40]!r}, which is no fact"
    if _MARKUP.search(claim):
        return "it holds a link or markup"
    cited = [evidence[name] for name in statement.evidence]
    text = " ".join(item.text for item in cited)
    for number in numbers(claim):
        if number not in numbers(text):
            return f"its evidence does not hold the number {number:g}"
    name = _foreign_name(claim, text)
    return f"its evidence does not hold the name {name[:60]!r}" if name else None


def numbers(text: str) -> set[float]:
    """Every number in a text, in digits or in words."""
    found = {float(match.replace(",", "").rstrip(".")) for match in _NUMBER.findall(text) if _is_number(match)}
    plain = _PRONOUN.sub(" ", text).lower()
    return found | {float(_SPELLED[word]) for word in re.findall(r"[a-z]+", plain) if word in _SPELLED}


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").rstrip("."))
    except ValueError:
        return False  # 1.2.3 is a name
    return True


def _foreign_name(claim: str, text: str) -> str | None:
    """A word that looks like a name (a capital, a digit or punctuation within) and is not in the evidence."""
    known = {part.lower() for token in _TOKEN.findall(text) for part in (token, *re.split(r"[./#@+-]", token))}
    for sentence in re.split(r"(?<=[.!?])\s+", claim):
        for place, token in enumerate(_tokens(sentence)):
            looks = any(character in "./#@+-_0123456789" for character in token[1:]) or any(map(str.isupper, token))
            plain = token.lower()
            if not looks or plain in known or (place == 0 and plain in _STARTERS) or _in_parts(plain, known):
                continue
            return token
    return None


def _tokens(sentence: str) -> Sequence[str]:
    return [token.rstrip("./#@+-") for token in _TOKEN.findall(sentence)]


def _in_parts(token: str, known: set[str]) -> bool:
    """Whether a compound of plain words ("cross-repository") is made of words that say no name of their own."""
    parts = re.split(r"-", token)
    return len(parts) > 1 and all(part.isalpha() and (part in known or part in _STARTERS) for part in parts)

"""What one project specification says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator_assets.documents.header import Header, read_header
from orchestrator_assets.documents.markdown import plain
from orchestrator_assets.documents.text import decode
from orchestrator_assets.kinds import Parsed
from orchestrator_assets.projects import problems as codes
from orchestrator_assets.projects.model import Criterion, Project, Step

SECTIONS = {
    "outcome": re.compile(r"(?:desired |expected )?outcomes?", re.IGNORECASE),
    "acceptance criteria": re.compile(r"acceptance criteri(?:a|on)|success criteria", re.IGNORECASE),
    "execution sequence": re.compile(r"execution (?:sequence|order|plan)", re.IGNORECASE),
    "child issues": re.compile(r"(?:child|sub-?) ?issues?", re.IGNORECASE),
    "dependencies": re.compile(r"dependenc(?:y|ies)|depends on", re.IGNORECASE),
}
_ISSUE = re.compile(
    r"github\.com/[\w.-]{1,100}/(?P<far>[\w.-]{1,100})/issues/(?P<far_number>\d{1,7})"
    r"|(?<![\w.#-])(?P<repo>[A-Za-z][\w.-]{0,99})#(?P<number>\d{1,7})\b"
    r"|(?<![\w&#])#(?P<own>\d{1,7})\b"
)
_STEP = re.compile(
    r"\s{0,9}(?:[-*+] +)?(?:\*\*)?(?:step +)?(?P<number>\d{1,4})(?:\*\*)?[.):]\s*(?P<text>\S.*)", re.IGNORECASE
)
_ROW = re.compile(r"\s*\|\s*(?:step\s*)?\**(?P<number>\d{1,4})\**[.)]?\s*\|(?P<text>.*)", re.IGNORECASE)
_BOX = re.compile(r"\[(?P<mark>[ xX])\]\s*")
_BULLET = re.compile(r"\s{0,9}(?:[-*+]|\d{1,4}[.)])\s+(?P<text>\S.*)")
_PROJECT = re.compile(r"\bPROJECT[- ](\d{1,6})\b", re.IGNORECASE)
_DONE = re.compile(r"✅|✔|☑|\[[xX]\]|~~|\b(?:done|complete|completed|closed)\b", re.IGNORECASE)
_OPEN = re.compile(r"\[ \]|\b(?:open|todo|to do|planned|pending|in[ _-]progress|not started|blocked)\b", re.IGNORECASE)
_NEEDED = ("outcome", "acceptance criteria", "execution sequence")
_LINE = 2000


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a section with their numbers."""

    rows: tuple[tuple[int, str], ...]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter(self.rows)


def parse(data: bytes, suffix: str) -> Parsed:
    """The specification, its number still unknown: the file's name says it. Refused only if it is no text."""
    if b"\0" in data[:8000]:
        return Parsed(None, (codes.UNREADABLE.at(reason="it is no text"),))
    text = decode(data).text
    header = read_header(text, suffix)
    sections = _sections(header, text.split("\n"))
    status = header.first("status", "state")
    project = Project(
        id="",
        number=0,
        name=plain(header.title)[:300] if header.title else None,
        status=plain(status.value).strip().lower().replace(" ", "_")[:100] if status else None,
        outcome=_prose(sections.get("outcome")),
        criteria=tuple(_criteria(sections.get("acceptance criteria"))),
        steps=tuple(_steps(sections.get("execution sequence"))),
        children=_unique(issue for _, line in sections.get("child issues", ()) for issue in issues_in(line)),
        depends_on=tuple(
            dict.fromkeys(int(n) for _, line in sections.get("dependencies", ()) for n in _PROJECT.findall(line))
        ),
        missing=tuple(
            name for name in ("outcome", "acceptance criteria", "execution sequence") if name not in sections
        ),
    )
    return Parsed({**project.model_dump(mode="json"), "line": header.title_line})


def issues_in(text: str) -> Iterator[str]:
    """The issues that a text names: `repo#12`, or `#12` where it names no repository."""
    for match in _ISSUE.finditer(text):
        number = match["far_number"] or match["number"] or match["own"]
        yield f"{match['far'] or match['repo'] or ''}#{int(number)}"


def _sections(header: Header, lines: Sequence[str]) -> dict[str, _Lines]:
    found: dict[str, _Lines] = {}
    headings = header.outline.headings
    for place, heading in enumerate(headings):
        words = re.sub(r"^[\W\d_]+", "", plain(heading.raw)).strip()
        name = next((name for name, pattern in SECTIONS.items() if pattern.match(words)), None)
        if name is None or name in found or heading.level < 2:
            continue
        after = next((item.line for item in headings[place + 1 :] if item.level <= heading.level), len(lines) + 1)
        found[name] = _Lines(
            tuple((number, lines[number - 1][:_LINE]) for number in range(heading.line + 1, min(after, len(lines) + 1)))
        )
    return found


def _prose(lines: _Lines | None) -> str | None:
    told = " ".join(line.strip(" >*-") for _, line in lines or () if line.strip())
    return plain(told[:2000])[:1000] or None


def _criteria(lines: _Lines | None) -> Iterator[Criterion]:
    for _, line in lines or ():
        if match := _BULLET.match(line):
            box = _BOX.match(match["text"])
            text = match["text"][box.end() :] if box else match["text"]
            yield Criterion(text=plain(text)[:500], met=box["mark"] in "xX" if box else None)


def _steps(lines: _Lines | None) -> Iterator[Step]:
    for number, line in lines or ():
        match = _ROW.match(line) or _STEP.match(line)
        if match:
            yield Step(
                number=int(match["number"]),
                text=plain(" ".join(match["text"].replace("|", " ").split()))[:500],
                line=number,
                issues=_unique(issues_in(match["text"])),
                done=True if _DONE.search(line) else False if _OPEN.search(line) else None,
            )


def _unique(issues: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(issues))

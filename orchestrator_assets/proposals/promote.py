"""Promoting a proposed page: `X.proposed.md` becomes `X.md`, as a proposal on a branch."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

import pygit2

from orchestrator_assets.architecture.places import base_of
from orchestrator_assets.catalog.fleet_store import FleetRepository
from orchestrator_assets.documents.text import visible
from orchestrator_assets.fleet.locate import open_repository
from orchestrator_assets.fleet.objects import ObjectStore
from orchestrator_assets.fleet.path_history import date_paths
from orchestrator_assets.proposals.propose import Proposal, ProposalRefused, propose
from orchestrator_assets.settings import Settings

_HEADING = re.compile(r"(?P<mark>#{1,6})\s+(?P<text>.*?)\s*#*\s*")
_SUFFIX = re.compile(r"\s*\(proposed\)\s*$", re.IGNORECASE)
_CHANGES = re.compile(r"(?:key|summary of|main)?\s*changes\b.*", re.IGNORECASE)
_LABEL = re.compile(
    r"(?P<before>[\s>*-]*\*\*(?P<name>Status|Version|Last Updated|Updated|Date):\*\*\s*)(?P<value>.*?)(?P<after>\s*)"
)
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?")
_WIP = re.compile(r"proposed\b.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Promoted:
    """The text that a proposed page becomes, and what was changed in it."""

    text: str
    version: str | None
    notes: tuple[str, ...]


def promote(
    repository: FleetRepository,
    settings: Settings,
    document: str,
    apply: bool = False,
    force: bool = False,
    date: str | None = None,
) -> tuple[Proposal, Promoted]:
    """Proposes a page as the current one and takes the proposed file away. `date` (a day) is that of the newest commit
    unless given. ProposalRefused: there is no such document, or its base changed after it (`force` promotes it all the
    same)."""
    store = open_repository(repository, settings)
    head = store.resolve(repository.ref).commit
    path = _path_of(store, head, document)
    base = base_of(path)
    assert base is not None
    proposed, current = _read(store, head, path), _read(store, head, base)
    assert proposed is not None
    if current is not None and not force:
        _check_fresh(store, head, path, base)
    day = date or _day(store, head)
    made = promoted_text(proposed, current, day)
    files: dict[str, bytes | None] = {base: made.text.encode(), path: None}
    message = f"Promote {posixpath.basename(path)}\n\n" + "\n".join(f"- {note}" for note in made.notes)
    branch = f"orchestrator/promote/{_slug(base)}"
    return propose(repository, settings, head, files, branch, message, apply), made


def promoted_text(proposed: str, current: str | None, day: str) -> Promoted:
    """The proposed text as the current page: without its marks of a proposal and its section of changes, with the
    current page's status, a version above it, and the day."""
    notes: list[str] = []
    labels, written = _labels(current or ""), _labels(proposed)
    version = _next_version(labels.get("version"), written.get("version"))
    kept: list[str] = []
    dropping = 0
    fence = ""
    in_header = True
    for line in proposed.split("\n"):
        bare = line.rstrip("\r")
        fence = _fence(bare, fence)
        heading = _HEADING.fullmatch(bare) if not fence else None
        if heading:
            level = len(heading["mark"])
            in_header = in_header and level == 1
            if dropping and level <= dropping:
                dropping = 0
            if not dropping and level > 1 and _CHANGES.fullmatch(heading["text"]):
                dropping = level
                notes.append(f"dropped the section {visible(heading['text'])}")
        if dropping:
            continue
        kept.append(_rewritten(line, heading, labels, version, day, notes) if in_header else line)
        status = _LABEL.fullmatch(bare) if in_header else None
        if status and status["name"].lower() == "status" and version and "version" not in written:
            kept.append(f"{status['before'].replace(status['name'], 'Version')}{version}" + line[len(bare) :])
            written["version"] = version
            notes.append(f"Version: {version}, which the proposal did not state")
    return Promoted("\n".join(kept), version, tuple(dict.fromkeys(notes)))


def _rewritten(
    line: str, heading: re.Match[str] | None, labels: dict[str, str], version: str | None, day: str, notes: list[str]
) -> str:
    end = "\r" if line.endswith("\r") else ""
    bare = line.removesuffix("\r")
    if heading and len(heading["mark"]) == 1 and _SUFFIX.search(bare):
        notes.append("the title is no proposal's any more")
        return _SUFFIX.sub("", bare) + end
    label = _LABEL.fullmatch(bare)
    if not label:
        return line
    name, value = label["name"].lower(), label["value"]
    new: str | None = value
    if name == "status" and _WIP.fullmatch(value):
        new = labels.get("status", "ACTIVE")
    elif name == "version":
        new = version
    elif name in ("last updated", "updated", "date"):
        new = day
    if new is None or new == value:
        return line
    notes.append(f"{label['name']}: {visible(value)} is now {visible(new)}")
    return f"{label['before']}{new}{label['after']}{end}"


def _fence(line: str, fence: str) -> str:
    """The fence that is open after a line, "" if none."""
    bare = line.lstrip(" >")
    if fence:
        return "" if bare.rstrip() and not bare.rstrip().strip(fence[0]) and len(bare.rstrip()) >= len(fence) else fence
    return next((mark * 3 for mark in "`~" if bare.startswith(mark * 3)), "")


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n")[:60]:
        label = _LABEL.fullmatch(line.rstrip("\r"))
        if label and label["value"]:
            found.setdefault(label["name"].lower(), label["value"])
    return found


def _next_version(current: str | None, proposed: str | None) -> str | None:
    """A version above the current one: the proposed one if it is, else the current one's next minor. None if neither
    states a version that can be read."""
    have, want = _numbers(current), _numbers(proposed)
    if want is not None and (have is None or want > have):
        return ".".join(map(str, want))
    if have is None:
        return None
    return f"{have[0]}.{have[1] + 1}.0"


def _numbers(version: str | None) -> tuple[int, int, int] | None:
    found = _VERSION.search(version or "")
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def _path_of(store: ObjectStore, head: str, document: str) -> str:
    """The proposed document that is meant: its path, its base's path, or a file name that only one has."""
    listing = store.listing(store.tree_of(head), 10**6, 64)
    proposals = [path for path in listing.files if base_of(path) is not None]
    same = [path for path in proposals if document in (path, base_of(path))]
    names = [
        path for path in proposals if document in (posixpath.basename(path), posixpath.basename(base_of(path) or ""))
    ]
    found = same or names
    if len(found) == 1:
        return found[0]
    listed = ", ".join(map(visible, proposals)) or "none"
    why = "is several" if found else "is no"
    raise ProposalRefused(f"{visible(document)} {why} proposed document there; proposed are: {listed}")


def _read(store: ObjectStore, head: str, path: str) -> str | None:
    commit = store.pygit2[head]
    assert isinstance(commit, pygit2.Commit)
    try:
        entry = commit.tree[path]
    except KeyError:
        return None
    if not isinstance(entry, pygit2.Blob):
        raise ProposalRefused(f"{visible(path)} is no ordinary file")
    try:
        return entry.data.decode()
    except UnicodeDecodeError:
        raise ProposalRefused(f"{visible(path)} is not UTF-8; save it as UTF-8 first") from None


def _check_fresh(store: ObjectStore, head: str, path: str, base: str) -> None:
    """ProposalRefused if the base was changed by a commit that the proposal's author had not seen."""
    dates = date_paths(store, head, {path.encode(), base.encode()}, {}, None)
    proposed, current = dates[path.encode()].last, dates[base.encode()].last
    if proposed is None or current is None or proposed.id == current.id:
        return
    if not store.pygit2.descendant_of(pygit2.Oid(hex=proposed.id), pygit2.Oid(hex=current.id)):
        raise ProposalRefused(
            f"{visible(base)} was changed by {current.id[:12]} after {visible(path)} was written; "
            "bring the proposal up to date, or use --force"
        )


def _day(store: ObjectStore, head: str) -> str:
    from orchestrator_assets.fleet.dates import commit_date

    commit = store.pygit2[head]
    assert isinstance(commit, pygit2.Commit)
    return commit_date(commit)[:10]


def _slug(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower().removesuffix(".md")).strip("-")

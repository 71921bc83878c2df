"""Session notes as a kind of document."""

from __future__ import annotations

from orchestrator_assets.decisions.places import ADR_DIR
from orchestrator_assets.kinds import DocumentKind, Parsed, Settings
from orchestrator_assets.session_notes.index import index_of, render
from orchestrator_assets.session_notes.model import SessionNote
from orchestrator_assets.session_notes.parse import parse
from orchestrator_assets.session_notes.places import DEFAULTS, is_command_log, is_index_page, is_note, select
from orchestrator_assets.session_notes.problems import CODES
from orchestrator_assets.session_notes.resolve import resolve


def _is_document(path: str, parsed: Parsed, settings: Settings) -> bool:
    # Whatever else was selected is a decision, which counts here only if it holds a session log.
    own = is_note(path, settings) or is_index_page(path, settings) or is_command_log(path, settings)
    return own or bool(parsed.payload and parsed.payload["log"])


KIND = DocumentKind(
    name="session_note",
    index="session-notes",
    asset="session_note_index",
    version=3,
    model=SessionNote,
    settings=tuple(DEFAULTS),
    codes=CODES,
    select=select,
    parse=parse,
    resolve=resolve,
    index_of=index_of,
    render=render,
    is_document=_is_document,
    config_files=(ADR_DIR,),
)

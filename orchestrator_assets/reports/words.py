"""The account that a model gives of a finished report: asked for once, held against the facts, kept with the report."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

from sqlalchemy import Engine

from orchestrator_assets.catalog import report_store
from orchestrator_assets.models.ask import Question, ask
from orchestrator_assets.models.reply import Outcome
from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets.reports.evidence import Evidence, evidence_of
from orchestrator_assets.reports.model import Kept, Report, StatementFact
from orchestrator_assets.reports.statements import Words, held


def with_words(engine: Engine, chosen: ModelSettings, key: str, report: Report, again: bool) -> Report:
    """The report with its account. A model is asked once, when the report is finished; what came of it is kept, a
    failure too, so that the report stays the same. With `again` it is asked anew."""
    if not report.finished:
        return report
    stored = None if again else report_store.account(engine, key)
    if stored is None:
        stored = report_store.save_account(engine, key, json.dumps(_asked(engine, chosen, key, report)), again)
    told = json.loads(stored)
    statements = [StatementFact.model_validate(row) for row in told["statements"]]
    return report.model_copy(
        update={"claims": Kept(**told["claims"]), "words": told["words"], "statements": statements}
    )


def _asked(engine: Engine, chosen: ModelSettings, key: str, report: Report) -> dict[str, object]:
    evidence = evidence_of(report)
    if chosen.missing is not None or not evidence:
        return {"claims": {"kept": 0, "dropped": 0}, "words": Outcome.NO_MODEL.value, "statements": []}
    instructions = files(__package__ or "").joinpath("words.md").read_text(encoding="utf-8")
    question = Question(
        run_id=f"report {key}",
        step="words",
        purpose="status_report",
        repository=None,
        instructions=instructions,
        text=prompt(evidence),
        output=Words,
        prompt_version=hashlib.sha256(instructions.encode()).hexdigest()[:16],
    )
    reply = ask(engine, chosen, question)
    kept, dropped = held(reply.output, evidence) if reply.output is not None else ([], [])
    return {
        "claims": {"kept": len(kept), "dropped": len(dropped)},
        "words": reply.outcome.value,
        "statements": [item.model_dump(mode="json") for item in kept],
        "dropped": dropped,
    }


def prompt(evidence: dict[str, Evidence]) -> str:
    """The facts as data, one a line."""
    rows = [json.dumps({"id": name, "fact": item.text}, ensure_ascii=True) for name, item in evidence.items()]
    return "<facts>\n" + "\n".join(rows) + "\n</facts>\n"

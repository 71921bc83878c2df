"""What all published pages share: the templates' environment, and the JSON beside each page.

Nothing here depends on a clock, on the commits scanned, or on the order of a set: the same records give the same bytes.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from orchestrator_assets.documents.markdown_escape import anchor, cell, code
from orchestrator_assets.documents.text import GENERATED_MARK, INVISIBLE
from orchestrator_assets.kinds import Index

GENERATED_BY = GENERATED_MARK.decode()


@cache
def jinja_environment(package: str) -> Environment:
    """The environment for a room's `templates/`, with the shared ones behind it. Filters: `cell` (text in a table),
    `code` (a code span), `anchor`. An undefined name is an error."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__ or "")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(cell=cell, code=code, anchor=anchor)
    environment.globals["generated_by"] = GENERATED_BY
    return environment


def published_json(index: Index) -> str:
    """An index as JSON text: records, problems, totals, coverage and extras. A list stands one item a line, so that a
    commit at the hub shows what changed."""
    data = {
        "generated_by": GENERATED_BY,
        "index": index.name,
        "totals": index.totals,
        "coverage": [
            {
                "repo": item.repository,
                "status": item.status,
                "found": item.found,
                "parsed": item.parsed,
                "refused": item.refused,
            }
            for item in index.coverage
        ],
        "records": [record.as_json() for record in index.records],
        "problems": [problem.as_json() for problem in index.problems],
        "extras": index.extras,
    }
    return "{\n" + ",\n".join(f"{_json(name)}: {_lines(value)}" for name, value in data.items()) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f" {_json(item)}" for item in value) + "\n]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f" {_json(name)}: {_json(item)}" for name, item in value.items()) + "\n}"
    return _json(value)


def _json(value: Any) -> str:
    """JSON as people read it; characters that nobody sees (bidi overrides, zero-width ones) stay spelled out."""
    return INVISIBLE.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(value, ensure_ascii=False))

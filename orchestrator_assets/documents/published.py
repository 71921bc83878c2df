"""What all published pages share: the templates' environment, and the JSON beside each page.

Nothing here depends on a clock, on the commits scanned, or on the order of a set: the same records give the same bytes.
"""

from __future__ import annotations

import json
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from orchestrator_assets.documents.markdown_escape import anchor, cell, code
from orchestrator_assets.documents.text import GENERATED_MARK
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
    """An index as JSON text: records, problems, totals, coverage and extras."""
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
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"

"""Claims into records: which folder's documents a line may mean is seen in the tree."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator_assets.claims.model import Claim, Unit
from orchestrator_assets.kinds import Document, Record, RepositoryTree, Resolution

_FOLDER = re.compile(r"(?<![\w/.-])((?:[\w.-]+/){1,10})(?![\w.])")


def resolve(tree: RepositoryTree, documents: Sequence[Document]) -> Resolution:
    """A record for each claim, in the order of the page."""
    records = []
    for document in documents:
        for ordinal, row in enumerate((document.parsed.payload or {}).get("claims", ())):
            claim = Claim.model_validate({name: value for name, value in row.items() if name != "line"})
            if claim.unit is Unit.DOCUMENTS:
                claim = claim.model_copy(update={"below": _documents_below(tree, claim.text)})
            records.append(Record(document.path, row["line"], claim, ordinal, claim.title, claim.text))
    return Resolution(tuple(records), ())


def _documents_below(tree: RepositoryTree, text: str) -> int | None:
    """Markdown files below the one folder of the tree that a line names; None if it names none, or several."""
    named = {match[1].strip("/") for match in _FOLDER.finditer(text)} & tree.directories
    if len(named) != 1:
        return None
    folder = f"{named.pop()}/"
    return sum(path.startswith(folder) and path.endswith(".md") for path in tree.paths)

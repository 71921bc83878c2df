"""Generated documents as Markdown: the words are a model's, everything else is code's."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment

from orchestrator_assets.documents.markdown_escape import sentence
from orchestrator_assets.documents.published import jinja_environment


def render(template: str, **values: Any) -> str:
    """A document from `templates/`. Filters: those of all pages, and `sentence` (a model's prose, escaped)."""
    environment: Environment = jinja_environment(__package__ or "orchestrator_assets.activities")
    environment.filters.setdefault("sentence", sentence)
    return environment.get_template(template).render(**values)

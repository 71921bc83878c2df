"""A page as Markdown, as HTML that stands alone, and as JSON: the same bytes for the same report."""

from __future__ import annotations

import json
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from orchestrator_assets.documents.published import GENERATED_BY, jinja_environment
from orchestrator_assets.documents.text import INVISIBLE, visible
from orchestrator_assets.reports import charts
from orchestrator_assets.reports.model import Report
from orchestrator_assets.reports.page import Page
from orchestrator_assets.reports.reporting import printed

MARKDOWN, HTML, JSON = "report.md", "report.html", "report.json"


def rendered(report: Report, page: Page) -> dict[str, bytes]:
    """The report's files: name -> bytes."""
    return {
        MARKDOWN: markdown(page).encode(),
        HTML: html(page).encode(),
        JSON: json_text(report).encode(),
    }


def markdown(page: Page) -> str:
    """The page as Markdown; text from repositories is escaped."""
    return jinja_environment(__package__ or "").get_template("report.md.jinja").render(page=page)


def html(page: Page) -> str:
    """The page as one HTML file that loads nothing; text from repositories is escaped."""
    drawn = {
        "by_repository": charts.bars(page.by_repository, "Commits by repository"),
        "by_day": charts.columns([(day[5:], n) for day, n in page.by_day], "Commits by day"),
        "trend": charts.columns([(day[2:], n) for day, n in page.trend], "Commits by period"),
    }
    pictures = {name: Markup(svg if getattr(page, name) else "") for name, svg in drawn.items()}
    return _environment().get_template("report.html.jinja").render(page=page, pictures=pictures)


def json_text(report: Report) -> str:
    """The report as `orchestrator report --json` prints it; characters that nobody sees stay spelled out."""
    text = json.dumps({"generated_by": GENERATED_BY, **printed(report)}, indent=1, ensure_ascii=False) + "\n"
    return INVISIBLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.globals["generated_by"] = GENERATED_BY
    return environment

"""What the GitHub project boards of the settings hold, and what came and went within a period."""

from __future__ import annotations

from collections import Counter
from typing import Any

from orchestrator_assets.projects.board_api import BoardApi, BoardFailed
from orchestrator_assets.reports.forges import moment
from orchestrator_assets.reports.model import BoardFacts
from orchestrator_assets.reports.period import Period
from orchestrator_assets.settings import Settings

NO_STATUS = "no status"

_ITEMS = """
query($board: ID!, $after: String) {
  node(id: $board) { ... on ProjectV2 {
    title
    items(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        createdAt
        isArchived
        status: fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
        content { ... on Issue { closedAt } ... on PullRequest { closedAt } }
      }
    }
  } }
}
"""


def ask_boards(settings: Settings, period: Period) -> list[BoardFacts]:
    """The boards of `ORCHESTRATOR_BOARDS` (OWNER/NUMBER). Where one cannot be read the figures are unknown, and the
    reason is given."""
    found = []
    for name in settings.boards:
        owner, _, number = name.partition("/")
        if not owner or not number.isdecimal():
            found.append(BoardFacts(board=name, why="ORCHESTRATOR_BOARDS holds names like acme/7"))
        elif not settings.github_token:
            found.append(BoardFacts(board=name, why="no token is set (ORCHESTRATOR_GITHUB_TOKEN)"))
        else:
            api = BoardApi(settings.github_api, settings.github_token, settings.delivery_timeout)
            try:
                pages = list(api.pages(_ITEMS, api.find(owner, int(number))))
                found.append(_facts(name, pages, period))
            except BoardFailed as error:
                found.append(BoardFacts(board=name, why=str(error)))
            except (AttributeError, KeyError, TypeError):
                found.append(BoardFacts(board=name, why="it answers in another shape than GitHub documents"))
    return found


def _facts(name: str, pages: list[dict[str, Any]], period: Period) -> BoardFacts:
    """Statuses are those of the moment; GitHub tells no other."""
    items = [item for page in pages for item in page["items"]["nodes"] if item]
    shown = [item for item in items if not item.get("isArchived")]
    states = Counter(str((item.get("status") or {}).get("name") or NO_STATUS) for item in shown)

    def within(text: object) -> bool:
        when = moment(text)
        return when is not None and period.start <= when < period.end

    return BoardFacts(
        board=name,
        title=str(pages[0]["title"]),
        items=len(shown),
        states=dict(sorted(states.items())),
        added=sum(within(item.get("createdAt")) for item in items),
        closed=sum(within((item.get("content") or {}).get("closedAt")) for item in items),
    )

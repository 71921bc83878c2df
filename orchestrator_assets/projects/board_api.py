"""A GitHub project board over GraphQL: read whole, and written field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator_assets.bounded_http import Unanswered, ask

_READ = """
query($board: ID!, $after: String) {
  node(id: $board) { ... on ProjectV2 {
    title
    fields(first: 50) { nodes {
      ... on ProjectV2FieldCommon { id name dataType }
      ... on ProjectV2SingleSelectField { options { id name } }
    } }
    items(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id
        content { ... on Issue { id number repository { name } labels(first: 100) { nodes { id name } } } }
        fieldValues(first: 50) { nodes {
          ... on ProjectV2ItemFieldNumberValue { number field { ... on ProjectV2FieldCommon { name } } }
          ... on ProjectV2ItemFieldSingleSelectValue { name field { ... on ProjectV2FieldCommon { name } } }
        } }
      }
    }
  } }
}
"""
_FIND = """
query($owner: String!, $number: Int!) {
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) { id } } }
}
"""
_SET = """
mutation($board: ID!, $item: ID!, $field: ID!, $value: ProjectV2FieldValue!) {
  updateProjectV2ItemFieldValue(input: {projectId: $board, itemId: $item, fieldId: $field, value: $value}) {
    projectV2Item { id }
  }
}
"""
_LABEL = """
query($owner: String!, $name: String!, $label: String!) {
  repository(owner: $owner, name: $name) { label(name: $label) { id } }
}
"""
_ADD_LABEL = """
mutation($issue: ID!, $label: ID!) {
  addLabelsToLabelable(input: {labelableId: $issue, labelIds: [$label]}) { labelable { ... on Issue { id } } }
}
"""


_PAGES = 200


class BoardFailed(Exception):
    """GitHub does not do it; the message says why, without the token."""


@dataclass(frozen=True, slots=True)
class BoardField:
    """A field of a board: NUMBER, SINGLE_SELECT (with its options, name -> id) or another type."""

    id: str
    name: str
    type: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardItem:
    """An issue on a board, with the values that its fields have and its labels."""

    id: str
    issue_id: str
    repo: str
    number: int
    values: Mapping[str, float | str]
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Board:
    """A board as it was read."""

    id: str
    title: str
    fields: Mapping[str, BoardField]
    items: tuple[BoardItem, ...]


@dataclass(frozen=True)
class BoardApi:
    """GitHub's GraphQL API. `url` is that of the REST API, as in the settings; the token never leaves it."""

    url: str
    token: str
    timeout: float

    def find(self, owner: str, number: int) -> str:
        """The id of an owner's board. BoardFailed if there is none."""
        found = self._ask(_FIND, {"owner": owner, "number": number})
        board = ((found.get("repositoryOwner") or {}).get("projectV2") or {}).get("id")
        if not board:
            raise BoardFailed(f"{owner} has no project {number} that this token may see")
        return str(board)

    def read(self, board: str) -> Board:
        """A board with all its items, over all pages."""
        items: list[BoardItem] = []
        for node in self.pages(_READ, board):
            items += _items(node)
        return Board(board, str(node["title"]), {f.name: f for f in _fields(node)}, tuple(items))

    def pages(self, query: str, board: str) -> Iterator[dict[str, Any]]:
        """The board ($board) as the query asks for it, once for each page of its items ($after); at least once.
        BoardFailed."""
        after: str | None = None
        for _ in range(_PAGES):
            node = self._ask(query, {"board": board, "after": after}).get("node")
            if not node:
                raise BoardFailed("the board is gone, or the token may not see it")
            yield node
            page = node["items"]["pageInfo"]
            after = page["endCursor"]
            if not page["hasNextPage"]:
                return
        raise BoardFailed(f"the board has more than {_PAGES} pages of items")

    def set_number(self, board: Board, item: BoardItem, name: str, value: float) -> None:
        """Gives a number field its value."""
        self._set(board, item, name, {"number": value})

    def set_option(self, board: Board, item: BoardItem, name: str, option: str) -> None:
        """Gives a single-select field one of its options."""
        self._set(board, item, name, {"singleSelectOptionId": board.fields[name].options[option]})

    def add_label(self, owner: str, item: BoardItem, label: str) -> None:
        """Adds a label that the repository has. BoardFailed if it has not."""
        asked = {"owner": owner, "name": item.repo, "label": label}
        found = ((self._ask(_LABEL, asked).get("repository") or {}).get("label") or {}).get("id")
        if not found:
            raise BoardFailed(f"{owner}/{item.repo} has no label {label!r}; make it there first")
        self._ask(_ADD_LABEL, {"issue": item.issue_id, "label": found})

    def _set(self, board: Board, item: BoardItem, name: str, value: dict[str, Any]) -> None:
        wanted = {"board": board.id, "item": item.id, "field": board.fields[name].id, "value": value}
        self._ask(_SET, wanted)

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        place = f"{self.url.removesuffix('/v3').rstrip('/')}/graphql"
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            asked = {"query": query, "variables": variables}
            answer = ask("POST", place, headers=headers, seconds=self.timeout, json=asked)
        except Unanswered as error:
            raise BoardFailed(str(error)) from None
        if answer.status_code != 200:
            wait = answer.headers.get("retry-after")
            more = f"; it asks to wait {wait} seconds" if wait else ""
            raise BoardFailed(f"{answer.url.host} answers {answer.status_code}{more}")
        try:
            told = answer.json()
        except ValueError:
            raise BoardFailed(f"{answer.url.host} answers with something that is no JSON") from None
        if told.get("errors"):
            messages = "; ".join(str(error.get("message"))[:200] for error in told["errors"][:3])
            raise BoardFailed(f"{answer.url.host} refuses: {messages}")
        data = told.get("data")
        if not isinstance(data, dict):
            raise BoardFailed(f"{answer.url.host} answers without data")
        return data


def _fields(node: dict[str, Any]) -> Iterator[BoardField]:
    for row in node["fields"]["nodes"]:
        if row:
            options = {option["name"]: option["id"] for option in row.get("options") or ()}
            yield BoardField(row["id"], row["name"], row.get("dataType", ""), options)


def _items(node: dict[str, Any]) -> Iterator[BoardItem]:
    """The issues among the items; drafts and requests have no issue number."""
    for row in node["items"]["nodes"]:
        issue = row.get("content") or {}
        if "number" not in issue:
            continue
        values = {
            value["field"]["name"]: value.get("number", value.get("name"))
            for value in row["fieldValues"]["nodes"]
            if value and value.get("field")
        }
        labels = frozenset(label["name"] for label in issue["labels"]["nodes"])
        yield BoardItem(row["id"], issue["id"], issue["repository"]["name"], issue["number"], values, labels)

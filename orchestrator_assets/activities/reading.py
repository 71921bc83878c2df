"""What activities read of a repository: its README, its specification, the records that fit a question."""

from __future__ import annotations

import json
import re
from typing import Any

from orchestrator_assets.activities.context import Passage
from orchestrator_assets.activities.contract import Scene
from orchestrator_assets.catalog import activity_store, search
from orchestrator_assets.documents.text import visible

_README = re.compile(r"readme(\.[a-z]+)?", re.IGNORECASE)
_RECORDS = 12


def usual(scene: Scene, words: str, records: int = _RECORDS) -> list[Passage]:
    """The passages that every activity shows, most important first: what ran before in the sequence, the service's
    specification, the README, the records of the catalog that fit the words best."""
    return [*earlier(scene), *specification(scene), *readme(scene), *found(scene, words, records)]


def earlier(scene: Scene) -> list[Passage]:
    """Results of activities that ran before in this sequence."""
    return [
        Passage(f"activity:{item.activity}", f"result of {item.activity} on {item.target}", _json(item.output))
        for item in scene.earlier
    ]


def specification(scene: Scene) -> list[Passage]:
    """The specification that is kept of the target."""
    content = activity_store.specifications(scene.engine).get(scene.target)
    return [Passage(f"specification:{scene.target}", "specification", _json(content))] if content else []


def readme(scene: Scene) -> list[Passage]:
    """The README at the root."""
    tree = scene.tree
    path = next((path for path in tree.paths if _README.fullmatch(path)), None) if tree else None
    text = tree.text(path) if tree and path else None
    return [Passage(tree.place(path), "README", text)] if tree and path and text else []


def found(scene: Scene, words: str, limit: int = _RECORDS, kind: str | None = None) -> list[Passage]:
    """Records of the catalog that hold any of the words, best first; of the target, or of the whole fleet."""
    of = scene.target if scene.repository is not None else None
    texts = search.texts(scene.engine, words, kind, of, limit)
    return [Passage(hit.full_place, hit.kind, f"{hit.title}\n{body}") for hit, body in texts]


def decisions(scene: Scene) -> dict[str, str]:
    """Ids of the decisions that may be cited (lower case), with their places: of the target, or of the whole fleet as
    `repo/id`."""
    of = scene.target if scene.repository is not None else None
    places: dict[str, str] = {}
    for hit, payload in search.records(scene.engine, "decision", of):
        number = payload.get("id")
        if isinstance(number, str) and number:
            places.setdefault((number if of else f"{hit.repository}/{number}").lower(), hit.full_place)
    return places


def files(scene: Scene, limit: int = 300) -> list[Passage]:
    """The paths of the repository, the first of them where there are many. Names are strangers' text too."""
    if scene.tree is None:
        return []
    paths = scene.tree.paths
    more = [f"... and {len(paths) - limit} more"] if len(paths) > limit else []
    listing = "\n".join([*(visible(path) for path in paths[:limit]), *more])
    return [Passage(f"files:{scene.target}", "paths of its files", listing)]


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False, default=str)

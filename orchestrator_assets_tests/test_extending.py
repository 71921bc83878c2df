"""The worked example of docs/extending.md does what it says: one room and one line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import orchestrator_assets
from orchestrator_assets import kinds
from orchestrator_assets.catalog.aggregate import build_index
from orchestrator_assets.hub.indexes import publish_indexes
from orchestrator_assets.resources import Catalog
from orchestrator_assets_tests.conftest import CHECKOUT
from orchestrator_assets_tests.fleets import Fleet

_BLOCK = re.compile(
    r"^`orchestrator_assets/(?P<path>glossary/\w+\.py)`:\n\n```python\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)


@pytest.fixture
def glossary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example's files as a package, and its line among the registered kinds."""
    text = (CHECKOUT / "docs" / "extending.md").read_text()
    found = {match["path"]: match["code"] for match in _BLOCK.finditer(text)}
    assert set(found) == {"glossary/kind.py", "glossary/assets.py"}
    package = tmp_path / "example"
    for path, code in found.items():
        target = package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(code)
    name = "orchestrator_assets.glossary.kind"
    assert f'`"{name}",`' in text
    # As if the folder stood in orchestrator_assets/.
    monkeypatch.setattr(orchestrator_assets, "__path__", [*orchestrator_assets.__path__, str(package)])
    monkeypatch.setattr(kinds, "REGISTERED", (*kinds.REGISTERED, name))
    kinds.kinds.cache_clear()
    yield
    kinds.kinds.cache_clear()
    for name in [name for name in sys.modules if name.startswith("orchestrator_assets.glossary")]:
        del sys.modules[name]


@pytest.mark.usefixtures("glossary")
def test_the_worked_example_is_scanned_counted_checked_and_published(fleet: Fleet) -> None:
    [made] = fleet.make("a")
    made.commit({"docs/GLOSSARY.md": "# G\n\n- **Hub**: where indexes go\n- **Hub**: again\n- **A|b**: `x`\n"})
    assert fleet.scan()["a"].documents["glossary"] == 1
    build = build_index(fleet.engine, kinds.kind_of_index("glossary"))
    assert (build.index.totals["documents_found"], build.index.totals["records"]) == (1, 3)
    [problem] = build.index.problems
    assert (problem.problem.code, problem.problem.path, problem.problem.line) == ("term.twice", "docs/GLOSSARY.md", 4)
    assert "A\\|b" in build.files["GLOSSARY.md"].decode()
    for kind in kinds.kinds():
        build_index(fleet.engine, kind)
    assert "glossary" in {item.name for item in publish_indexes(fleet.engine, fleet.settings)}


@pytest.mark.usefixtures("glossary")
def test_the_worked_example_is_an_asset(fleet: Fleet) -> None:
    import dagster as dg
    from orchestrator_assets.glossary.assets import DEFINITIONS  # type: ignore[import-not-found]

    whole = dg.Definitions.merge(DEFINITIONS, dg.Definitions(resources={"catalog": Catalog()}))
    assert dg.AssetKey("glossary_index") in whole.resolve_all_asset_keys()

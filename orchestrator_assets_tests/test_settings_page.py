"""docs/settings.md lists every setting with its default and meaning: `python -m orchestrator_assets_tests.test_settings_page`
writes it anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from orchestrator_assets.models.settings import ModelSettings
from orchestrator_assets.settings import Settings
from orchestrator_assets_tests.conftest import CHECKOUT

PAGE = CHECKOUT / "docs" / "settings.md"
HEAD = """# Settings

Environment variables, or lines of a `.env` file in the working folder. Sizes are bytes, times are seconds; lists and
tables are JSON.

| variable | default | meaning |
|---|---|---|
"""
MODELS = "\n## Models\n\nSee [models.md](models.md). Without a URL and a model none is asked.\n\n| variable | default | meaning |\n|---|---|---|\n"


def page() -> str:
    return (
        HEAD + "".join(_rows(Settings, "ORCHESTRATOR_")) + MODELS + "".join(_rows(ModelSettings, "ORCHESTRATOR_LLM_"))
    )


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"{prefix}{name.upper()}"
        shown = _shown(field.default)
        meaning = (field.description or "").replace("|", "\\|")
        yield f"| `{variable}` | {f'`{shown}`' if shown else ''} | {meaning} |\n"


def _shown(value: Any) -> str:
    if value is None or value is PydanticUndefined or value in ([], {}):
        return ""
    if isinstance(value, bool | list | dict):
        return json.dumps(value)
    return (
        str(value.value if hasattr(value, "value") else value)
        if not isinstance(value, Path | SecretStr)
        else str(value)
    )


def test_every_setting_is_described_on_its_page() -> None:
    assert PAGE.read_text() == page()
    for model in (Settings, ModelSettings):
        assert all(field.description for field in model.model_fields.values())


if __name__ == "__main__":
    PAGE.write_text(page())

"""Settings of the model endpoint: `ORCHESTRATOR_LLM_*`. Sizes are bytes, times are seconds."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class OutputMode(StrEnum):
    """How an endpoint is told what shape to answer in."""

    NATIVE = "native"
    TOOL = "tool"
    JSON_OBJECT = "json_object"
    PROMPTED = "prompted"


_LIMITS = (
    "requests_per_run",
    "tokens_per_run",
    "cost_per_run",
    "requests_per_day",
    "tokens_per_day",
    "cost_per_day",
)


class Price(BaseModel):
    """What a model costs per million tokens, in any one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)


class ModelSettings(BaseSettings):
    """Which model is asked, how, and how far it may go. Without `url` and `model` there is no model."""

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRATOR_LLM_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    url: str | None = Field(
        None, description="base URL of an OpenAI-compatible endpoint, e.g. http://localhost:8000/v1"
    )
    api_key: SecretStr | None = Field(None, description="its key; sent nowhere else, never logged")
    model: str | None = Field(None, description="the model to ask for")
    output_mode: OutputMode = Field(
        OutputMode.NATIVE, description="how the answer's shape is asked for: native, tool, json_object, prompted"
    )
    single_system_message: bool = Field(True, description="send one system message; some chat templates demand it")
    max_tokens_parameter: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="what the endpoint calls the limit of an answer"
    )
    max_tokens: int = Field(4096, gt=0, description="an answer's limit, in tokens")
    context_tokens: int = Field(12_000, gt=0, description="what of a repository goes into one prompt, in tokens")
    temperature: float | None = Field(0.0, ge=0, le=2, description="none: the endpoint's own")
    deadline: float = Field(120, gt=0, description="for one question, with all retries")
    retries: int = Field(2, ge=0, le=10, description="of one HTTP request, after 408, 409, 429, 5xx, cut connections")
    body_limit: int = Field(4 * 1024 * 1024, gt=0, description="larger replies are not read")
    cache: bool = Field(True, description="answer the same question from the catalog")
    requests_per_run: int | None = Field(50, gt=0, description="questions and repairs in one run; none: no limit")
    tokens_per_run: int | None = Field(500_000, gt=0, description="prompt and answer together")
    cost_per_run: Decimal | None = Field(None, gt=0, description="in the price table's currency; needs a price")
    requests_per_day: int | None = Field(2_000, gt=0, description="in the last 24 hours")
    tokens_per_day: int | None = Field(10_000_000, gt=0, description="in the last 24 hours")
    cost_per_day: Decimal | None = Field(None, gt=0, description="in the last 24 hours; needs a price")
    prices: dict[str, Price] = Field(
        {}, description='JSON, per million tokens: {"MODEL": {"input": 0.15, "output": 0.6}}'
    )

    @field_validator("temperature", *_LIMITS, mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        """`none` takes a limit away; an empty variable means its default."""
        return None if isinstance(value, str) and value.strip().lower() == "none" else value

    @field_validator("url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
        except ValueError:
            raise ValueError("is no URL") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be http://HOST/... or https://HOST/...")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must not hold a user, a password or a query; the key goes into ORCHESTRATOR_LLM_API_KEY")
        return value

    @property
    def missing(self) -> str | None:
        """Why there is no model to ask, in one line; None if there is one."""
        names = [name for name, value in (("URL", self.url), ("MODEL", self.model)) if not value]
        if not names:
            return None
        wanted = " and ".join(f"ORCHESTRATOR_LLM_{name}" for name in names)
        return f"no model configured: set {wanted} (see docs/models.md); everything deterministic works without one"


def model_settings() -> ModelSettings:
    """The settings as the environment has them now. Errors name the variable (pydantic ValidationError)."""
    return ModelSettings()

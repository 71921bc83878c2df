"""The endpoint as pydantic-ai speaks to it. Importing this takes a second: only `ask` does, inside the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import httpx2
from openai import AsyncOpenAI
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings as CallSettings
from pydantic_ai.usage import UsageLimits

from orchestrator_assets.documents.text import visible
from orchestrator_assets.models.careful import CarefulModel
from orchestrator_assets.models.reply import Outcome, Output, ReplyFailed, Usage
from orchestrator_assets.models.settings import ModelSettings, OutputMode
from orchestrator_assets.models.wire import Wire

if TYPE_CHECKING:
    from orchestrator_assets.models.ask import Question

_SHOWN = 300


def connect(settings: ModelSettings, wire: Wire) -> Model:
    """The configured model, over a wire."""
    assert settings.url is not None and settings.model is not None
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    http = httpx2.AsyncClient(transport=wire, timeout=settings.deadline, follow_redirects=False, trust_env=False)
    client = AsyncOpenAI(
        base_url=settings.url,
        api_key=key,
        organization="",
        project="",
        max_retries=settings.retries,
        timeout=settings.deadline,
        http_client=http,
    )
    profile = OpenAIModelProfile(
        supports_json_schema_output=settings.output_mode is OutputMode.NATIVE,
        supports_json_object_output=settings.output_mode is OutputMode.JSON_OBJECT,
        openai_chat_supports_multiple_system_messages=not settings.single_system_message,
        openai_chat_supports_max_completion_tokens=settings.max_tokens_parameter == "max_completion_tokens",
        openai_chat_streaming_requires_finish_reason=True,
    )
    return OpenAIChatModel(settings.model, provider=OpenAIProvider(openai_client=client), profile=profile)


def careful(connected: Callable[[ModelSettings, Wire], Model], settings: ModelSettings, wire: Wire) -> CarefulModel:
    """The model, not believed."""
    return CarefulModel(connected(settings, wire))


async def converse(model: CarefulModel, settings: ModelSettings, question: Question[Output], repairs: int) -> Output:
    """Asks and returns the validated output. ReplyFailed, or whatever the library raises: see `failure_of`."""
    agent: Agent[None, Any] = Agent(
        model,
        output_type=_shape(settings.output_mode, question.output),
        instructions=question.instructions,
        retries={"output": repairs},
        name=question.purpose,
        capabilities=[Instrumentation(InstrumentationSettings(include_content=False))],
    )
    done = await agent.run(
        question.text,
        model_settings=_parameters(settings),
        usage_limits=UsageLimits(request_limit=1 + repairs),
    )
    output: Output = done.output
    return output


def failure_of(error: Exception, model: CarefulModel) -> ReplyFailed:
    """What an exception of the library means, once the wire has nothing to say."""
    if isinstance(error, UnexpectedModelBehavior):
        if model.unread is not None:
            return ReplyFailed(Outcome.NOT_JSON, model.unread)
        cause = visible(str(error.__cause__ or error))[:_SHOWN]
        asked = f" after {len(model.responses)} replies" if len(model.responses) > 1 else ""
        return ReplyFailed(Outcome.SCHEMA_MISMATCH, f"the reply does not fit the schema{asked}: {cause}")
    return ReplyFailed(Outcome.BAD_RESPONSE, f"{type(error).__name__}: {visible(str(error))[:_SHOWN]}")


def usage_of(settings: ModelSettings, model: CarefulModel, attempts: int, seconds: float) -> Usage:
    """What the exchange took. Tokens are None unless every reply said."""
    from orchestrator_assets.models.ask import cost_of

    responses = model.responses
    told = bool(responses) and all(
        response.usage.input_tokens or response.usage.output_tokens for response in responses
    )
    prompt = sum(response.usage.input_tokens for response in responses) if told else None
    completion = sum(response.usage.output_tokens for response in responses) if told else None
    name = _last_name(responses)
    price = settings.prices.get(settings.model or "") or settings.prices.get(name or "")
    return Usage(
        requests=len(responses) or min(attempts, 1),
        attempts=attempts,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost=cost_of(price, prompt, completion),
        seconds=seconds,
        model=name,
    )


def _last_name(responses: Sequence[ModelResponse]) -> str | None:
    return visible(responses[-1].model_name)[:200] if responses and responses[-1].model_name else None


def _shape(mode: OutputMode, output: type[Output]) -> Any:
    if mode is OutputMode.NATIVE:
        return NativeOutput(output)
    return ToolOutput(output, name="answer") if mode is OutputMode.TOOL else PromptedOutput(output)


def _parameters(settings: ModelSettings) -> CallSettings:
    parameters = CallSettings(max_tokens=settings.max_tokens)
    if settings.temperature is not None:
        parameters["temperature"] = settings.temperature
    return parameters

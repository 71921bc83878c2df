"""A model that is not believed: what it says is looked at before anything is read into it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings as CallSettings

from orchestrator_assets.documents.text import visible
from orchestrator_assets.models.json_text import Found, extract
from orchestrator_assets.models.reply import Outcome, ReplyFailed

_SHOWN = 300


class CarefulModel(WrapperModel):
    """Raises ReplyFailed for a reply that was cut, refused or empty; takes the JSON out of what stands around it. After
    each request `unread` says why the text could not be read as JSON (None: it could), `notes` what was tidied."""

    def __init__(self, wrapped: Model) -> None:
        super().__init__(wrapped)
        self.unread: str | None = None
        self.notes: list[str] = []
        self.responses: list[ModelResponse] = []

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: CallSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        response = await super().request(messages, model_settings, model_request_parameters)
        self.responses.append(response)
        details: dict[str, Any] = response.provider_details or {}
        if response.finish_reason == "length":
            raise ReplyFailed(Outcome.TRUNCATED, "the reply was cut off at its token limit (finish_reason=length)")
        if details.get("refusal") or response.finish_reason == "content_filter":
            said = visible(str(details.get("refusal") or "stopped by a content filter"))[:_SHOWN]
            raise ReplyFailed(Outcome.REFUSED, f"the model refused: {said}")
        calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
        if calls:
            self._look_at(calls)
            return response
        return self._tidied(response)

    def _look_at(self, calls: list[ToolCallPart]) -> None:
        self.unread = None
        for call in calls:
            if isinstance(call.args, str) and call.args.strip():
                self._judge(call.args)

    def _tidied(self, response: ModelResponse) -> ModelResponse:
        text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
        found = self._judge(text)
        if found is None:
            return response
        others = [part for part in response.parts if not isinstance(part, TextPart)]
        return replace(response, parts=[*others, TextPart(found)])

    def _judge(self, text: str) -> str | None:
        """The JSON in a text; None (and `unread`) if there is none. ReplyFailed: empty, refused, cut."""
        found = extract(text)
        shown = visible(text)[:_SHOWN]
        if found.found is Found.EMPTY:
            raise ReplyFailed(Outcome.EMPTY, "the reply is empty")
        if found.found is Found.REFUSAL:
            raise ReplyFailed(Outcome.REFUSED, f"the model refused: {shown}")
        if found.found is Found.CUT:
            raise ReplyFailed(Outcome.TRUNCATED, "the reply's JSON breaks off at its end")
        self.unread = None if found.text is not None else f"the reply holds no JSON: {shown}"
        if found.note and found.text is not None:
            self.notes.append(found.note)
        return found.text

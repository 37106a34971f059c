"""What the vendors' own clients take as the body of a request: the judges of what is sent to them.

A client takes up to a second to import, and as long to make a validator of its types. Most tests need none.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

Client: TypeAlias = Literal["anthropic", "anthropic beta", "openai chat", "openai responses"]

_TYPES: dict[Client, tuple[str, str]] = {
    "anthropic": ("anthropic.types.message_create_params", "MessageCreateParamsStreaming"),
    "anthropic beta": ("anthropic.types.beta.message_create_params", "MessageCreateParamsStreaming"),
    "openai chat": ("openai.types.chat.completion_create_params", "CompletionCreateParamsStreaming"),
    "openai responses": ("openai.types.responses.response_create_params", "ResponseCreateParamsStreaming"),
}


@cache
def body_of(client: Client) -> TypeAdapter[Any]:
    """It has to outlive what it makes, and does."""
    module, name = _TYPES[client]
    return TypeAdapter(getattr(import_module(module), name))

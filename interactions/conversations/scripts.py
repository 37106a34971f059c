"""A request as a program of its own, for the SDK of the vendor whose protocol it speaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pprint import pformat
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from interactions.conversations.exchanges import key_variable
from interactions.stream.masks import MASK
from interactions.stream.notes import Request

_OWN = frozenset({"accept", "content-type"})  # headers that an SDK sets for itself
_KEYS = frozenset({"authorization", "x-goog-api-key", "x-api-key"})  # what an SDK is given as `api_key`
_ERRANDS = {"get": "get", "stream": "get", "cancel": "cancel"}
_NO_KEY = '"none"'  # an SDK wants one, also where the server does not


class Sdk(NamedTuple):
    """`path` is where a base URL ends, `fields` what `create` takes by name; all else goes as `extra_body`.
    `errands` are the methods for requests about an answer that exists."""

    package: str
    module: str
    client: str
    create: str
    path: str
    fields: str
    errands: Mapping[str, str] = {}


# google-genai 3.4.0, anthropic 2.11.0, openai 3.52.0.
_GEMINI = Sdk(
    "google-genai",
    "from google import genai",
    "genai.Client",
    "client.interactions.create",
    "/interactions",
    """agent agent_config background cached_content continuation_token environment generation_config input
        labels model previous_interaction_id response_format response_mime_type response_modalities
        safety_settings service_tier store stream system_instruction tools webhook_config""",
    {"get": "client.interactions.get", "cancel": "client.interactions.cancel"},
)
_ANTHROPIC = Sdk(
    "anthropic",
    "from anthropic import Anthropic",
    "Anthropic",
    "client.messages.create",
    "/v1/messages",
    """max_tokens messages model cache_control container diagnostics inference_geo metadata output_config
        service_tier speed stop_sequences stream system thinking tool_choice tools user_profile_id
        workspace_id""",
)
_RESPONSES = Sdk(
    "openai",
    "from openai import OpenAI",
    "OpenAI",
    "client.responses.create",
    "/responses",
    """access_programs background context_management conversation image include input instructions
        max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id
        prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier
        service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
        truncation user""",
    {"get": "client.responses.retrieve", "cancel": "client.responses.cancel"},
)
_CHAT = _RESPONSES._replace(
    create="client.chat.completions.create",
    path="/chat/completions",
    fields="""messages model audio frequency_penalty function_call functions logit_bias logprobs
        max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction
        presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
        response_format safety_identifier seed service_tier stop store stream stream_options temperature
        tool_choice tools top_logprobs top_p user verbosity web_search_options""",
    errands={},
)
_SDKS = {"gemini": _GEMINI, "anthropic": _ANTHROPIC, "openai_responses": _RESPONSES}


def sdk_of(protocol: str) -> Sdk:
    """Servers of any name that is not a vendor's speak the protocol that all share."""
    return _SDKS.get(protocol, _CHAT)


# What a request about an answer says in its query, as an argument.
_WANTED: Mapping[str, Callable[[str], object]] = {
    "stream": lambda value: value == "true",
    "starting_after": lambda value: int(value) if re.fullmatch(r"[0-9]{1,18}", value) else value,
    "last_event_id": str,
}


def python_script(request: Request, protocol: str) -> str:
    """A program that sends the same request and prints what comes of it, an event a line. The key is taken
    from the environment; all that was recorded stands in it as a literal."""
    sdk = sdk_of(protocol)
    address, _, query = request.url.partition("?")
    base, _, behind = address.rpartition(sdk.path)
    asked = dict(parse_qsl(query))
    wanted = {name: read(asked.pop(name)) for name, read in _WANTED.items() if name in asked}
    body = request.body if isinstance(request.body, Mapping) else {}
    method = sdk.errands.get(_ERRANDS.get(request.follow_up, ""))
    lines = [
        f"# pip install {sdk.package}",
        "import os\n",
        f"{sdk.module}\n",
        *_client(sdk, _sent(request.headers, base), base, asked),
        *(_about(method, behind, wanted) if method else _created(sdk, body)),
        *_printed(bool({**body, **wanted}.get("stream"))),
    ]
    return "\n".join(lines) + "\n"


def _sent(headers: Mapping[str, str], url: str) -> dict[str, str]:
    """The code for each header's value."""
    return {
        name.lower(): f"os.environ[{key_variable(name, url)[1:]!r}]" if value == MASK else repr(value)
        for name, value in headers.items()
        if name.lower() not in _OWN
    }


def _client(sdk: Sdk, sent: Mapping[str, str], base: str, query: Mapping[str, str]) -> Iterator[str]:
    """Google's takes its address apart, and has everything but the key in one dictionary."""
    key = next((sent[name] for name in _KEYS if name in sent), _NO_KEY)
    # Anthropic's SDK sends a key as bearer; servers that speak its protocol may know the older header alone.
    own = _KEYS if base == "https://api.anthropic.com" else _KEYS - {"x-api-key"}
    others = ", ".join(f"{name!r}: {code}" for name, code in sent.items() if name not in own)
    headers = f"{{{others}}}" if others else ""
    yield f"client = {sdk.client}("
    yield f"    api_key={key},"
    if sdk is _GEMINI:
        host, _, version = base.rpartition("/")
        told = {"base_url": repr(host), "api_version": repr(version), "headers": headers}
        yield f"    http_options={{{', '.join(f'{name!r}: {code}' for name, code in told.items() if code)}}},"
    else:
        told = {"base_url": repr(base), "default_headers": headers, "default_query": repr(query)}
        yield from (f"    {name}={code}," for name, code in told.items() if code not in {"", "{}"})
    yield ")"


def _about(method: str, path: str, wanted: Mapping[str, object]) -> Iterator[str]:
    """A call about an answer that exists."""
    id = unquote(path.removeprefix("/").partition("/")[0])
    arguments = [repr(id), *(f"{name}={value!r}" for name, value in wanted.items())]
    yield f"answer = {method}({', '.join(arguments)})"


def _created(sdk: Sdk, body: Mapping[str, Any]) -> Iterator[str]:
    fields = sdk.fields.split()
    other = {name: value for name, value in body.items() if name not in fields}
    yield f"body = {_literal({name: value for name, value in body.items() if name not in other})}"
    if other:
        yield f"extra_body = {_literal(other)}"
    yield f"answer = {sdk.create}(**body{', extra_body=extra_body' if other else ''})"


def _literal(value: object) -> str:
    return pformat(value, width=100, sort_dicts=False)


def _printed(streamed: bool) -> Iterator[str]:
    shown = "model_dump_json(exclude_unset=True, warnings=False)"
    yield f"for event in answer:\n    print(event.{shown})" if streamed else f"print(answer.{shown})"

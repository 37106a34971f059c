"""Turns with any JSON in any place: as a stream of any protocol brings them, and put together by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
from hypothesis import strategies as st

from interactions.conversations.request import Access
from interactions.providers.anthropic import blocks as blocks_read
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.generate_content.provider import GenerateContent
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Provider
from interactions.providers.responses import items as openai_items
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream.journal import Frame
from interactions.stream.masks import MASK
from interactions.stream.notes import fields_of
from interactions.stream.sse import read_frame
from interactions.turns import events
from interactions.turns.events import Body
from interactions.turns.fold import fold
from interactions.turns.steps import CALLS, RESULTS
from interactions.turns.turn import Turn
from interactions.turns.values import encoded
from interactions.turns.wire import load_json, read_error, read_interaction
from tests import folding, vendors
from tests.folding import after

CLIENT, NOWHERE = httpx.Client(), Access("http://x.test")
PROTOCOLS: Mapping[str, Provider] = {
    "gemini": Gemini(CLIENT, NOWHERE, "v1beta"),
    "generate": GenerateContent(CLIENT, NOWHERE),
    "anthropic": Anthropic(CLIENT, NOWHERE),
    "openai": OpenAIResponses(CLIENT, NOWHERE),
    "chat": OpenAIChat(CLIENT, NOWHERE),
    "lmstudio": LMStudio(CLIENT, NOWHERE),
}

# What is odd wherever it stands: numbers that nobody means, text that no page shows, and what is nested.
NUMBERS = (
    10**400,
    -(10**400),
    2**63,
    999_999,
    70_000,
    10**25,
    -1,
    0,
    1e308,
    -0.0,
    *map(float, ("nan", "inf", "-inf")),
)
TEXTS = (
    *("\ud800", "\udc00a", "\0", "\u202e", "a\u2028b", "é", "```", "", "'\"\\", "]]>", "</details>"),
    *("<![zz[", "<a href='//[' >", f"<a href='&#{'9' * 5000};'>", "http://[", "https://a\u0660.test/\ud83d"),
    *("[" * 120, "> " * 60 + "a", "* " * 60, "**a " * 60, "~~" * 60, '{"', "[1]", '{"a":' * 90),
)
VALUES: tuple[Any, ...] = (
    *([[]], {"": {}}, [None], [{}], {"type": []}, {"type": {}}, {"text": {"text": []}}),
    *([[{"type": "text"}]], [{"type": "text", "text": None}], {"\ud800": 1}),
)
OTHERS = ("fallback", "compaction", "mcp_list_tools", "program", "program_output", "container_upload")
STEPS = sorted(CALLS | RESULTS | {"model_output", "thought", "user_input", "hologram", "", *OTHERS})
VENDORS = ("anthropic", "openai", "chat", "generate_content")
BLOCKS = (
    *("text", "thinking", "redacted_thinking", "tool_use", "tool_result", "server_tool_use", "mcp_tool_use"),
    *("compaction", "fallback", "message", "reasoning", "function_call", "custom_tool_call"),
)
ANNOTATIONS = ("url_citation", "file_citation", "place_citation", "word_info")
MEDIA = ("image", "audio", "video", "document")
TYPES = [*STEPS, *BLOCKS, *ANNOTATIONS, *MEDIA, "error", "url"]
FIELDS = (
    *("type", "text", "content", "summary", "signature", "annotations", "id", "call_id", "name", "result"),
    *("server_name", "arguments", "is_error", "status", "data", "mime_type", "uri", "native", "error", "url"),
    *("title", "document_uri", "source", "file_name", "page_number", "start_index", "end_index", "queries"),
    *("urls", "code", "language", "search_suggestions", "places", "to", "model", "message", "input"),
    *("caller", "commands", "command", "operation", "path", "diff", "actions", "pending_safety_checks"),
    *("tools", "output", "stdout", "stderr", "exit_code", "outcome", "approve", "reason", "transcript"),
)
# What the calls and results of some tools have in them.
GIVEN = ("commands", "command", "operation", "action", "actions", "pending_safety_checks", "input")
BROUGHT = ("stdout", "stderr", "exit_code", "outcome", "approve", "reason", "content", "output")
USAGE = events.Usage.__struct_fields__


def anything() -> st.SearchStrategy[Any]:
    """Any JSON value, drawn towards what has an odd size, type, depth or character."""
    scalars = (
        st.sampled_from([*NUMBERS, *TEXTS, *TYPES, *VALUES])
        | st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(), max_size=6)
    )
    keys = st.sampled_from(FIELDS) | st.text(st.characters(), max_size=3)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4) | _nested(inner),
        max_leaves=8,
    )


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(_wrapped, inner, st.integers(1, 70), st.none() | st.sampled_from(FIELDS))


def _wrapped(value: Any, depth: int, key: str | None) -> Any:
    for _ in range(depth):
        value = [value] if key is None else {key: value}
    return value


def _fields(*names: str) -> dict[str, st.SearchStrategy[Any]]:
    return dict.fromkeys(names, anything())


def any_object() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(FIELDS), anything(), max_size=4)


def annotated() -> st.SearchStrategy[Any]:
    more = _fields("url", "title", "document_uri", "source", "file_name", "name", "page_number")
    addresses = st.just("https://a.test/--~<") | anything()
    fields = {**more, "url": addresses, "end_index": st.integers(0, 20) | anything()}
    return st.fixed_dictionaries({"type": st.sampled_from(ANNOTATIONS) | anything()}, optional=fields)


def parts() -> st.SearchStrategy[Any]:
    """Content, from well made to anything."""
    texts = st.fixed_dictionaries(
        {"type": st.just("text"), "text": st.text(max_size=20) | anything()},
        optional={"annotations": st.lists(annotated() | anything(), max_size=3) | anything()},
    )
    types = st.sampled_from(
        ["image/png", "audio/wav", "audio/l16", "text/plain", "application/json", "video/mp4"]
    )
    media = st.fixed_dictionaries(
        {"type": st.sampled_from(MEDIA) | anything()},
        optional={
            "data": st.sampled_from(["", "AAAA", "é", "iVBORw0KGgo="]) | anything(),
            "mime_type": types | anything(),
            **_fields("uri", "name", "sample_rate", "channels"),
        },
    )
    return texts | media | anything()


def steps() -> st.SearchStrategy[dict[str, Any]]:
    """Steps of every kind, with anything in their fields."""
    contents = st.lists(parts(), max_size=3) | anything()
    arguments = st.dictionaries(
        st.sampled_from(["queries", "urls", "code", "language", "function_names", *GIVEN]),
        st.lists(anything(), max_size=2) | any_object() | anything(),
    )
    found = st.sampled_from(["search_suggestions", "url", "status", "places", "name", *BROUGHT])
    results = st.lists(st.dictionaries(found, anything()), max_size=3) | st.dictionaries(found, anything())
    ids = st.sampled_from(["1", "2"]) | anything()
    fields = {
        **_fields("name", "server_name", "signature", "is_error", "status", "error", "to"),
        **dict.fromkeys(("content", "summary"), contents),
        **dict.fromkeys(("id", "call_id"), ids),
        "arguments": arguments | anything(),
        "waits": st.booleans() | anything(),
        **dict.fromkeys(("caller", "operation"), any_object() | anything()),
        "tools": st.lists(any_object(), max_size=2) | anything(),
        **_fields("output", "code", "file_id"),
        "result": results | contents,
        "native": st.dictionaries(
            st.sampled_from(["anthropic", "openai", "chat", "generate_content", "other"]),
            blocks() | anything(),
        ),
    }
    return st.fixed_dictionaries({"type": st.sampled_from(STEPS)}, optional=fields)


def blocks() -> st.SearchStrategy[dict[str, Any]]:
    """What a step was before it was translated."""
    more = (
        *("id", "call_id", "tool_use_id", "text", "signature", "content", "input", "encrypted_content"),
        *("extra_content", "reasoning_details"),
    )
    kinds = st.sampled_from(["text", "thought", "call", "media", "part"])
    spans = st.lists(st.dictionaries(st.sampled_from(["start", "end", "part"]), anything()), max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(BLOCKS) | anything(),
            **_fields(*more),
            "kind": kinds,
            "spans": spans | anything(),
            "part": anything(),
        },
    )


def bodies() -> st.SearchStrategy[Body]:
    texts = st.text(max_size=8) | st.sampled_from(TEXTS)
    objects = any_object()
    several = st.lists(annotated() | objects, max_size=2).map(tuple)
    deltas = st.one_of(
        st.builds(events.CorrectedDelta, texts),
        st.builds(events.UnreadDelta, objects),
        st.builds(events.TextDelta, texts, st.none() | several),
        st.builds(events.SummaryDelta, parts().filter(lambda part: isinstance(part, Mapping))),
        st.builds(events.SignatureDelta, texts),
        st.builds(events.ArgumentsDelta, texts),
        st.builds(events.AnnotationsDelta, several),
        st.builds(events.NativeDelta, st.sampled_from(VENDORS), blocks()),
        st.builds(events.ThoughtDelta),
        st.builds(events.OtherDelta, st.sampled_from(TYPES), objects),
    )
    places = st.integers(0, 2)
    return st.one_of(
        st.builds(events.StepStart, places, steps()),
        st.builds(events.StepDelta, places, deltas),
        st.builds(events.StepStop, places),
        st.builds(lambda error: events.Error(read_error(error)), anything()),
        st.builds(events.Told, objects),
        st.builds(events.Remark, texts),
        st.builds(events.Progress, texts, st.none() | st.floats()),
    )


def turns() -> st.SearchStrategy[Turn]:
    """What any events make of a turn; some of them still run."""
    inputs = st.lists(steps(), max_size=2).map(tuple)
    asked = st.builds(events.Requested, inputs, st.text(max_size=5), st.none(), st.booleans())
    statuses = st.sampled_from(["completed", "requires_action", "failed", "incomplete", "cancelled"])
    usages = st.dictionaries(st.sampled_from(USAGE), st.integers(0, 10**6) | anything())
    interactions = st.fixed_dictionaries(
        {"status": statuses | anything(), "usage": usages | anything()},
        optional={**_fields("id", "errors", "model"), "steps": st.lists(steps(), max_size=2) | anything()},
    )
    ends = st.builds(lambda raw: events.InteractionCompleted(read_interaction(raw)), interactions)
    return st.builds(
        lambda first, said, end: after(Turn(), first, *said, *end),
        asked,
        st.lists(bodies(), max_size=6),
        st.lists(ends, max_size=1),
    )


def _recorded() -> dict[str, tuple[str, list[Any]]]:
    """The events of every recording, and the protocol that they are in."""
    found = {}
    for name, body in {**folding.RECORDINGS, **vendors.RECORDINGS}.items():
        values = [load_json(read_frame(raw).data) for raw in folding.cut(body)]
        objects = [value for value in values if isinstance(value, Mapping)]
        found[name] = name.partition("_")[0] if name in vendors.RECORDINGS else "gemini", objects
    return {name: stream for name, stream in found.items() if stream[1]}


def _openai_items() -> list[Any]:
    """Every kind of item that becomes a step, with all the fields that any of them has."""
    item = {
        "call_id": "c",
        "name": "n",
        "server_label": "s",
        "status": "completed",
        "code": "1",
        "arguments": "{}",
        "input": "x",
        "output": "x",
        "result": "AAAA",
        "output_format": "svg",
        "action": {"query": "a", "sources": [{"url": "u"}]},
        "queries": ["a"],
        "results": [{}],
        "tools": [{}],
        "outputs": [{"type": "logs", "logs": "x"}, {"type": "image", "url": "data:image/png;base64,AAAA"}],
        "content": [
            {"type": "output_text", "text": "x", "annotations": [{"type": "file_citation", "index": 1}]}
        ],
        "summary": [{"type": "summary_text", "text": "x"}],
        "encrypted_content": "x",
    }
    printed = {"type": "input_text", "text": "x", "stdout": "x", "outcome": {"type": "exit", "exit_code": 1}}
    done = [
        {
            "type": "response.output_item.done",
            "output_index": at,
            "item": {
                **item,
                "id": kind,
                "type": kind,
                **({"output": [printed]} if "_output" in kind else {}),
            },
        }
        for at, kind in enumerate(openai_items.STEPS)
    ]
    return [*done, {"type": "response.completed", "response": {"id": "r", "status": "completed"}}]


def _anthropic_blocks() -> list[Any]:
    """Every kind of block that becomes a step, and every tool that the server runs."""
    block = {
        "tool_use_id": "b",
        "text": "x",
        "thinking": "x",
        "signature": "x",
        "data": "x",
        "server_name": "s",
        "input": {"query": "a", "code": "1"},
        "to": {"model": "m"},
        "content": {"url": "u", "stdout": "x", "tool_references": [{}]},
    }
    kinds = sorted(blocks_read.BLOCKS)
    named = [("server_tool_use", name) for name in blocks_read._TOOLS]
    made = [
        {**block, "type": kind, "name": name} for kind, name in [*((kind, "n") for kind in kinds), *named]
    ]
    began = [
        {"type": f"content_block_{what}", "index": at, "content_block": each}
        for at, each in enumerate(made)
        for what in ("start", "stop")
    ]
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    return [{"type": "message_start", "message": {"id": "m"}}, *began, end, {"type": "message_stop"}]


RECORDED: Mapping[str, tuple[str, list[Any]]] = {
    **_recorded(),
    "items": ("openai", _openai_items()),
    "blocks": ("anthropic", _anthropic_blocks()),
}


@st.composite
def streams(draw: st.DrawFn) -> tuple[str, list[Frame]]:
    """The name of a protocol, and the frames of a recording in which some values are anything."""
    protocol, recorded = RECORDED[draw(st.sampled_from(sorted(RECORDED)))]
    said = [*recorded[:60], *recorded[60:][-3:]]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(said) - 1))
        said[at] = _put(said[at], draw(st.sampled_from(_paths(said[at])[1:] or [()])), draw(anything()))
    return protocol, frames_of(protocol, said)


def frames_of(protocol: str, said: list[Any]) -> list[Frame]:
    """The frames of a turn around events, as they can be kept in a file."""
    body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in said)
    asked, *frames = folding.exchange(body) if protocol == "gemini" else vendors.exchange(body)
    note = encoded({"headers": {"x-goog-api-key": MASK}, **fields_of(asked.raw)})
    return [msgspec.structs.replace(asked, raw=note), *frames]


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in inner for path in _paths(each, (*at, key)))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = _put(value[path[0]], path[1:], new)
    return made


def folded(protocol: str, frames: list[Frame]) -> Turn:
    return fold(vendors.events_of(PROTOCOLS[protocol], frames))

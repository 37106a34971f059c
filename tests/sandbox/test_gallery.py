"""Every kind of content, as a stream brings it and as a GET finds it."""

import json
import re
import struct
from base64 import b64decode
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from interactions.sandbox import TABLE, Scenario
from tests.sandbox.calls import Json, create, events, fetched, output_text, stream, text_of

CONTENT = [one for one in TABLE if one.output]
TOOLS = (
    "function",
    "code_execution",
    "google_search",
    "google_maps",
    "url_context",
    "file_search",
    "mcp_server_tool",
    "retrieval",
    "tool_search",
    "processing",
)
# By a stream; `user_input` is the one kind that is only in requests.
CARRIED = {"thought", "model_output", *(f"{tool}_{end}" for tool in TOOLS for end in ("call", "result"))}
KINDS = (
    ("search", ["model_output", "google_search_call", "google_search_result"]),
    ("URL context", ["url_context_call", "url_context_result", "model_output"]),
    ("code execution", ["code_execution_call", "code_execution_result", "model_output"]),
    ("maps", ["google_maps_call", "google_maps_result", "model_output"]),
    ("file search", ["file_search_call", "file_search_result", "model_output"]),
    ("MCP", ["mcp_server_tool_call", "mcp_server_tool_result", "model_output"]),
    ("image", ["model_output"]),
)


def played(http: httpx.Client, name: str, **fields: Any) -> list[Json]:
    return events(stream(http, f"scenario: {name}", **fields).content)


def folded(heard: Iterable[Json]) -> list[Json]:
    """Steps put together in the simplest way that can be right."""
    steps: dict[int, Json] = {}
    for event in heard:
        if event["event_type"] == "step.start":
            steps[event["index"]] = {**event["step"], "json": ""}
        elif event["event_type"] == "step.delta":
            _add(steps[event["index"]], dict(event["delta"]))
    for step in steps.values():
        arguments = step.pop("json")
        step.update({"arguments": json.loads(arguments)} if arguments else {})
    return list(steps.values())


def _add(step: Json, delta: Json) -> None:
    kind = delta.pop("type")
    if kind == "thought_signature":
        step.update(delta)
    elif kind == "arguments_delta":
        step["json"] += delta["arguments"]
    elif step["type"] == "model_output":
        _add_content(step.setdefault("content", []), kind, delta)
    else:
        step.update({key: value for key, value in delta.items() if value != []})


def _add_content(content: list[Json], kind: str, delta: Json) -> None:
    last = content[-1] if content else {}
    if kind == "text" and last.get("type") == "text":
        last["text"] += delta.pop("text")
    elif kind == "audio" and last.get("mime_type") == delta["mime_type"]:
        last["data"] = _encoded(last["data"], delta["data"])
    elif not kind.startswith("text_"):
        content.append({**delta, "type": kind})
        return
    content[-1].setdefault("annotations", []).extend(delta.get("annotations", []))
    if not content[-1]["annotations"]:
        del content[-1]["annotations"]


def _encoded(one: str, other: str) -> str:
    assert not one.endswith("=")
    return one + other


def only(heard: list[Json], kind: str) -> Json:
    step: Json = next(step for step in folded(heard) if step["type"] == kind)
    return step


def cited(part: Json) -> list[str]:
    text: bytes = part["text"].encode()
    return [text[note["start_index"] : note["end_index"]].decode() for note in part["annotations"]]


@pytest.mark.parametrize("scenario", CONTENT, ids=lambda one: one.name)
def test_what_was_streamed_is_what_is_stored(http: httpx.Client, scenario: Scenario) -> None:
    """Step by step, to the last key; and it ends completed."""
    body = stream(http, scenario.example).content
    stored = fetched(http, body)
    assert folded(events(body)) == stored["steps"]
    assert stored["status"] == events(body)[-1]["interaction"]["status"] == "completed"


@pytest.mark.parametrize("scenario", CONTENT, ids=lambda one: one.name)
def test_each_call_has_its_result(http: httpx.Client, scenario: Scenario) -> None:
    """By id, and no two calls share one."""
    steps = create(http, scenario.example).json()["steps"]
    called = [step["id"] for step in steps if "id" in step]
    assert called == [step["call_id"] for step in steps if "call_id" in step]
    assert len(set(called)) == len(called)


@pytest.mark.parametrize("scenario", CONTENT, ids=lambda one: one.name)
def test_steps_can_be_sent_back(http: httpx.Client, scenario: Scenario) -> None:
    """In the stateless form; only a kind unheard of is refused."""
    steps = create(http, scenario.example, store=False).json()["steps"]
    known = [step for step in steps if step["type"] != "hologram"]
    asks = {"type": "user_input", "content": [{"type": "text", "text": "Hello there"}]}
    assert create(http, [*known, asks], store=False).json()["status"] == "completed"


@pytest.mark.parametrize(("name", "kinds"), KINDS, ids=[row[0] for row in KINDS])
def test_the_steps_come_in_the_recorded_order(http: httpx.Client, name: str, kinds: list[str]) -> None:
    """A search follows the answer that rests on it; other tools go before."""
    assert [step["type"] for step in folded(played(http, name))] == ["thought", *kinds]


def test_a_server_tool_starts_bare(http: httpx.Client) -> None:
    """An id and an empty signature; all else is in the one delta."""
    heard = played(http, "search")
    start = next(
        event["step"] for event in heard if event.get("step", {}).get("type") == "google_search_call"
    )
    assert list(start) == ["id", "signature", "type"]
    assert start["signature"] == ""
    delta = next(
        event["delta"] for event in heard if event.get("delta", {}).get("type") == "google_search_call"
    )
    assert list(delta) == ["arguments", "signature", "type"]


def test_citations_are_counted_in_bytes(http: httpx.Client) -> None:
    """They begin and end at words although letters of two and four bytes stand before them; two overlap."""
    part = only(played(http, "search"), "model_output")["content"][0]
    passages = cited(part)
    assert passages[0] == "The **Øresund Bridge** joins København and Malmö."
    assert passages[-1] == "At the island of Peberholm"
    assert passages[3] in passages[2]
    assert passages != [part["text"][note["start_index"] : note["end_index"]] for note in part["annotations"]]


def test_search_suggestions_are_harmless_html(http: httpx.Client) -> None:
    """A style and links; nothing that runs."""
    html = only(played(http, "search"), "google_search_result")["result"][0]["search_suggestions"]
    assert 800 < len(html) < 1500
    assert html.count('<a class="chip" href="https://www.google.com/search?q=') == 3
    assert not re.search(r"<script|\bon\w+=|javascript:|<img|url\(|@import", html)


def test_pages_are_read_with_four_outcomes(http: httpx.Client) -> None:
    """Each in the order asked."""
    heard = played(http, "URL context")
    result = only(heard, "url_context_result")["result"]
    assert [page["status"] for page in result] == ["success", "error", "paywall", "unsafe"]
    assert [page["url"] for page in result] == only(heard, "url_context_call")["arguments"]["urls"]


def test_code_is_run_and_plotted(http: httpx.Client) -> None:
    """Its output is a string, its plot an image of the answer."""
    heard = played(http, "code execution")
    assert only(heard, "code_execution_call")["arguments"]["language"] == "python"
    assert only(heard, "code_execution_result")["result"].endswith("100] 385\n")
    plot = b64decode(only(heard, "model_output")["content"][1]["data"])
    assert plot.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", plot[16:24]) == (240, 102)


def test_places_are_found_and_cited(http: httpx.Client) -> None:
    """By name, with the token of the widget."""
    heard = played(http, "maps")
    result = only(heard, "google_maps_result")["result"][0]
    assert result["widget_context_token"]
    names = [place["name"] for place in result["places"]]
    assert cited(only(heard, "model_output")["content"][0]) == names


def test_files_are_cited_by_page(http: httpx.Client) -> None:
    """The steps themselves say neither what was asked nor what was found."""
    heard = played(http, "file search")
    assert set(only(heard, "file_search_call")) == {"id", "signature", "type"}
    assert set(only(heard, "file_search_result")) == {"call_id", "signature", "type"}
    notes = only(heard, "model_output")["content"][0]["annotations"]
    assert [(note["file_name"], note["page_number"]) for note in notes] == [
        ("håndbog.pdf", 12),
        ("håndbog.pdf", 31),
    ]


def test_an_mcp_server_is_named_with_its_tool(http: httpx.Client) -> None:
    """Arguments and result are objects."""
    heard = played(http, "MCP")
    call, result = only(heard, "mcp_server_tool_call"), only(heard, "mcp_server_tool_result")
    assert (call["name"], call["server_name"]) == (result["name"], result["server_name"])
    assert call["arguments"]["to"] == "Malmö C"
    assert len(result["result"]["departures"]) == 2


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("image", ["data", "uri"]),
        ("audio", ["data", "data", "data"]),
        ("video", ["uri"]),
        ("document", ["uri"]),
    ],
)
def test_media_come_as_data_or_by_address(http: httpx.Client, name: str, sources: list[str]) -> None:
    """One delta each, with a MIME type of its kind."""
    deltas = [event["delta"] for event in played(http, name) if event.get("delta", {}).get("type") == name]
    assert [key for delta in deltas for key in ("data", "uri") if key in delta] == sources
    assert all(delta["mime_type"].split("/")[0] in (name, "application") for delta in deltas)
    assert all(delta["uri"].startswith("https://") for delta in deltas if "uri" in delta)


def test_sound_comes_in_chunks_of_whole_samples(http: httpx.Client) -> None:
    """Half a second at 24 kHz without a header, then a WAV file that says so itself."""
    heard = played(http, "audio")
    first, second, whole = (
        event["delta"] for event in heard if event.get("delta", {}).get("type") == "audio"
    )
    assert first["mime_type"] == second["mime_type"] == "audio/l16"
    assert [len(b64decode(chunk["data"])) for chunk in (first, second)] == [12000, 12000]
    assert (first["sample_rate"], first["channels"]) == (24000, 1)
    file = b64decode(whole["data"])
    assert (file[:4], file[8:16], len(file)) == (b"RIFF", b"WAVEfmt ", 44 + 12000)
    assert struct.unpack("<I", file[24:28]) == (24000,)


@pytest.mark.parametrize(
    "fields", [{}, {"response_format": {"type": "text", "mime_type": "application/json"}}]
)
def test_structured_output_comes_in_fragments(http: httpx.Client, fields: Json) -> None:
    """None of which is JSON by itself."""
    body = stream(http, "Answer with structured output.", **fields).content
    pieces = [
        event["delta"]["text"] for event in events(body) if event.get("delta", {}).get("type") == "text"
    ]
    assert len(pieces) > 1
    assert isinstance(json.loads("".join(pieces)), dict)
    assert "".join(pieces) == text_of(body) == output_text(fetched(http, body))


def test_every_kind_of_step_is_in_the_gallery(http: httpx.Client) -> None:
    """And one that is in no reference."""
    assert {step["type"] for step in folded(played(http, "every step"))} == {*CARRIED, "hologram"}


def test_annotations_come_in_three_shapes(http: httpx.Client) -> None:
    """One lacks its start, one its end."""
    heard = played(http, "citations late")
    deltas = [event["delta"] for event in heard if "annotations" in event.get("delta", {})]
    assert [delta["type"] for delta in deltas] == ["text", "text_annotation", "text_annotation_delta"]
    kept = [{"start_index", "end_index"} & set(delta["annotations"][0]) for delta in deltas]
    assert kept == [{"end_index"}, {"start_index", "end_index"}, {"start_index"}]
    assert deltas[0]["text"]


def test_tools_are_counted_apart(http: httpx.Client) -> None:
    """What they returned is neither input nor output, and the parts still make the sum."""
    usage = create(http, "Play every step.").json()["usage"]
    parts = [usage[f"total_{part}_tokens"] for part in ("input", "output", "tool_use", "thought")]
    assert usage["total_tokens"] == sum(parts)
    assert all(parts)
    assert {one["type"] for one in usage["grounding_tool_count"]} == {
        "google_search",
        "google_maps",
        "retrieval",
    }

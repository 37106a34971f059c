"""Bodies as servers have really sent them, and the turn that each amounts to, as the command line tells it.

The name of a file begins with its protocol. All else about it stands in `CASES`, with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest

from interactions.command.told import Teller
from interactions.providers.protocol import Provider
from tests.folding import HERE, Pieces
from tests.oddities import PROTOCOLS
from tests.vendors import cut_everywhere

BODIES = {path.name: path.read_bytes() for path in sorted((HERE / "recordings" / "cases").iterdir())}
SUCCESSES = {"completed", "requires_action"}
READERS: Mapping[str, Provider] = {**PROTOCOLS, "responses": PROTOCOLS["openai"]}
NAMES = {"chat": "openai_chat", "responses": "openai_responses"}
# What has to have come before an answer can be a success.
SAID = {
    "anthropic": b'"type": "message_stop"',
    "chat": b'"finish_reason": "',
    "gemini": b'"event_type": "interaction.completed"',
    "responses": b'"type": "response.completed"',
}
PORT = {"port": "Büsum"}
TIDE = "High water is at 14:05."

Told = Mapping[str, Any]


def call(name: str, id: str, arguments: object, *, waits: bool = True) -> dict[str, Any]:
    return {"name": name, "id": id, "arguments": arguments, "waits": waits}


def usage(told: Told, **counts: int) -> bool:
    return {name: told["usage"][name] for name in counts} == counts


def noted(told: Told, word: str) -> bool:
    return any(word in note for note in told["notes"])


def thought(told: Told) -> str:
    return "".join(told["thoughts"]).strip()


# By the name of the file: the status, a sentence, and what has to be true of the report besides.
CASES: Mapping[str, tuple[str, str, Callable[[Told], bool]]] = {
    "anthropic_container_pending.sse": (
        "requires_action",
        "the program in the container waits for one call; the container's own call waits for nobody",
        lambda told: (
            [one for one in told["calls"] if one["waits"]] == [call("tide", "toolu_c", {"port": "Buesum"})]
            and [one["name"] for one in told["calls"]] == ["code_execution", "tide"]
            and usage(told, input=31, output=20, total=51)
        ),
    ),
    "anthropic_delta_without_start.sse": (
        "completed",
        "deltas of a block that was never begun are the answer, with a note",
        lambda told: told["text"] == TIDE and len(told["notes"]) == 1 and usage(told, input=10, output=17),
    ),
    "anthropic_phantom_tool_use.sse": (
        "incomplete",
        "a stop for a call that never came is no success, and says that the call is missing",
        lambda told: (
            told["text"] == "First I look at the tide table." and told["calls"] == [] and noted(told, "call")
        ),
    ),
    "chat_annotations.sse": (
        "completed",
        "both sources stand at the text",
        lambda told: (
            told["text"] == "High water in Büsum 14:05."
            and all(url in json.dumps(told["steps"]) for url in ("tides.example/buesum", "two.example"))
        ),
    ),
    "chat_audio_with_finish.sse": (
        "completed",
        "the answer is a sound, with its transcript",
        lambda told: "High water at two." in json.dumps(told) and "audio" in json.dumps(told["steps"]),
    ),
    "chat_closing_think_only.sse": (
        "completed",
        "what stands in front of a closing tag is a thought, also where no tag has opened it",
        lambda told: (
            told["text"].strip() == "At 14:05." and thought(told) == "The user asks for the tide. Be brief."
        ),
    ),
    "chat_empty_braces_first.sse": (
        "requires_action",
        "empty braces in front of the arguments only keep their place",
        lambda told: told["calls"] == [call("tide", "call_a", PORT)],
    ),
    "chat_gemini_signature.sse": (
        "requires_action",
        "a call waits behind a plain end, and the total counts more than what it sums",
        lambda told: (
            told["calls"] == [call("tide", "function-call-1", PORT)]
            and usage(told, input=60, output=14, total=180)
        ),
    ),
    "chat_html_200.html": (
        "failed",
        "a web page is no answer, and is called by its title",
        lambda told: (
            told["error"]
            == {
                "code": "web_page",
                "message": "The server sent a web page instead of an answer: Request blocked.",
            }
        ),
    ),
    "chat_last_chunk_unterminated.sse": (
        "completed",
        "a last chunk without its blank line counts, with a note",
        lambda told: (
            told["text"] == TIDE and noted(told, "blank line") and usage(told, input=12, output=9, total=21)
        ),
    ),
    "chat_sse_called_json.sse": (
        "completed",
        "an event stream is one, whatever it is called",
        lambda told: told["text"] == "High water 14:05." and usage(told, input=5, output=6, total=11),
    ),
    "chat_xai_usage.sse": (
        "completed",
        "thoughts that are counted beside the output are no part of it",
        lambda told: (
            thought(told) == "Tide table, then the clock."
            and usage(told, input=279, output=6, thought=89, cached=149, total=374)
        ),
    ),
    "gemini_call_whole_in_start.sse": (
        "requires_action",
        "the arguments of a call may all stand where it begins",
        lambda told: told["calls"] == [call("tide", "fa", {"port": "Büsum", "days": 2})],
    ),
    "gemini_interleaved_calls.sse": (
        "requires_action",
        "two calls that form at once get each their own arguments",
        lambda told: told["calls"] == [call("tide", "fa", PORT), call("moon", "fb", {"day": "2026-11-02"})],
    ),
    "gemini_unsigned_thought.sse": (
        "requires_action",
        "a thought without a signature is one, and its tokens are counted once",
        lambda told: (
            thought(told) == "**Looking up the tide**"
            and told["calls"] == [call("tide", "fa", PORT)]
            and usage(told, output=13, thought=7, total=60)
        ),
    ),
    "responses_content_index_counts_up.sse": (
        "completed",
        "places that count up are one and the same part: each text is there once",
        lambda told: (
            told["text"] == "High water: 14:05."
            and thought(told) == "The user asks for the tide. Check Büsum."
        ),
    ),
    "responses_last_event_unterminated.sse": (
        "completed",
        "the last event may lack its blank line",
        lambda told: told["text"] == TIDE and noted(told, "blank line"),
    ),
    "responses_no_lifecycle.sse": (
        "completed",
        "deltas of an item that was never added are the answer",
        lambda told: told["text"] == "pong" and told["id"] == "resp_case" and len(told["steps"]) == 1,
    ),
    "responses_text_corrected_at_end.sse": (
        "completed",
        "a finished text that is another takes the place of the draft, with a note",
        lambda told: (
            told["text"].strip() == TIDE
            and thought(told) == "The user wants the tide. Be brief."
            and bool(told["notes"])
        ),
    ),
    "responses_xai_server_custom_tool.sse": (
        "completed",
        "a call that the server has answered by itself waits for nobody",
        lambda told: (
            told["text"] == "Two posts name 14:05."
            and [(one["name"], one["waits"]) for one in told["calls"]] == [("x_keyword_search", False)]
        ),
    ),
}


def told_of(name: str, size: int | None = None) -> Told:
    """The report of a case, whose bytes come in pieces of that size."""
    body = BODIES[name]
    teller = Teller(think="think" in name)
    return teller.told(BytesIO(body) if size is None else Pieces(body, size), name)


def test_every_body_has_its_sentence() -> None:
    assert CASES.keys() == BODIES.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_body_is_what_its_sentence_says(name: str) -> None:
    status, sentence, holds = CASES[name]
    told = told_of(name)
    protocol = name.partition("_")[0]
    assert told["protocol"] == (None if name.endswith(".html") else NAMES.get(protocol, protocol))
    assert (told["status"], holds(told)) == (status, True), f"{sentence}: {json.dumps(told, indent=1)}"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 7, 37])
def test_it_is_the_same_in_odd_pieces(name: str, size: int) -> None:
    assert told_of(name, size) == told_of(name)


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith(".sse")])
def test_cut_at_any_byte_it_is_no_success_that_was_not_said(name: str) -> None:
    """And every step is closed."""
    body, protocol = BODIES[name], name.partition("_")[0]
    said = body.index(SAID[protocol]) + len(SAID[protocol])
    for size, turn in cut_everywhere(READERS[protocol], body):
        assert turn.ended, size
        assert size >= said or turn.status not in SUCCESSES, size
        assert not any(step.open for step in turn.steps)


@pytest.mark.parametrize("size", range(1, len(BODIES["chat_html_200.html"])))
def test_a_web_page_is_one_from_its_first_tag_on(size: int) -> None:
    """Before that it is nothing that anybody knows."""
    frames = Teller("openai_chat").told(BytesIO(BODIES["chat_html_200.html"][:size]), "page")
    assert frames["status"] == ("failed" if size > 1 else "interrupted")

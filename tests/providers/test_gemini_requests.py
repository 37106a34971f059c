"""Requests to Google, with Google's own client as the judge; and files on their way there."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from interactions.conversations.request import Access, Request
from interactions.providers.gemini.body import body
from interactions.providers.gemini.provider import CAPABILITIES, Gemini
from interactions.turns.fold import fold
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from tests.folding import RECORDINGS, events_of
from tests.peers import STREAM_HEAD, peer, says
from tests.vendors import CITY, NOTES, PDF, PICTURE, SOUND, TABLE, VALUE, WEATHER, asking, strangers

TEXTS = (
    {"type": "text", "text": "notes.txt:\n\nüber"},
    {"type": "text", "text": 'a .json:\n\n{"a":1}'},
)


def saying(*content: Wire) -> Request:
    return asking(input=({"type": "user_input", "content": list(content)},))


def unnamed(part: Wire) -> Wire:
    return {key: value for key, value in part.items() if key != "name"}


FILES = saying({"type": "text", "text": "Look."}, PICTURE, PDF, NOTES, TABLE, VALUE, SOUND)


UNTOUCHED = [{"type": "user_input", "content": [NOTES]}]


def streamed(asked: Request) -> tuple[Turn, Any]:
    """The turn of a request, and its body as it was sent."""
    sent: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=RECORDINGS["function_result"])

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        frames = list(Gemini(client, Access("https://x.test"), "v1beta").frames(asked))
    return fold(events_of(frames)), json.loads(sent[0].content)


def test_a_text_file_goes_as_a_text_under_its_name() -> None:
    """Google has documents of tables and of pages, and no key for a name; what is no text stays a file."""
    (step,) = body(FILES)["input"]
    kept = [unnamed(each) for each in (PDF, TABLE, SOUND)]
    assert step["content"] == [
        {"type": "text", "text": "Look."},
        PICTURE,
        kept[0],
        TEXTS[0],
        kept[1],
        TEXTS[1],
        kept[2],
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "document", "uri": "https://x.test/a.txt", "mime_type": "text/plain"},
        {"type": "document", "data": "?", "mime_type": "text/plain"},
        {"type": "hologram", "name": "h", "data": "AA=="},
    ],
)
def test_what_cannot_be_read_here_is_the_server_s_to_read(part: Wire) -> None:
    assert body(saying(part))["input"][0]["content"] == [part]


def test_the_turn_has_the_files_that_were_given() -> None:
    """With their names, whatever they were sent as; the next turn sends them the same way."""
    earlier, sent = streamed(FILES)
    assert sent["input"] == list(body(FILES)["input"])
    (step,) = (step for step in earlier.steps if step.sent)
    raws = [getattr(part, "raw", None) for part in getattr(step, "content", ())]
    assert raws[1:] == [PICTURE, PDF, NOTES, TABLE, VALUE, SOUND]
    turn, sent = streamed(asking(history=(earlier,), input=FILES.input))
    assert sent["input"][0] == sent["input"][-1] == body(FILES)["input"][0]
    assert [step.sent for step in turn.steps].count(True) == 1


def test_no_other_note_says_its_input_twice() -> None:
    """A journal holds a picture once."""
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        gemini = Gemini(client, Access("https://x.test"), "v1beta")
        for asked, twice in ((asking(), False), (saying(PICTURE), False), (FILES, True)):
            assert ("input" in json.loads(next(iter(gemini.frames(asked))).raw)) == twice


def test_it_takes_what_google_s_client_names() -> None:
    for kind in ("image/heic", "audio/x-wav", "video/mp4", "application/pdf", "text/markdown"):
        assert kind.startswith(CAPABILITIES.media)
    for kind in ("image/svg+xml", "application/zip"):
        assert not kind.startswith(CAPABILITIES.media)


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        asking(),
        FILES,
        asking(
            response_schema=CITY,
            tools=(WEATHER,),
            thinking_level="low",
            thinking_summaries="auto",
            stop_sequences=("END",),
            max_output_tokens=10,
            temperature=0.5,
            system_instruction="Brief.",
        ),
    ],
)
def test_google_s_client_sends_what_we_send(asked: Request) -> None:
    """And its types have a field for each key: they let unknown ones pass, which Google does not."""
    from google import genai  # costs seconds
    from google.genai._gaos.types.interactions.createmodelinteraction import CreateModelInteraction

    ours = json.loads(json.dumps(body(asked)))
    with peer(says(STREAM_HEAD, RECORDINGS["function_result"])) as server:
        options: Any = {"base_url": server.url, "api_version": "v1beta", "retry_options": {"attempts": 1}}
        client = genai.Client(api_key="k", http_options=options)
        with client.interactions.create(**ours) as stream:
            list(stream)
        head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1beta/interactions ")
    assert json.loads(sent) == ours
    assert not strangers(CreateModelInteraction.model_validate(ours))
    wrong = {**ours, "generation_config": {"thinking_budget": 1}, "input": json.loads(json.dumps(UNTOUCHED))}
    assert strangers(CreateModelInteraction.model_validate(wrong)) == {"thinking_budget", "name"}

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


def test_a_schema_is_one_of_the_formats_of_an_answer() -> None:
    """Alone it is the only one; beside others it is that of the text."""
    text = {"type": "text", "mime_type": "application/json", "schema": CITY}
    picture, speech = {"type": "image"}, {"type": "audio"}
    for schema, formats, sent in (
        (CITY, None, text),
        (None, picture, picture),
        (None, (picture, speech), (picture, speech)),
        (CITY, picture, [text, picture]),
        (CITY, (picture, speech), [text, picture, speech]),
    ):
        asked = asking(response_schema=schema, response_format=formats)
        assert body(asked)["response_format"] == sent


def test_an_agent_s_configuration_goes_out_with_an_agent_alone() -> None:
    config, choice = {"type": "dynamic"}, {"tool_choice": "any"}
    assert "agent_config" not in body(asking(agent_config=config, **choice))
    sent = body(asking(agent="some", agent_config=config, environment="remote", **choice))
    assert (sent["agent_config"], sent["environment"]) == (config, "remote")
    assert not {"model", "generation_config"} & set(sent)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:warning. .. DEPRECATED")  # pictures are configured so by older models
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
        asking(
            tools=(WEATHER,),
            tool_choice="validated",
            service_tier="flex",
            safety_settings=({"type": "harassment", "threshold": "block_only_high"},),
            labels={"team": "search"},
            response_schema=CITY,
            response_format={"type": "image", "aspect_ratio": "16:9", "image_size": "2K"},
            speech_config=({"voice": "Kore", "language": "en-US"},),
            image_config={"image_size": "2K"},
            agent_config={"type": "dynamic"},
        ),
        asking(
            agent="deep-research-preview-04-2026",
            agent_config={"type": "deep-research", "visualization": "off"},
            environment={"type": "remote", "network": {"allowlist": [{"domain": "*.example.org"}]}},
            tool_choice="auto",
            background=True,
        ),
        asking(agent="antigravity-preview-09-2026", environment="remote"),
    ],
)
def test_google_s_client_sends_what_we_send(asked: Request) -> None:
    """And its types have a field for each key: they let unknown ones pass, which Google does not."""
    from google import genai  # costs seconds
    from google.genai._gaos.types.interactions.createagentinteraction import CreateAgentInteraction
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
    kind = CreateAgentInteraction if asked.options.agent else CreateModelInteraction
    assert not strangers(kind.model_validate(ours))
    usual, steps = json.loads(json.dumps([body(asking()), UNTOUCHED]))
    wrong = {**usual, "generation_config": {"thinking_budget": 1}, "input": steps}
    assert strangers(CreateModelInteraction.model_validate(wrong)) == {"thinking_budget", "name"}

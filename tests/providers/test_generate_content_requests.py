"""Gemini's generateContent: what is sent, and what of the history goes back."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types

from interactions.conversations.request import Access
from interactions.errors import UpstreamError
from interactions.providers.generate_content.body import CHOICES, LEVELS, TIERS, body
from interactions.providers.generate_content.history import UNSIGNED
from interactions.providers.generate_content.names import camel
from interactions.providers.generate_content.provider import GenerateContent, address, model_path
from interactions.running.runner import stream
from interactions.stream.journal import Journal
from interactions.stream.masks import MASK
from interactions.stream.notes import Request, read_note
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn, text_of
from tests import folding
from tests.generated import GENERATE, STREAMS, alike, call, checked_by_sdk, chunk, chunks_of, text, turn
from tests.peers import STREAM_HEAD, peer, says
from tests.vendors import CITY, NOTES, PDF, PICTURE, SOUND, WEATHER, asking, calls_of, turn_of

HELLO = {"role": "user", "parts": [{"text": "Hi"}]}
EVERYTHING: dict[str, Any] = {
    "system_instruction": "Be brief.",
    "temperature": 0.5,
    "top_p": 0.9,
    "max_output_tokens": 100,
    "stop_sequences": ("END",),
    "seed": 7,
    "thinking_level": "low",
    "thinking_budget": 1024,
    "thinking_summaries": "auto",
    "response_schema": CITY,
    "response_format": ({"type": "text"}, {"type": "image", "aspect_ratio": "16:9"}),
    "image_config": {"image_size": "2K"},
    "speech_config": ({"voice": "Kore", "language": "en-US"},),
    "tools": (WEATHER, {"type": "google_search"}, {"type": "url_context"}, {"type": "code_execution"}),
    "tool_choice": "validated",
    "safety_settings": ({"type": "harassment", "threshold": "block_only_high"},),
    "labels": {"team": "blue"},
    "service_tier": "flex",
}


def sent(**options: Any) -> dict[str, Any]:
    return body(asking(**options))


def test_every_setting_is_sent_as_the_client_knows_it() -> None:
    made = sent(**EVERYTHING)
    config = checked_by_sdk(made)
    assert made == {
        "contents": [HELLO],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "temperature": 0.5,
            "topP": 0.9,
            "maxOutputTokens": 100,
            "stopSequences": ["END"],
            "seed": 7,
            "thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 1024, "includeThoughts": True},
            "responseJsonSchema": CITY,
            "responseMimeType": "application/json",
            "responseModalities": ["TEXT", "IMAGE"],
            "speechConfig": {
                "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}},
                "languageCode": "en-US",
            },
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        },
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "get_weather",
                        "description": "The weather of a city.",
                        "parametersJsonSchema": WEATHER["parameters"],
                    }
                ]
            },
            {"googleSearch": {}},
            {"urlContext": {}},
            {"codeExecution": {}},
        ],
        "toolConfig": {
            "functionCallingConfig": {"mode": "VALIDATED"},
            "includeServerSideToolInvocations": True,
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}],
        "labels": {"team": "blue"},
        "serviceTier": "flex",
    }
    assert config.tool_config is not None


def test_what_the_client_sends_for_the_same_settings_is_the_same_body() -> None:
    """Its own check of what this API takes is passed on the way."""
    ours = sent(**EVERYTHING)
    with peer(says(STREAM_HEAD, STREAMS["thoughts"])) as server:
        client = genai.Client(api_key="k", http_options={"base_url": server.url, "api_version": "v1beta"})
        config = checked_by_sdk(ours)
        list(client.models.generate_content_stream(model="m", contents=ours["contents"], config=config))
        request, _, theirs = server.requests[0].partition(b"\r\n\r\n")
    assert request.startswith(b"POST /v1beta/models/m:streamGenerateContent?alt=sse ")
    assert alike(json.loads(theirs)) == alike(ours)


def test_what_is_unset_is_not_sent() -> None:
    assert sent() == {"contents": [HELLO]}


@pytest.mark.parametrize(
    ("setting", "values", "kind"),
    [
        ("thinking_level", LEVELS, types.ThinkingLevel),
        ("tool_choice", CHOICES, types.FunctionCallingConfigMode),
        ("service_tier", TIERS, types.ServiceTier),
    ],
)
def test_every_value_that_can_be_chosen_is_one_of_the_clients(
    setting: str, values: tuple[str, ...], kind: Any
) -> None:
    known = {member.lower() for member in kind.__members__}
    assert set(values) == {each for each in known if "unspecified" not in each}
    for value in values:
        checked_by_sdk(sent(**{setting: value}))
    assert sent(**{setting: "of tomorrow"}) == {"contents": [HELLO]}


@pytest.mark.parametrize(
    ("config", "made"),
    [
        (
            ({"speaker": "A", "voice": "Kore"}, {"speaker": "B", "voice": "Puck"}),
            {
                "multiSpeakerVoiceConfig": {
                    "speakerVoiceConfigs": [
                        {"speaker": "A", "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
                        {"speaker": "B", "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Puck"}}},
                    ]
                }
            },
        ),
        (
            {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
            {"voiceConfig": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
        ),
    ],
)
def test_voices_are_told_in_our_words_or_in_those_of_the_api(config: Any, made: dict[str, Any]) -> None:
    found = sent(speech_config=config, response_format={"type": "audio"})
    assert found["generationConfig"] == {"responseModalities": ["AUDIO"], "speechConfig": made}
    checked_by_sdk(found)


@pytest.mark.parametrize(
    ("tool", "made"),
    [
        (
            {"type": "google_search", "search_types": ["web_search", "image_search"]},
            {"googleSearch": {"searchTypes": {"webSearch": {}, "imageSearch": {}}}},
        ),
        ({"type": "google_maps", "enable_widget": True}, {"googleMaps": {"enableWidget": True}}),
        (
            {"type": "file_search", "file_search_store_names": ["fileSearchStores/a"]},
            {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"]}},
        ),
        ({"googleSearch": {}}, {"googleSearch": {}}),
    ],
)
def test_tools_that_run_over_there_are_told_in_our_words_or_in_those_of_the_api(
    tool: Wire, made: Wire
) -> None:
    found = sent(tools=(tool,))
    assert found["tools"] == [made]
    assert "toolConfig" not in found
    checked_by_sdk(found)


def test_safety_settings_may_be_in_the_words_of_the_api() -> None:
    own = {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}
    assert sent(safety_settings=(own,))["safetySettings"] == [own]


def test_files_go_inline_or_by_address_and_text_files_as_text() -> None:
    linked = {"type": "video", "uri": "https://x.example/v", "mime_type": "video/mp4"}
    given = {"type": "user_input", "content": [PICTURE, PDF, SOUND, linked, NOTES]}
    made = sent(input=(given,))
    assert made["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": PICTURE["data"]}},
        {"inlineData": {"mimeType": "application/pdf", "data": PDF["data"]}},
        {"inlineData": {"mimeType": "audio/x-wav", "data": SOUND["data"]}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.example/v"}},
        {"text": "notes.txt:\n\nüber"},
    ]
    checked_by_sdk(made)


GOES_BACK = [name for name in STREAMS if not name.startswith(("error", "two", "partial"))]


@pytest.mark.parametrize("name", GOES_BACK)
def test_what_a_server_has_said_goes_back_as_it_came(name: str) -> None:
    """Every part of the first candidate, with its signature; texts without one are joined. Parts that say
    nothing stay here."""
    history = (turn_of(GENERATE, STREAMS[name]),)
    made = body(asking(history=history, input="And now?"))
    checked_by_sdk(made)
    back = [part for content in made["contents"] if content["role"] == "model" for part in content["parts"]]
    assert joined(back) == joined(raw_parts(STREAMS[name]))
    assert made["contents"][-1]["parts"][-1] == {"text": "And now?"}


def raw_parts(stream: bytes) -> list[dict[str, Any]]:
    first = (camel(value).get("candidates", [{}])[0] for value in chunks_of(stream))
    parts = (part for each in first for part in each.get("content", {}).get("parts", ()))
    return [dict(camel(part)) for part in parts if part != {"text": ""}]


def joined(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With texts of one kind that follow one another as one; an empty signed thought is the end of it."""
    whole: list[dict[str, Any]] = []
    for (plain, thought), group in groupby(parts, key=_kind):
        run = list(group)
        if plain:
            said = "".join(part["text"] for part in run)
            signed = {key: part[key] for part in run for key in part if key not in {"text", "thought"}}
            whole.append({"text": said, **({"thought": True} if thought else {}), **signed})
        else:
            whole += [{key: value for key, value in part.items() if key != "displayName"} for part in run]
    return whole


def _kind(part: dict[str, Any]) -> tuple[object, ...]:
    text_only = set(part) <= {"text", "thought", "thoughtSignature"}
    thought = part.get("thought", False)
    return (text_only and (thought or "thoughtSignature" not in part), thought)


def test_a_signed_text_is_neither_joined_nor_lost() -> None:
    made = body(asking(history=(turn_of(GENERATE, STREAMS["signatures"]),)))
    assert made["contents"][1]["parts"] == [
        {"text": "First I add.", "thought": True, "thoughtSignature": "EjQKMgEMPLESIGNATUREAAA="},
        {"text": "Then I check.", "thought": True, "thoughtSignature": "EjQKMgEMPLESIGNATUREBBI="},
        {"text": "It is "},
        {"text": "42", "thoughtSignature": "EjQKMgEMPLESIGNATURECCI="},
        {"text": "."},
    ]


def test_a_signature_behind_the_text_goes_back_behind_it() -> None:
    made = body(asking(history=(turn_of(GENERATE, STREAMS["thoughts"]),)))
    assert made["contents"][1]["parts"][1:] == [
        {"text": "The Øresund Bridge is **7,845 m** long."},
        {"text": "", "thoughtSignature": "EjQKMgEMPLESIGNATUREAAA="},
    ]


def test_a_call_that_came_in_pieces_goes_back_whole() -> None:
    """The API takes no pieces."""
    made = body(asking(history=(turn_of(GENERATE, STREAMS["partial_args"]),)))
    first = made["contents"][1]["parts"][0]
    assert first == {
        "functionCall": {
            "name": "set_light",
            "args": {
                "room": 'living "room" ☀',
                "brightness": 50,
                "scene": {"colors": ["warm", None], "fade": True},
            },
        },
        "thoughtSignature": "EjQKMgEMPLESIGNATUREAAA=",
    }


def test_arguments_that_are_no_json_go_back_as_they_were_said() -> None:
    broken = turn(chunk(call(name="f", args='{"a": ')), chunk(finish="STOP"))
    made = body(asking(history=(broken,)))
    assert made["contents"][1]["parts"] == [
        {"functionCall": {"name": "f", "args": {"INVALID_JSON": '{"a": '}}}
    ]
    checked_by_sdk(made)


def answered(name: str, **result: Any) -> dict[str, Any]:
    history = (turn_of(GENERATE, STREAMS[name]),)
    results = [
        {"type": "function_result", "call_id": id, "name": "n", **result} for id in calls_of(history[0])
    ]
    made = body(asking(history=history, input=tuple(results)))
    checked_by_sdk(made)
    return made


def test_a_result_names_its_call_by_the_id_that_the_server_gave() -> None:
    made = answered("function_call", result={"sun": True})
    assert made["contents"][-1] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "fc_0a1b2c", "name": "get_weather", "response": {"sun": True}}}
        ],
    }


def test_results_of_calls_without_ids_go_back_in_their_order_and_by_name() -> None:
    parts = answered("parallel_calls", result="fine")["contents"][-1]["parts"]
    assert [part["functionResponse"] for part in parts] == [
        {"name": name, "response": {"output": "fine"}} for name in ("get_weather", "get_weather", "get_time")
    ]


@pytest.mark.parametrize(
    ("result", "response"),
    [
        ({"result": "x"}, {"output": "x"}),
        ({"result": {"a": 1}}, {"a": 1}),
        ({"result": [1, 2]}, {"output": [1, 2]}),
        ({"result": "no", "is_error": True}, {"error": "no"}),
        ({"result": {"a": 1}, "is_error": True}, {"error": {"a": 1}}),
        ({"result": [{"type": "text", "text": "a"}]}, {"output": "a"}),
    ],
)
def test_a_result_is_an_object_that_says_whether_it_is_an_error(
    result: dict[str, Any], response: dict[str, Any]
) -> None:
    (part,) = answered("function_call", **result)["contents"][-1]["parts"]
    assert part["functionResponse"]["response"] == response


def test_a_picture_in_a_result_is_a_part_of_it() -> None:
    (part,) = answered("function_call", result=[{"type": "text", "text": "a"}, PICTURE])["contents"][-1][
        "parts"
    ]
    assert part["functionResponse"]["response"] == {"output": "a"}
    assert part["functionResponse"]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": PICTURE["data"]}}
    ]


def test_calls_that_nobody_answered_get_a_result_in_front_of_what_the_user_says() -> None:
    made = body(asking(history=(turn_of(GENERATE, STREAMS["parallel_calls"]),), input="Never mind."))
    last = made["contents"][-1]["parts"]
    assert [next(iter(part)) for part in last] == [*["functionResponse"] * 3, "text"]
    checked_by_sdk(made)


def test_a_result_without_its_call_stays_here() -> None:
    result = {"type": "function_result", "call_id": "of-nobody", "result": "x"}
    assert body(asking(input=(result,)))["contents"] == []


def test_of_several_candidates_the_first_goes_back() -> None:
    made = body(asking(history=(turn_of(GENERATE, STREAMS["candidates"]),)))
    assert made["contents"][1]["parts"] == [{"text": "Red fox."}]


def test_what_is_told_beside_the_parts_does_not_go_back() -> None:
    made = body(asking(history=(turn_of(GENERATE, STREAMS["grounding"]),)))
    assert len(made["contents"][1]["parts"]) == 1


def test_calls_of_another_vendor_are_signed_as_the_documentation_allows() -> None:
    """The first of those that were made together; no thought goes along."""
    made = body(asking(history=(folding.turn_of(folding.RECORDINGS["function_call"]),), input="And now?"))
    checked_by_sdk(made)
    parts = made["contents"][1]["parts"]
    assert parts[0]["thoughtSignature"] == UNSIGNED
    assert parts[0]["functionCall"]["args"]
    assert not any("thought" in part for part in parts)
    assert not any("thoughtSignature" in part for part in parts[1:])


def test_earlier_turns_that_an_id_stands_for_elsewhere_go_along() -> None:
    earlier = (turn(chunk(text("A"), finish="STOP")),)
    made = body(asking(previous_interaction_id="x", earlier=lambda: earlier))
    assert [content["role"] for content in made["contents"]] == ["user", "model", "user"]


def test_a_paused_answer_is_taken_up_by_its_token() -> None:
    """By the next request, with the same contents; both are one turn."""
    first = chunk(text("Half "), finish="CONTINUATION", continuationToken="dG9rZW4=")
    second = chunk(text("and half."), finish="STOP", id="r2")
    bodies = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in (first, second)]
    journal = Journal(Turn())
    with (
        peer(lambda connection, number: connection.sendall(STREAM_HEAD + bodies[number - 1])) as server,
        httpx.Client() as client,
    ):
        stream(GenerateContent(client, Access(server.url, "k")), asking(), journal)
    sent_bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]
    assert sent_bodies == [{"contents": [HELLO]}, {"contents": [HELLO], "continuationToken": "dG9rZW4="}]
    assert (journal.head.status, text_of(journal.head)) == ("completed", "Half and half.")


def test_a_request_goes_to_the_model_with_its_key_which_is_masked() -> None:
    with peer(says(STREAM_HEAD, STREAMS["thoughts"])) as server, httpx.Client() as client:
        provider = GenerateContent(client, Access(server.url, "planted"), headers={"X-Team": "blue"})
        frames = list(provider.frames(asking(model="gemini-2.5-flash", api_version="v1")))
    head = server.requests[0].lower()
    assert head.startswith(b"post /v1/models/gemini-2.5-flash:streamgeneratecontent?alt=sse ")
    assert b"x-goog-api-key: planted" in head
    assert b"x-team: blue" in head
    note = next(read_note(frame.raw) for frame in frames if frame.kind == "note")
    assert isinstance(note, Request)
    assert note.headers["x-goog-api-key"] == MASK
    assert b"planted" not in b"".join(frame.raw for frame in frames)


def test_a_turn_knows_which_model_was_asked_for_and_that_nothing_is_kept() -> None:
    with peer(says(STREAM_HEAD, STREAMS["thoughts"])) as server, httpx.Client() as client:
        journal = Journal(Turn())
        stream(GenerateContent(client, Access(server.url)), asking(model="gemini-2.5-flash"), journal)
    assert (journal.head.asked, journal.head.model) == ("gemini-2.5-flash", "gemini-3.8-flash")
    assert not journal.head.stored
    assert journal.head.substituted


@pytest.mark.parametrize(
    ("base", "version", "whole"),
    [
        ("https://x.test", "", "https://x.test/v1beta/models"),
        ("https://x.test/", "v1", "https://x.test/v1/models"),
        ("https://x.test/gemini/v1", "", "https://x.test/gemini/v1/models"),
        ("https://x.test/v1beta", "v1", "https://x.test/v1beta/models"),
        ("https://x.test", "../evil", "https://x.test/..%2Fevil/models"),
    ],
)
def test_the_version_is_a_part_of_the_address_once(base: str, version: str, whole: str) -> None:
    assert address(base, "models", version) == whole


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("models/gemini-2.5-flash", "models/gemini-2.5-flash"),
        ("tunedModels/mine", "tunedModels/mine"),
        ("../a?b", "models/..%2Fa%3Fb"),
    ],
)
def test_a_model_is_one_part_of_the_address(model: str, path: str) -> None:
    assert model_path(model) == path


def test_models_are_listed_and_a_refusal_is_told() -> None:
    listed = {"models": [{"name": "models/a", "supportedGenerationMethods": ["generateContent"]}]}
    ok = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + json.dumps(listed).encode()
    with peer(says(ok)) as server, httpx.Client() as client:
        assert GenerateContent(client, Access(server.url, "k")).models() == ("a",)
        assert GenerateContent(client, Access(server.url, "k")).reach().status == 200
    assert server.requests[0].startswith(b"GET /v1beta/models?pageSize=1000 ")
    no = (
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n"
        + json.dumps(
            {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}
        ).encode()
    )
    with peer(says(no)) as server, httpx.Client() as client, pytest.raises(UpstreamError, match="not valid"):
        GenerateContent(client, Access(server.url, "k")).models()


@pytest.mark.parametrize("name", ["thoughts", "function_call", "grounding", "inline_data", "max_tokens"])
def test_googles_own_client_reads_our_recordings_from_a_server(name: str) -> None:
    with peer(says(STREAM_HEAD, STREAMS[name])) as server:
        client = genai.Client(api_key="k", http_options={"base_url": server.url})
        config = types.GenerateContentConfig(automatic_continuation=False)
        answers = list(client.models.generate_content_stream(model="m", contents="Hi", config=config))
    parts = [
        part
        for each in answers
        for one in each.candidates or []
        for part in (one.content and one.content.parts) or []
    ]
    said = "".join(part.text or "" for part in parts if not part.thought)
    assert said == text_of(turn_of(GENERATE, STREAMS[name]))

"""Gemini's generateContent: parts, arguments in pieces, and what nobody knows yet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from interactions.providers.generate_content import chunks as read_chunks
from interactions.providers.generate_content import profile
from interactions.providers.generate_content.arguments import Written, ending, path_of, put
from interactions.providers.generate_content.names import camel
from interactions.providers.generate_content.parts import COMMON, KINDS
from interactions.turns.steps import ModelOutput, OtherStep, Step, Text, Thought, ToolCall
from interactions.turns.turn import Turn, text_of
from tests.generated import GENERATE, STREAMS, at, call, chunk, chunks_of, text, turn
from tests.vendors import answer, calls_of, turn_of

# Fields of a part beside its content, which are shown raw on its step. With no content, they are a step.
BESIDE = frozenset(
    {
        *("mediaResolution", "videoMetadata", "partMetadata", "audioTranscription", "mediaProcessing"),
        *("speechMetadata", "documentMetadata", "spreadsheetMetadata", "audioMetadata"),
    }
)
# Fields that a turn shows among its details, as they came.
TOLD = frozenset({"createTime", "modelStatus", "tokenCount", "safetyRatings"})
# Fields that the client makes itself, and no server sends.
CLIENTS = frozenset({"sdkHttpResponse", "automaticFunctionCallingHistory", "parsed"})
GROUNDS = frozenset(
    {
        *("groundingChunks", "groundingSupports", "searchEntryPoint", "webSearchQueries"),
        *("imageSearchQueries",),
    }
)
GROUNDS_TOLD = frozenset(
    {"retrievalMetadata", "retrievalQueries", "googleMapsWidgetContextToken", "sourceFlaggingUris"}
)


def aliases(model: Any) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (types.Part, {*KINDS, *COMMON, *BESIDE}),
        (types.GenerateContentResponse, {*read_chunks.CHUNK_READ, *TOLD, *CLIENTS}),
        (types.Candidate, {*read_chunks.CANDIDATE_READ, *TOLD}),
        (types.Content, read_chunks.CONTENT_READ),
        (types.GroundingMetadata, GROUNDS | GROUNDS_TOLD),
        (types.GroundingChunk, {"web", "image", "maps", "retrievedContext"}),
        (types.GroundingSupport, {"segment", "groundingChunkIndices", "confidenceScores", "renderedParts"}),
        (
            types.PartialArg,
            {"jsonPath", "stringValue", "numberValue", "boolValue", "nullValue", "willContinue"},
        ),
        (types.FunctionCall, {"id", "name", "args", "partialArgs", "willContinue"}),
        (types.ExecutableCode, {"id", "language", "code"}),
        (types.CodeExecutionResult, {"id", "outcome", "output"}),
        (types.Blob, {"data", "mimeType", "displayName"}),
        (types.FileData, {"fileUri", "mimeType", "displayName"}),
        (types.ToolCall, {"id", "toolType", "args"}),
        (types.ToolResponse, {"id", "toolType", "response"}),
        (types.GenerateContentResponsePromptFeedback, {"blockReason", "blockReasonMessage", "safetyRatings"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_field_that_the_client_knows_is_read_or_shown_on_purpose(model: Any, known: set[str]) -> None:
    """A new version's new field fails here until somebody has decided."""
    assert aliases(model) - set(known) == set()


@pytest.mark.parametrize("field", sorted(BESIDE))
def test_what_stands_beside_the_content_of_a_part_is_shown_on_its_step(field: str) -> None:
    folded = turn(chunk(text("x", **{field: {"a": 1}}), finish="STOP"))
    (output,) = received(folded)
    assert output.unread == {field: {"a": 1}}


@pytest.mark.parametrize("field", [*sorted(BESIDE), "hologram"])
def test_a_part_of_a_kind_that_nobody_knows_is_a_step_as_it_came(field: str) -> None:
    folded = turn(chunk(text("a"), {field: {"text": "b"}}, text("c"), finish="STOP"))
    said = received(folded)
    assert [type(step) for step in said] == [ModelOutput, OtherStep, ModelOutput]
    assert isinstance(said[1], OtherStep)
    assert said[1].type == field
    assert said[1].data[field] == {"text": "b"}


@pytest.mark.parametrize(
    "part", [{"text": 5}, {"functionCall": "f"}, {"inlineData": [1]}, "x", 7, [text("x")]]
)
def test_a_part_of_another_form_is_kept(part: Any) -> None:
    (step,) = received(turn(chunk(part, finish="STOP")))
    assert isinstance(step, OtherStep)
    found = next(iter(part.values())) if isinstance(part, dict) else part
    assert found in step.data.values()


@pytest.mark.parametrize(
    ("odd", "key"),
    [
        ({"content": "a text"}, "content"),
        ({"content": {"parts": text("x")}}, "parts"),
        ({"content": {"parts": [text("x")], "mood": "calm"}}, "mood"),
        ({"content": {"parts": [text("x")]}, "mood": "calm"}, "mood"),
    ],
)
def test_fields_that_nobody_knows_are_told_with_the_answer(odd: dict[str, Any], key: str) -> None:
    folded = turn({"candidates": [{**odd, "finishReason": "STOP"}], "responseId": "r"})
    assert key in folded.details


def test_fields_of_a_chunk_that_nobody_knows_are_told_once() -> None:
    folded = turn({**chunk(text("x"), finish="STOP"), "weather": {"sun": True}, "nothing": [], "no": None})
    assert folded.details == {"weather": {"sun": True}}


def test_likelihoods_of_tokens_are_kept_piece_by_piece_on_the_step() -> None:
    def likely(token: str) -> dict[str, Any]:
        return {"logprobsResult": {"chosenCandidates": [{"token": token}]}}

    folded = turn(chunk(text("a"), **likely("a")), chunk(text("b"), finish="STOP", **likely("b")))
    (step,) = received(folded)
    assert step.unread == {"chosenCandidates": [{"token": "a"}, {"token": "b"}]}


def test_a_part_with_two_contents_loses_neither() -> None:
    folded = turn(chunk({"text": "x", "functionCall": {"name": "f", "args": {"a": 1}}}, finish="STOP"))
    assert answer(folded) == [("output", "x"), ("function_call", "f", {"a": 1})]


def test_an_empty_part_says_nothing() -> None:
    folded = turn(chunk(text(""), {}, {"text": "", "thought": True}, finish="STOP"))
    assert received(folded) == []


def test_a_file_at_an_address_is_named() -> None:
    file = {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.example/v", "displayName": "v.mp4"}}
    (step,) = received(turn(chunk(file, finish="STOP")))
    assert isinstance(step, ModelOutput)
    (part,) = step.content
    assert not isinstance(part, Text)
    assert part.raw == {
        "type": "video",
        "mime_type": "video/mp4",
        "name": "v.mp4",
        "uri": "https://x.example/v",
    }


def test_a_signature_without_a_text_is_kept_by_a_step_of_its_own() -> None:
    (step,) = received(turn(chunk({"thoughtSignature": "c2ln"}, finish="STOP")))
    assert step.native["generate_content"]["spans"][0]["part"] == {"thoughtSignature": "c2ln"}


def test_what_is_thought_behind_a_signature_is_another_thought() -> None:
    thoughts = [step for step in turn_of(GENERATE, STREAMS["signatures"]).steps if isinstance(step, Thought)]
    assert [step.signature for step in thoughts] == ["EjQKMgEMPLESIGNATUREAAA=", "EjQKMgEMPLESIGNATUREBBI="]


def streamed(*pieces: dict[str, Any], finish: str = "STOP") -> Turn:
    return turn(*(chunk(call(**piece)) for piece in pieces), chunk(finish=finish))


ROOM = at("$.room", stringValue="living ")
GOES_ON: dict[str, list[dict[str, Any]]] = {
    "by the marker": [
        {"name": "f", "willContinue": True},
        {"partialArgs": [ROOM], "willContinue": True},
        {"partialArgs": [at("$.room", stringValue="room")], "willContinue": True},
        {},
    ],
    "by a last piece and the marker": [
        {"name": "f", "willContinue": True},
        {"partialArgs": [ROOM], "willContinue": True},
        {"partialArgs": [at("$.room", stringValue="room")]},
        {},
    ],
    "without any word of more": [
        {"name": "f"},
        {"partialArgs": [ROOM]},
        {"partialArgs": [at("$.room", stringValue="room")]},
    ],
    "with its id and name each time": [
        {"name": "f", "id": "1", "partialArgs": [ROOM], "willContinue": True},
        {"name": "f", "id": "1", "partialArgs": [at("$.room", stringValue="room")]},
    ],
    "with a name that comes late": [
        {"id": "1", "partialArgs": [ROOM], "willContinue": True},
        {"id": "1", "name": "f", "partialArgs": [at("$.room", stringValue="room")]},
    ],
    "with all of them at the end": [
        {"name": "f", "willContinue": True},
        {"partialArgs": [ROOM], "willContinue": True},
        {"args": {"room": "living room"}},
    ],
    "with some of them at the beginning": [
        {"name": "f", "args": {"room": "living room"}, "willContinue": True},
        {},
    ],
}


@pytest.mark.parametrize("way", GOES_ON)
def test_a_call_goes_on_and_ends(way: str) -> None:
    folded = streamed(*GOES_ON[way])
    assert answer(folded) == [("function_call", "f", {"room": "living room"})]
    assert folded.status == "requires_action"


def test_pieces_of_two_calls_may_be_mixed_if_they_say_their_ids() -> None:
    folded = streamed(
        {"name": "f", "id": "1", "willContinue": True},
        {"name": "f", "id": "2", "willContinue": True},
        {"id": "1", "partialArgs": [at("$.a", numberValue=1)], "willContinue": True},
        {"id": "2", "partialArgs": [at("$.a", numberValue=2)]},
        {"id": "1", "partialArgs": [at("$.b", boolValue=False)]},
    )
    assert calls_of(folded) == {"1": {"a": 1, "b": False}, "2": {"a": 2}}


def test_a_call_with_an_id_that_was_given_before_is_another_one() -> None:
    whole = {"name": "f", "id": "1", "args": {"a": 1}}
    assert list(calls_of(streamed(whole, whole)).values()) == [{"a": 1}, {"a": 1}]


def test_a_piece_that_no_call_had_begun_begins_one_with_a_note() -> None:
    folded = streamed({"partialArgs": [at("$.a", stringValue="x")]})
    assert list(calls_of(folded).values()) == [{"a": "x"}]
    assert any("part of a call that it had not begun" in said for said in folded.warnings)


def test_a_text_between_the_pieces_of_a_call_is_text() -> None:
    pieces = [chunk(call(**piece)) for piece in GOES_ON["by the marker"]]
    folded = turn(*pieces[:2], chunk(text("Hm.")), *pieces[2:], chunk(finish="STOP"))
    assert sorted(answer(folded)) == [("function_call", "f", {"room": "living room"}), ("output", "Hm.")]


def test_arguments_form_live_and_are_no_whole_before_their_end() -> None:
    """A cut leaves the text that has come, which is no JSON."""
    pieces = [{"name": "f", "willContinue": True}, {"partialArgs": [ROOM], "willContinue": True}]
    cut_off = turn(*(chunk(call(**piece)) for piece in pieces))
    (step,) = received(cut_off)
    assert isinstance(step, ToolCall)
    assert (cut_off.status, step.arguments) == ("interrupted", '{"room":"living ')


def test_a_value_for_a_place_that_the_text_has_left_corrects_the_whole() -> None:
    folded = streamed(
        {"name": "f", "willContinue": True},
        {"partialArgs": [at("$.a.x", numberValue=1), at("$.b", numberValue=2), at("$.a.y", numberValue=3)]},
    )
    assert list(calls_of(folded).values()) == [{"a": {"x": 1, "y": 3}, "b": 2}]


@pytest.mark.parametrize(
    "piece",
    [
        at("$", stringValue="x"),
        at("no path", stringValue="x"),
        at("$..a", stringValue="x"),
        at("$" + ".a" * 500, stringValue="x"),
        at("$.list[7]", stringValue="x"),
        at("$.a", stringValue=7),
        at("$.a", hologram="x"),
        {"stringValue": "x"},
    ],
)
def test_a_piece_without_a_place_is_shown_raw_on_the_call(piece: dict[str, Any]) -> None:
    (step,) = received(streamed({"name": "f", "partialArgs": [at("$.z", numberValue=1), piece]}))
    assert isinstance(step, ToolCall)
    assert step.unread == {"partialArgs": [piece]}
    assert step.arguments == {"z": 1}


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("$.a", ("a",)),
        ("$.a.b[0].c", ("a", "b", 0, "c")),
        ("$['a b']", ("a b",)),
        ('$["a.b"][2]', ("a.b", 2)),
        ("$['it\\'s']", ("it's",)),
        ("$[0]", ()),
        ("$.a[", ()),
        (None, ()),
    ],
)
def test_a_path_leads_through_names_and_places(path: object, keys: tuple[str | int, ...]) -> None:
    assert path_of(path) == keys


def leaves() -> st.SearchStrategy[Any]:
    return st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)


def objects() -> st.SearchStrategy[Any]:
    names = st.text("abc", min_size=1, max_size=2)
    inner = st.recursive(
        leaves(),
        lambda each: (
            st.lists(each, min_size=1, max_size=3) | st.dictionaries(names, each, min_size=1, max_size=3)
        ),
        max_leaves=8,
    )
    return st.dictionaries(names, inner, min_size=1, max_size=4)


def pieces_of(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """The leaves of a value in order; a text in two."""
    if isinstance(value, dict) and value:
        return [one for key, each in value.items() for one in pieces_of(each, (*path, key))]
    if isinstance(value, list) and value:
        return [one for key, each in enumerate(value) for one in pieces_of(each, (*path, key))]
    return [(path, value[:2]), (path, value[2:])] if isinstance(value, str) else [(path, value)]


@given(objects())
def test_arguments_in_pieces_are_told_as_json_that_only_grows(value: Any) -> None:
    written, said = Written(), ""
    for path, piece in pieces_of(value):
        found = put(written, path, piece)
        assert found is not None
        written, more = found
        said += more
    assert not written.strayed
    assert json.loads(said + ending(written)) == value == written.value


@given(objects(), st.randoms(use_true_random=False))
def test_in_any_order_the_value_has_all_that_there_was_a_place_for(value: Any, chance: Any) -> None:
    pieces = pieces_of(value)
    chance.shuffle(pieces)
    written, said = Written(), ""
    for path, piece in pieces:
        written, more = put(written, path, piece) or (written, "")
        said += more
    if not written.strayed and written.begun:
        assert json.loads(said + ending(written)) == written.value


TEXTS = {name: chunks_of(body) for name, body in STREAMS.items()}


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_no_text_that_arrived_is_lost_and_none_is_there_more_often_than_it_came(
    name: str, data: st.DataObject
) -> None:
    """For any order, duplication and omission of chunks, and however they are cut."""
    places = st.lists(st.integers(0, len(TEXTS[name]) - 1), max_size=8)
    chosen = [TEXTS[name][place] for place in data.draw(places)]
    folded = turn(*chosen)
    arrived = [one for each in chosen for one in texts_in(each)]
    assert sorted("".join(arrived)) == sorted(
        "".join(all_text(step) for step in folded.steps if not step.sent)
    )


def texts_in(value: dict[str, Any]) -> list[str]:
    parts = [
        part
        for candidate in camel(value).get("candidates", ())
        for part in camel(candidate.get("content")).get("parts", ())
    ]
    return [part["text"] for part in parts if "text" in part]


def all_text(step: Step) -> str:
    if isinstance(step, OtherStep) and step.type == "candidate":
        return str(step.unread.get("text", ""))
    content = step.content if isinstance(step, ModelOutput | Thought) else ()
    return "".join(str(part.text) for part in content if isinstance(part, Text))


def received(folded: Turn) -> list[Step]:
    return [step for step in folded.steps if not step.sent]


def test_texts_of_one_kind_go_on_in_one_step() -> None:
    folded = turn(
        *(chunk(text(letter)) for letter in "abc"), chunk(text("!", thought=True)), chunk(text("d"))
    )
    assert answer(folded) == [("output", "abc"), ("thought", "!"), ("output", "d")]
    assert text_of(folded) == "abcd"


def test_the_settings_of_an_export_are_fields_that_the_client_has() -> None:
    assert aliases(types.GenerateContentConfig) >= profile.SETTINGS

"""Requests, refusals, memory: what does not need a stream."""

import json
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]  # has no types of its own
import pytest

from tests.sandbox.calls import CLOCK, MODEL, WEATHER, Json, create, events, output_text, stream

FUNCTION_RESULT: Json = {"type": "function_result", "call_id": "c1", "result": "22"}
CALL: Json = {"type": "function_call", "id": "c1", "name": "get_weather", "arguments": {"location": "Oslo"}}

WRONG: tuple[tuple[str, Json, str], ...] = (
    ("neither model nor agent", {"model": None}, "Exactly one"),
    ("both", {"agent": "antigravity-preview-05-2026"}, "Exactly one"),
    ("an unknown key", {"temprature": 1}, "'temprature'"),
    ("a wrong type", {"stream": "yes"}, "'stream': expected a boolean"),
    ("a number for a boolean", {"store": 1}, "'store'"),
    ("no input", {"input": None}, "'input'"),
    ("an empty input", {"input": []}, "'input'"),
    ("strings in a list", {"input": ["Hi"]}, "input[0]"),
    ("the old turn form", {"input": [{"role": "user", "content": "Hi"}]}, "input[0]"),
    ("steps and content mixed", {"input": [{"type": "text", "text": "Hi"}, CALL]}, "input[0].type"),
    ("a step whose content is a string", {"input": [{"type": "user_input", "content": "Hi"}]}, "content"),
    ("an id on a result", {"input": [{**FUNCTION_RESULT, "id": "x"}]}, "'input[0].id'"),
    ("a call_id on a call", {"input": [{**CALL, "call_id": "x"}]}, "'input[0].call_id'"),
    ("a result that nobody waits for", {"input": [FUNCTION_RESULT]}, "'c1'"),
    ("a call without signature", {"input": [CALL, FUNCTION_RESULT]}, "signature"),
    (
        "a malformed parent",
        {"previous_interaction_id": "nonsense"},
        "Invalid interaction name: interactions/nonsense",
    ),
    ("an empty parent", {"previous_interaction_id": ""}, "Invalid interaction name: interactions/"),
    ("background without store", {"store": False, "background": True}, "'store'"),
    ("an unknown thinking level", {"generation_config": {"thinking_level": "ultra"}}, "'ultra'"),
    ("a level that the model lacks", {"generation_config": {"thinking_level": "minimal"}}, "not supported"),
    (
        "an unknown setting",
        {"generation_config": {"thinking_budget": 5}},
        "'generation_config.thinking_budget'",
    ),
    ("too hot", {"generation_config": {"temperature": 3}}, "temperature"),
    ("a tool without type", {"tools": [{"name": "f"}]}, "tools[0].type"),
    ("an unknown tool", {"tools": [{"type": "teapot"}]}, "'teapot'"),
    ("safety settings", {"safety_settings": []}, "safety settings"),
    ("a type that is no string", {"input": [{"type": []}]}, "input[0]"),
    ("stops that are no strings", {"generation_config": {"stop_sequences": [5]}}, "stop_sequences"),
    ("a shapeless choice", {"generation_config": {"tool_choice": {"mode": "any"}}}, "allowed_tools"),
    ("a bad token", {"continuation_token": "?"}, "continuation token"),
)


@pytest.mark.parametrize(("changes", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_body_is_refused_by_name(http: httpx.Client, changes: Json, message: str) -> None:
    """400 in the API's own shape, with a message that says what is wrong."""
    body = {"model": MODEL, "input": "Hi", **changes}
    response = http.post("/v1beta/interactions", json={k: v for k, v in body.items() if v is not None})
    assert response.status_code == 400
    assert set(response.json()["error"]) == {"code", "message"}
    assert message in response.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff"])
def test_malformed_json_is_refused(http: httpx.Client, body: bytes) -> None:
    """Whatever it is instead."""
    response = http.post("/v1beta/interactions", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request"


@pytest.mark.parametrize("changes", [{"model": "gpt-5"}, {"previous_interaction_id": "v1_" + "A" * 67}])
def test_what_does_not_exist_is_not_found(http: httpx.Client, changes: Json) -> None:
    """A model, or a well-formed id."""
    response = (
        create(http, **{"prompt": "Hi", "model": MODEL, **changes})
        if "model" not in changes
        else http.post("/v1beta/interactions", json={"input": "Hi", **changes})
    )
    assert response.status_code == 404
    assert response.json()["error"]["code"] in ("not_found", "model_not_found")


def test_v1_knows_fewer_settings(http: httpx.Client) -> None:
    """The message names the field."""
    settings = {"temperature": 0.5, "top_p": 0.9}
    assert create(http, "Hi", generation_config=settings).status_code == 200
    refused = create(http, "Hi", version="v1", generation_config=settings)
    assert refused.status_code == 400
    assert "'generation_config.temperature'" in refused.json()["error"]["message"]


def test_only_v1beta_has_aliases(http: httpx.Client) -> None:
    """The same name is unknown to v1."""
    body = {"model": "gemini-flash-latest", "input": "Hi"}
    assert http.post("/v1beta/interactions", json=body).status_code == 200
    assert http.post("/v1/interactions", json=body).status_code == 404


def test_keys_are_checked_as_the_gateway_does(http: httpx.Client) -> None:
    """Missing, wrong, in the query."""
    bare = httpx.Client(base_url=http.base_url)
    with bare:
        missing, wrong = bare.get("/v1/models"), bare.get("/v1/models?key=invalid")
        assert bare.get("/v1/models?key=any").status_code == 200
    assert (missing.status_code, missing.json()["error"]["code"]) == (403, 403)
    assert missing.json()["error"]["status"] == "PERMISSION_DENIED"
    assert "unregistered callers" in missing.json()["error"]["message"]
    assert wrong.status_code == 400
    assert wrong.json()["error"]["message"] == "API key not valid. Please pass a valid API key."


@pytest.mark.parametrize("path", ["/", "/v2/interactions", "/v1/nothing", "/v1/interactions", "/v9/<b>"])
def test_unknown_paths_get_googles_page(http: httpx.Client, path: str) -> None:
    """HTML, with the path escaped; listing interactions does not exist either."""
    response = http.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "<b>/v9" not in response.text
    assert "/v9/<b>" not in response.text


@pytest.mark.parametrize(
    "prompt",
    [
        "Hi",
        {"type": "text", "text": "Hi"},
        [{"type": "text", "text": "Hi"}],
        [{"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}],
    ],
)
def test_input_has_four_forms_and_one_meaning(http: httpx.Client, prompt: Any) -> None:
    """String, Content, Content list, Step list."""
    ident = create(http, prompt).json()["id"]
    steps = http.get(f"/v1beta/interactions/{ident}?include_input=true").json()["steps"]
    assert steps[0]["type"] == "user_input"
    assert steps[0]["content"] == [{"text": "Hi", "type": "text"}]


def test_the_stateless_form_remembers_what_it_brings(http: httpx.Client) -> None:
    """Nothing is stored; the steps say it all."""
    first = create(http, "My name is Ada.", store=False).json()
    said = {"type": "user_input", "content": [{"type": "text", "text": "My name is Ada."}]}
    asks = {"type": "user_input", "content": [{"type": "text", "text": "What is my name?"}]}
    second = create(http, [said, *first["steps"], asks], store=False).json()
    assert first["id"] == ""
    assert "**Ada**" in output_text(second)


def test_a_stateless_function_round_needs_the_thought(http: httpx.Client) -> None:
    """With the signature it works, without it is refused."""
    said = {"type": "user_input", "content": [{"type": "text", "text": "What is the weather in Paris?"}]}
    thought, call = create(http, [said], tools=[WEATHER], store=False).json()["steps"]
    result = {"type": "function_result", "call_id": call["id"], "name": call["name"], "result": "sunny"}
    signed = create(http, [said, thought, call, result], tools=[WEATHER], store=False)
    unsigned = create(http, [said, call, result], tools=[WEATHER], store=False)
    assert "said: sunny" in output_text(signed.json())
    assert unsigned.json()["error"]["code"] == "missing_thought_signature"


def test_parallel_calls_are_answered_together(http: httpx.Client) -> None:
    """One result of two is refused."""
    turn = create(http, "What is the weather in Paris and Tokyo?", tools=[WEATHER]).json()
    calls = [step for step in turn["steps"] if step["type"] == "function_call"]
    assert [call["arguments"] for call in calls] == [{"location": "Paris"}, {"location": "Tokyo"}]
    results = [{"type": "function_result", "call_id": call["id"], "result": {"temp_c": 20}} for call in calls]
    assert create(http, results[:1], previous_interaction_id=turn["id"]).status_code == 400
    both = create(http, results, previous_interaction_id=turn["id"]).json()
    assert output_text(both).count("it is 20 °C") == 2


def test_a_failed_function_is_told(http: httpx.Client) -> None:
    """is_error changes the sentence."""
    turn = create(http, "Call get_time", tools=[CLOCK]).json()
    failed = {
        "type": "function_result",
        "call_id": turn["steps"][-1]["id"],
        "result": "no clock",
        "is_error": True,
    }
    answer = create(http, [failed], previous_interaction_id=turn["id"]).json()
    assert "The function `get_time` failed: no clock." in output_text(answer)


def test_without_functions_there_is_nothing_to_call(http: httpx.Client) -> None:
    """It says so."""
    assert "none was declared" in output_text(create(http, "Call a function.").json())


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        ("any", "requires_action"),
        ("none", "completed"),
        ("auto", "completed"),
        ({"allowed_tools": {"mode": "any", "tools": ["get_time"]}}, "requires_action"),
    ],
)
def test_tool_choice_is_obeyed(http: httpx.Client, choice: Any, status: str) -> None:
    """For a prompt that needs no function."""
    answer = create(
        http, "Good morning", tools=[WEATHER, CLOCK], generation_config={"tool_choice": choice}
    ).json()
    assert answer["status"] == status
    if isinstance(choice, dict):
        assert answer["steps"][-1]["name"] == "get_time"


def test_the_system_instruction_is_not_inherited(http: httpx.Client) -> None:
    """It belongs to one request."""
    first = create(http, "Tell me of cats", system_instruction="Purr.").json()
    second = create(http, "Tell me of dogs", previous_interaction_id=first["id"]).json()
    assert "“Purr.”" in output_text(first)
    assert "Purr" not in output_text(second)


def test_the_token_limit_leaves_an_answer_incomplete(http: httpx.Client) -> None:
    """Thoughts count; nothing goes beyond it."""
    answer = create(http, "Give me a long answer.", generation_config={"max_output_tokens": 30}).json()
    usage = answer["usage"]
    assert answer["status"] == "incomplete"
    assert usage["total_output_tokens"] + usage["total_thought_tokens"] == 30
    assert len(output_text(answer).split()) == usage["total_output_tokens"]


def test_a_stop_sequence_ends_the_answer_in_order(http: httpx.Client) -> None:
    """Before the sequence, and completed."""
    answer = create(http, "Who are you?", generation_config={"stop_sequences": ["Gemini"]}).json()
    assert answer["status"] == "completed"
    assert output_text(answer).endswith("I am not ")


def test_structured_output_fits_its_schema(http: httpx.Client) -> None:
    """References, choices, enums, bounds."""
    schema: Json = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "score": {"type": "integer", "minimum": 3, "maximum": 7},
            "mood": {"enum": ["glad", "sad"]},
            "parts": {"type": "array", "minItems": 3, "items": {"$ref": "#/$defs/part"}},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "day": {"type": "string", "format": "date"},
            "ratio": {"type": ["number", "null"]},
        },
        "required": ["name", "score", "mood", "parts", "note", "day", "ratio"],
        "$defs": {"part": {"type": "object", "properties": {"ok": {"type": "boolean"}}}},
    }
    wanted = {"type": "text", "mime_type": "application/json", "schema": schema}
    answer = json.loads(output_text(create(http, "Rate 12 sad “cats”", response_format=wanted).json()))
    jsonschema.validate(answer, schema)
    assert (answer["name"], answer["score"], answer["mood"]) == ("cats", 7, "sad")


def test_an_image_can_be_asked_for(http: httpx.Client) -> None:
    """A picture comes as one part."""
    answer = create(http, "Paint", response_format={"type": "image", "aspect_ratio": "16:9"}).json()
    assert answer["steps"][-1]["content"][1]["mime_type"] == "image/png"


def test_a_background_run_is_polled_resumed_and_not_cancelled_later(http: httpx.Client) -> None:
    """At pace 0 it is over at the first GET; its stream can be had again, from any delta on."""
    started = create(http, "Hello you all", background=True).json()
    path = f"/v1beta/interactions/{started['id']}"
    assert http.get(path).json()["status"] == "completed"
    again = events(http.get(path, params={"stream": "true"}).content)
    token = next(event["event_id"] for event in reversed(again) if "event_id" in event)
    rest = events(http.get(path, params={"stream": "true", "last_event_id": token}).content)
    assert again[-len(rest) :] == rest
    assert rest[0]["event_type"] == "step.stop"
    assert http.post(f"{path}/cancel").json()["status"] == "completed"


def test_only_background_runs_can_be_cancelled(http: httpx.Client) -> None:
    """Others answer 400."""
    ident = create(http, "Hi").json()["id"]
    assert http.post(f"/v1beta/interactions/{ident}/cancel").status_code == 400


def test_foreground_streams_carry_no_event_id(http: httpx.Client) -> None:
    """As recorded."""
    assert b"event_id" not in stream(http, "Hello you all").content


def test_names_that_are_malformed_are_not_looked_up(http: httpx.Client) -> None:
    """400, not 404."""
    response = http.get("/v1beta/interactions/nonsense")
    assert response.json() == {
        "error": {"message": "Invalid interaction name: interactions/nonsense", "code": "invalid_request"}
    }

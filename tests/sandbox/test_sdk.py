"""The official client cannot tell the sandbox from Google."""

from typing import Any

import pytest
from google import genai
from google.genai import _interactions as sdk

from interactions.sandbox import TABLE, Scenario
from tests.sandbox.calls import MODEL, WEATHER

pytestmark = pytest.mark.slow

PLAIN = (
    "Hello there",
    "Give me a long answer.",
    "Answer in two hops, with a continuation token.",
    "Send keep-alive comments.",
    "Use BOM and CRLF framing.",
    "Call a function.",
)

MADE_UP = {
    "every step": {"hologram"},
    "rare steps": {"hologram"},
    "citations late": {"text_annotation"},
}


def create(client: genai.Client, prompt: Any, **fields: Any) -> Any:
    return client.interactions.create(model=MODEL, input=prompt, **fields)


def collect(client: genai.Client, prompt: Any, **fields: Any) -> list[Any]:
    with create(client, prompt, stream=True, **fields) as stream:
        return list(stream)


def last_interaction(events: list[Any]) -> Any:
    return next(
        event.interaction for event in reversed(events) if event.event_type == "interaction.completed"
    )


@pytest.mark.parametrize("prompt", PLAIN)
@pytest.mark.parametrize("client", ["v1beta"], indirect=True)
def test_every_event_is_one_that_the_sdk_knows(client: genai.Client, prompt: str) -> None:
    """Ordinary scenarios hold no Unknown event, step or delta, and each starts and ends as it should."""
    events = collect(
        client,
        prompt,
        tools=[WEATHER] if "function" in prompt else None,
        generation_config={"thinking_summaries": "auto", "max_output_tokens": 200},
    )
    assert not [event for event in events if isinstance(event, str) or "Unknown" in type(event).__name__]
    parts = [getattr(event, name) for event in events for name in ("step", "delta") if hasattr(event, name)]
    assert not [part for part in parts if "Unknown" in type(part).__name__]
    assert events[0].event_type == "interaction.created"
    assert events[-1].event_type == "interaction.completed"


@pytest.mark.parametrize("scenario", [one for one in TABLE if one.output], ids=lambda one: one.name)
@pytest.mark.parametrize("client", ["v1beta"], indirect=True)
def test_only_what_is_made_up_is_unknown_to_the_sdk(client: genai.Client, scenario: Scenario) -> None:
    """Of all kinds of content, in the stream and when fetched; `text_annotation` is of another age."""
    events = collect(client, scenario.example)
    parts = [getattr(event, name) for event in events for name in ("step", "delta") if hasattr(event, name)]
    parts += client.interactions.get(id=last_interaction(events).id).steps or []
    assert not [event for event in events if isinstance(event, str) or "Unknown" in type(event).__name__]
    unknown = {part.raw["type"] for part in parts if "Unknown" in type(part).__name__}
    assert unknown == MADE_UP.get(scenario.name, set())


def test_a_unary_answer_has_text_usage_and_an_id(client: genai.Client) -> None:
    """The convenience properties of the SDK work on it."""
    interaction = create(client, "Tell me about cats")
    assert interaction.status == "completed"
    assert interaction.id
    assert len(interaction.id) == 70
    assert "> Tell me about cats" in interaction.output_text
    assert interaction.usage
    parts = (
        interaction.usage.total_input_tokens,
        interaction.usage.total_output_tokens,
        interaction.usage.total_thought_tokens,
    )
    assert interaction.usage.total_tokens == sum(part or 0 for part in parts)


def test_the_stream_and_the_stored_interaction_say_the_same(client: genai.Client) -> None:
    """What was streamed is what GET returns."""
    events = collect(client, "Tell me about streams of water, and café crème")
    streamed = "".join(
        event.delta.text for event in events if getattr(getattr(event, "delta", None), "type", "") == "text"
    )
    stored = client.interactions.get(id=last_interaction(events).id)
    assert stored.output_text == streamed


def test_a_chain_remembers_what_was_said(client: genai.Client) -> None:
    """Two children of one parent share its history and not each other's."""
    root = create(client, "My name is Ada.")
    first = create(client, "What is my name?", previous_interaction_id=root.id)
    second = create(client, "What did I say?", previous_interaction_id=root.id)
    assert "**Ada**" in first.output_text
    assert "> My name is Ada." in second.output_text
    assert "What is my name" not in second.output_text


def test_get_includes_the_input_on_request(client: genai.Client) -> None:
    """Otherwise it returns the model's steps only."""
    made = create(client, "Hello there", system_instruction="Be brief.")
    plain = client.interactions.get(id=made.id)
    full = client.interactions.get(id=made.id or "", include_input=True)
    assert [step.type for step in plain.steps or ()] == ["thought", "model_output"]
    assert [step.type for step in full.steps or ()] == ["user_input", "thought", "model_output"]
    assert plain.system_instruction == "Be brief."


def test_a_deleted_interaction_is_not_found(client: genai.Client) -> None:
    """Neither by GET, nor as a parent, nor by a second DELETE."""
    made = create(client, "Hello there")
    client.interactions.delete(id=made.id)
    for call in (client.interactions.get, client.interactions.delete):
        with pytest.raises(sdk.NotFoundError):
            call(id=made.id)
    with pytest.raises(sdk.NotFoundError, match="not_found"):
        create(client, "Go on", previous_interaction_id=made.id)


def test_a_function_round_works_the_result_into_the_answer(client: genai.Client) -> None:
    """The call carries the city of the prompt; the answer carries the result."""
    tools: Any = [WEATHER]
    events = collect(client, "What is the weather in Paris?", tools=tools)
    ended = last_interaction(events)
    call = next(
        event.step
        for event in events
        if event.event_type == "step.start" and event.step.type == "function_call"
    )
    fragments = [
        e.delta.arguments
        for e in events
        if e.event_type == "step.delta" and e.delta.type == "arguments_delta"
    ]
    assert ended.status == "requires_action"
    assert len(fragments) > 1
    assert "".join(fragments) == '{"location":"Paris"}'
    result: Any = {"type": "function_result", "call_id": call.id, "name": call.name, "result": {"temp_c": 22}}
    answer = create(client, [result], tools=tools, previous_interaction_id=ended.id)
    assert answer.status == "completed"
    assert "it is 22 °C" in answer.output_text


def test_without_store_nothing_is_kept(client: genai.Client) -> None:
    """The id is empty in both events that carry it."""
    events = collect(client, "Hello there", store=False)
    assert [event.interaction.id for event in events if hasattr(event, "interaction")] == ["", ""]


def test_the_sdk_hands_out_both_hops_as_one_stream(client: genai.Client) -> None:
    """A continuation token makes it post again by itself."""
    events = collect(client, "Answer in two hops, with a continuation token.")
    ended = [event.interaction for event in events if event.event_type == "interaction.completed"]
    assert [interaction.status for interaction in ended] == ["requires_continuation", "completed"]
    stored = client.interactions.get(id=ended[1].id)
    assert stored.previous_interaction_id == ended[0].id


def test_hops_work_without_store(client: genai.Client) -> None:
    """Then the token alone says where to go on."""
    events = collect(client, "Answer in two hops, with a continuation token.", store=False)
    assert last_interaction(events).status == "completed"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Answer with HTTP 429 always.", sdk.RateLimitError),
        ("Answer with HTTP 503 always.", sdk.InternalServerError),
    ],
)
def test_refusals_become_the_sdks_exceptions(
    client: genai.Client, prompt: str, expected: type[Exception]
) -> None:
    """Before the stream opens, a busy service is an exception."""
    with pytest.raises(expected):
        collect(client, prompt)


def test_a_wrong_request_is_a_bad_request(client: genai.Client) -> None:
    """The body of the error is there to be read."""
    with pytest.raises(sdk.BadRequestError) as caught:
        create(client, "Hi", generation_config={"thinking_level": "ultra"})
    body: Any = caught.value.body
    assert body["error"]["code"] == "invalid_request"


def test_the_default_retries_get_through_two_refusals(server: Any) -> None:
    """They wait as Retry-After says, so this takes two seconds."""
    with genai.Client(api_key="any", http_options={"base_url": server.url}) as client:
        assert create(client, "Please answer with HTTP 503, dear sandbox.").status == "completed"


def test_a_background_run_is_resumed_by_its_event_ids(client: genai.Client) -> None:
    """With `last_event_id` the SDK gets what comes after, without it all from the start."""
    first = collect(client, "Hello there", background=True)
    ident = first[0].interaction.id
    left_at = next(i for i, event in enumerate(first) if event.event_id)
    again: Any = client.interactions.get(id=ident, stream=True)
    rest: Any = client.interactions.get(id=ident, stream=True, last_event_id=first[left_at].event_id)
    with again, rest:
        assert list(again) == first
        assert list(rest) == first[left_at + 1 :]


def test_a_background_run_is_cancelled(slow_client: genai.Client) -> None:
    """Its open stream ends with it, and so does what is fetched later."""
    with create(slow_client, "Give me a long answer, slowly.", stream=True, background=True) as stream:
        events = iter(stream)
        ident = next(events).interaction.id
        assert slow_client.interactions.cancel(id=ident).status == "cancelled"
        assert last_interaction(list(events)).status == "cancelled"
    assert slow_client.interactions.get(id=ident).status == "cancelled"


def test_a_background_run_of_an_agent_is_polled(client: genai.Client) -> None:
    """Deep Research is asked for without a stream."""
    agent: Any = "deep-research-preview-04-2026"
    started: Any = client.interactions.create(agent=agent, input="Tell me about cats", background=True)
    found = client.interactions.get(id=started.id)
    assert (found.status, found.agent) == ("completed", agent)
    assert "> Tell me about cats" in (found.output_text or "")


def test_an_error_event_is_an_event(client: genai.Client) -> None:
    """Nothing is raised, and no completion follows."""
    events = collect(client, "Answer with an error event.")
    assert events[-1].event_type == "error"
    assert events[-1].error.code == "service_unavailable"


def test_the_legacy_schema_is_unknown_to_the_sdk(client: genai.Client) -> None:
    """Its events are kept raw, as the real client does it."""
    events = collect(client, "Answer in the legacy schema.")
    assert events[0].is_unknown
    assert events[0].raw["event_type"] == "interaction.start"


def test_the_models_are_listed(client: genai.Client) -> None:
    """By the SDK's pager, in Google's list form."""
    assert f"models/{MODEL}" in [model.name for model in client.models.list()]
    assert client.models.get(model=MODEL).input_token_limit == 1048576

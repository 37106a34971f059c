"""The vocabulary of Anthropic's own client: what a version of it can send is read here, or shown raw on
purpose."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args, get_origin

import anthropic
import pytest

from interactions.providers.anthropic import deltas
from interactions.providers.anthropic.blocks import BLOCKS, LATE, SERVER_TOOLS
from interactions.providers.anthropic.endings import REASONS
from interactions.providers.anthropic.events import EVENTS
from interactions.providers.anthropic.profile import PROFILE
from interactions.turns.steps import OtherStep, ToolCall, ToolResult
from tests.providers.anthropic_streams import answer, begun, block, over, replayed, sse, text

# Steps that are shown as they came: there is nothing of ours that they could be.
RAW = frozenset({"container_upload", "mcp_tool_listing", "fallback"}) | LATE


def leaves(union: Any) -> Iterator[Any]:
    """The classes, or the values, of a union, with whatever it is annotated and aliased."""
    if hasattr(union, "__metadata__"):
        yield from leaves(get_args(union)[0])
    elif get_args(union) and get_origin(union) is not list:
        for one in get_args(union):
            yield from leaves(one)
    else:
        yield union


def tags(module: str, name: str) -> set[str]:
    """The types of a union of the client, by the literal in the field `type` of each."""
    union = getattr(import_module(f"anthropic.types.{module}"), name)
    return {tag for one in leaves(union) for tag in leaves(one.model_fields["type"].annotation)}


def values(module: str, name: str) -> set[str]:
    return set(leaves(getattr(import_module(f"anthropic.types.{module}"), name)))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("raw_message_stream_event", "RawMessageStreamEvent"),
        ("beta.beta_raw_message_stream_event", "BetaRawMessageStreamEvent"),
    ],
)
def test_every_event_is_read(module: str, name: str) -> None:
    assert tags(module, name) <= set(EVENTS)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("raw_content_block_delta", "RawContentBlockDelta"),
        ("beta.beta_raw_content_block_delta", "BetaRawContentBlockDelta"),
    ],
)
def test_every_delta_is_read(module: str, name: str) -> None:
    assert tags(module, name) <= set(deltas.FAMILIES)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("content_block", "ContentBlock"),
        ("raw_content_block_start_event", "ContentBlock"),
        ("beta.beta_content_block", "BetaContentBlock"),
        ("beta.beta_raw_content_block_start_event", "ContentBlock"),
    ],
)
def test_every_block_is_a_step_or_shown_raw_on_purpose(module: str, name: str) -> None:
    assert tags(module, name) <= BLOCKS | RAW


def test_every_figure_of_an_iteration_is_in_that_of_the_message_or_known_to_be_beside_it() -> None:
    """A new kind has to be looked up: prices depend on it."""
    known = {"message", "fallback_message", "advisor_message", "compaction"}
    assert tags("beta.beta_iterations_usage", "BetaIterationsUsageItem") <= known


@pytest.mark.parametrize(
    ("module", "name"), [("stop_reason", "StopReason"), ("beta.beta_stop_reason", "BetaStopReason")]
)
def test_every_reason_to_stop_has_its_meaning(module: str, name: str) -> None:
    assert values(module, name) <= set(REASONS)


@pytest.mark.parametrize("module", ["server_tool_use_block", "beta.beta_server_tool_use_block"])
def test_every_tool_of_the_server_is_known(module: str) -> None:
    prefix = "Beta" if module.startswith("beta") else ""
    made = getattr(import_module(f"anthropic.types.{module}"), f"{prefix}ServerToolUseBlock")
    assert set(leaves(made.model_fields["name"].annotation)) <= SERVER_TOOLS


def test_no_model_that_is_offered_is_one_that_goes() -> None:
    assert PROFILE.service is not None
    assert not set(PROFILE.service.models) & set(import_module("anthropic._data").DEPRECATED_MODELS)


def test_the_fields_of_a_request_are_those_that_the_client_takes() -> None:
    assert PROFILE.sdk is not None
    taken = anthropic.Anthropic(api_key="k").messages.create.__annotations__
    assert set(PROFILE.sdk.fields.split()) <= set(taken)


ADVICE = {"type": "advisor_result", "text": "Ask for the port first.", "stop_reason": None}
SEALED = {"type": "advisor_redacted_result", "encrypted_content": "EqQB"}
FAILED = {"type": "advisor_tool_result_error", "error_code": "overloaded"}


@pytest.mark.parametrize(
    ("content", "shown", "failed"),
    [(ADVICE, "Ask for the port first.", False), (SEALED, SEALED, False), (FAILED, FAILED, True)],
)
def test_an_advisor_is_a_call_and_its_advice_a_result(content: Any, shown: Any, failed: bool) -> None:
    asked = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "advisor", "input": {}}
    told = {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_1", "content": content}
    turn = answer(sse(begun(), *block(0, asked), *block(1, told), *over("end_turn")))
    _, call, result = turn.steps
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (call.name, call.waits, call.arguments) == ("advisor", False, {})
    assert (result.data["result"], result.data.get("is_error", False)) == (shown, failed)
    assert replayed(turn) == [asked, told]


@pytest.mark.parametrize(
    "whole",
    [
        {"type": "container_upload", "file_id": "file_1"},
        {
            "type": "mcp_tool_listing",
            "mcp_server_name": "tides",
            "tools": [{"name": "tide", "description": "d", "input_schema": {"type": "object"}}],
        },
        {"type": "hologram", "id": "h", "depth": 3, "native": {"openai": {"type": "message"}}, "waits": True},
    ],
    ids=lambda whole: str(whole["type"]),
)
def test_a_block_that_is_no_step_of_ours_is_shown_and_goes_back_as_it_came(whole: dict[str, Any]) -> None:
    """Also one of a later version; what means something here means nothing in it."""
    turn = answer(
        sse(begun(), *block(0, whole), *block(1, {"type": "text", "text": "Hi"}), *over("end_turn"))
    )
    step = turn.steps[1]
    assert isinstance(step, OtherStep)
    assert step.data == {key: value for key, value in whole.items() if key not in {"native", "waits"}}
    assert set(step.native) == {"anthropic"}
    assert replayed(turn)[0] == whole


def test_a_tool_of_a_later_version_is_a_call_of_the_server() -> None:
    asked = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "sonar", "input": {"depth": 3}}
    told = {"type": "sonar_tool_result", "tool_use_id": "srvtoolu_1", "content": {"echo": "none"}}
    turn = answer(sse(begun(), *block(0, asked), *block(1, told), *over("end_turn")))
    _, call, result = turn.steps
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (call.name, call.waits, call.arguments) == ("sonar", False, {"depth": 3})
    assert (result.data["call_id"], result.data["result"]) == ("srvtoolu_1", {"echo": "none"})
    assert replayed(turn) == [asked, told]


@pytest.mark.parametrize("caller", ["code_execution_20250825", "code_execution_20260120"])
def test_a_call_says_by_which_program_it_was_made(caller: str) -> None:
    by = {"type": caller, "tool_id": "srvtoolu_1"}
    called = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}, "caller": by}
    direct = {**called, "id": "toolu_2", "caller": {"type": "direct"}, "toolset_name": "browser"}
    turn = answer(sse(begun(), *block(0, called), *block(1, direct), *over("tool_use")))
    _, first, second = turn.steps
    assert (first.unread, second.unread) == ({"caller": by}, {"toolset_name": "browser"})
    assert replayed(turn) == [called, direct]


@pytest.mark.parametrize("kind", ["code_execution", "bash_code_execution"])
def test_the_files_that_a_program_has_made_are_in_its_result(kind: str) -> None:
    files = [{"type": f"{kind}_output", "file_id": id} for id in ("file_1", "file_2")]
    printed = {"type": f"{kind}_result", "stdout": "a\n", "stderr": "", "return_code": 0, "content": files}
    whole = {"type": f"{kind}_tool_result", "tool_use_id": "srvtoolu_1", "content": printed}
    turn = answer(sse(begun(), *block(0, whole), *over("end_turn")))
    assert isinstance(result := turn.steps[1], ToolResult)
    assert result.data["result"] == {"output": "a\n", "files": ["file_1", "file_2"]}
    assert replayed(turn) == [whole]


def test_what_is_told_of_the_answer_as_a_whole_is_told() -> None:
    """Whether it is in the message, in its end or with the figures; nothing that is empty."""
    edits = {"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_tool_uses": 2}]}
    start = begun(input_tokens=3, service_tier="priority", cache_creation={"ephemeral_5m_input_tokens": 0})
    start["message"] |= {"container": None, "diagnostics": {"cache_miss_reason": {"type": "tools_changed"}}}
    end = over("stop_sequence", {"server_tool_use": {"web_search_requests": 1}}, stop_sequence="###")
    end[0] |= {"context_management": edits, "input_transformations": [], "safety": {"flags": []}}
    turn = answer(sse(start, *block(0, {"type": "text", "text": ""}, text("Hi")), *end))
    assert turn.details == {
        "service_tier": "priority",
        "diagnostics": {"cache_miss_reason": {"type": "tools_changed"}},
        "stop_sequence": "###",
        "context_management": edits,
        "server_tool_use": {"web_search_requests": 1},
    }


def test_fields_that_nobody_has_read_are_shown_raw_where_they_came() -> None:
    """In a block, in its deltas, in a message and in its end."""
    start = begun()
    start["message"]["mood"] = "good"
    piece = {**text("Hi"), "logprobs": [0.1]}
    told = block(0, {"type": "text", "text": "", "tone": "dry"}, piece, {**piece, "logprobs": [0.2]})
    turn = answer(sse(start, *told, *over("end_turn", flavour="mint")))
    assert turn.steps[1].unread == {"tone": "dry", "logprobs": [0.1, 0.2]}
    assert turn.details == {"mood": "good", "flavour": "mint"}


def test_a_delta_of_a_kind_not_known_is_shown_raw() -> None:
    """On the block that it was sent to, or as a step of its own, which nobody gets back."""
    smells = [{"type": "smell_delta", "smell": part} for part in ("ro", "se")]
    alone = [{"type": "content_block_delta", "index": 7, "delta": one} for one in smells]
    turn = answer(sse(begun(), *block(0, {"type": "text", "text": "Hi"}, *smells), *alone, *over("end_turn")))
    _, output, step = turn.steps
    assert isinstance(step, OtherStep)
    assert (output.unread, step.type, step.unread) == ({"smell": "rose"}, "smell_delta", {"smell": "rose"})
    assert replayed(turn) == [{"type": "text", "text": "Hi"}]


def test_thoughts_that_are_not_shown_are_counted_while_they_come() -> None:
    counted = {"type": "thinking_delta", "thinking": "", "estimated_tokens": 50}
    thinking = block(0, {"type": "thinking", "thinking": "", "signature": ""}, counted, counted)
    turn = answer(sse(begun(), *thinking[:-1]), ending="resume")
    assert turn.progress is not None
    assert turn.progress.doing == "thinking, about 100 tokens"
    assert turn.steps[1].unread == {}
    assert answer(sse(begun(), *thinking, *over("end_turn"))).progress is None

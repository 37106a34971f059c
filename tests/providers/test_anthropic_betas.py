"""What betas of Anthropic's API add to a stream: another model that goes on, and summaries."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import anthropic
import msgspec
import pytest

from interactions.conversations import costs
from interactions.conversations.history import transplanted
from interactions.providers.anthropic.body import body
from interactions.running.runner import PAUSED
from interactions.turns.events import Usage
from interactions.turns.steps import ModelOutput, OtherStep, Thought, ToolCall, UserInput
from interactions.turns.turn import Turn, text_of
from interactions.turns.wire import read_usage
from tests.folding import cut
from tests.judges import body_of
from tests.peers import STREAM_HEAD, peer
from tests.providers.anthropic_streams import (
    MODEL,
    USER,
    answer,
    begun,
    block,
    given_json,
    over,
    replayed,
    request,
    run,
    sse,
    text,
    validated,
)

SECOND = "claude-haiku-4-5"
FALLBACK = {
    "type": "fallback",
    "from": {"model": MODEL},
    "to": {"model": SECOND},
    "trigger": {"type": "refusal", "category": "cyber"},
}
RESULT = {"type": "function_result", "call_id": "toolu_2", "name": "f", "result": "21"}
SUMMED_UP = {"type": "compaction", "content": "They said hello.", "encrypted_content": "e"}


def thinking(index: int, signature: str) -> list[dict[str, Any]]:
    signed = {"type": "signature_delta", "signature": signature}
    return block(index, {"type": "thinking", "thinking": "", "signature": ""}, signed)


def saying(index: int, said: str) -> list[dict[str, Any]]:
    return block(index, {"type": "text", "text": ""}, text(said))


def calling(index: int, id: str, kind: str = "tool_use") -> list[dict[str, Any]]:
    name = "f" if kind == "tool_use" else "web_search"
    return block(index, {"type": kind, "id": id, "name": name, "input": {}}, given_json("{}"))


FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
HANDED_OVER = sse(
    begun(input_tokens=1000, output_tokens=1),
    *thinking(0, "first"),
    *saying(1, "One "),
    *calling(2, "srvtoolu_1", "server_tool_use"),
    *block(3, FOUND),
    *calling(4, "srvtoolu_2", "server_tool_use"),
    *calling(5, "toolu_1"),
    *block(6, FALLBACK),
    *thinking(7, "second"),
    *saying(8, "two."),
    *calling(9, "toolu_2"),
    *over("tool_use", {"output_tokens": 1000}),
)
SUMMARY = sse(
    begun(),
    *block(0, {"type": "compaction", "content": None}, {**SUMMED_UP, "type": "compaction_delta"}),
    *over("compaction"),
)
AFTER = sse(begun(), *saying(0, "Hello again."), *over("end_turn"))


def read_by_client(content: bytes) -> Any:
    with (
        peer(lambda connection, _: connection.sendall(STREAM_HEAD + content)) as server,
        anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0) as client,
    ):
        asked: Any = [{"role": "user", "content": "Hi"}]
        with client.beta.messages.stream(model=MODEL, max_tokens=10, messages=asked) as events:
            return events.get_final_message()


def sent(turn: Turn, **changes: Any) -> list[dict[str, Any]]:
    """The messages behind a turn, which the client's own types accept."""
    made = json.loads(json.dumps(body(request(history=(turn,), **changes))))
    validated(body_of("anthropic beta").validate_python(made))
    return list(made["messages"])


def test_a_fallback_is_shown_and_the_answer_is_the_second_model_s() -> None:
    turn = answer(HANDED_OVER)
    assert (turn.status, turn.model, text_of(turn), turn.warnings) == (
        "requires_action",
        SECOND,
        "One two.",
        (),
    )
    (step,) = (step for step in turn.steps if isinstance(step, OtherStep))
    assert (step.type, step.data, step.open) == ("fallback", FALLBACK, False)
    assert read_by_client(HANDED_OVER).model == turn.model


def hop(model: str, **figures: Any) -> dict[str, Any]:
    """The figures of one hop, in the list that a message has of them."""
    return {"type": "message", "model": model, "input_tokens": 1000, "output_tokens": 100, **figures}


def served(*iterations: dict[str, Any], **figures: Any) -> Turn:
    """A turn in which one model has handed over to another, with what its usage says of the hops."""
    figures |= {"iterations": list(iterations)} if iterations else {}
    told = [*block(0, FALLBACK), *saying(1, "two."), *over("end_turn", {"output_tokens": 50, **figures})]
    return answer(sse(begun(input_tokens=500), *told))


def paid(turn: Turn, model: str = MODEL) -> Decimal | None:
    return costs.spent(turn, model, "anthropic", local=False)


def alone(model: str) -> Decimal:
    """The price of one hop of `hop` by this model."""
    amount = costs.price(Usage(1100, 1000, 100, 0, 0), model, "anthropic", local=False)
    assert amount is not None
    return amount


def test_each_model_of_a_fallback_is_paid_at_its_own_price() -> None:
    """Whichever of them is asked about: the figures of the message are those of the last alone."""
    turn = served(hop(MODEL), hop(SECOND, type="fallback_message"))
    assert paid(turn, MODEL) == paid(turn, SECOND) == alone(MODEL) + alone(SECOND)
    assert turn.usage is not None
    assert (turn.usage.total_input_tokens, turn.usage.total_output_tokens) == (500, 50)


@pytest.mark.parametrize(
    "iterations",
    [
        (),
        (hop(""), hop(SECOND, type="fallback_message")),
        (hop(MODEL), {"type": "fallback_message", "model": SECOND, "output_tokens": 1}),
        (hop(MODEL), hop("nobody-knows-it", type="fallback_message")),
    ],
    ids=["no hops", "a hop without its model", "a hop without its figures", "a model without a price"],
)
def test_a_fallback_whose_hops_are_not_told_has_no_known_price(
    iterations: tuple[dict[str, Any], ...],
) -> None:
    assert paid(served(*iterations)) is None
    assert paid(answer(HANDED_OVER)) is None


@pytest.mark.parametrize("kind", ["advisor_message", "compaction"])
def test_what_is_counted_beside_the_message_is_paid_too(kind: str) -> None:
    """An advisor at the price of its own model, and a summary at that of the message's."""
    beside = hop(SECOND, type=kind) if kind == "advisor_message" else {**hop(MODEL, type=kind), "model": None}
    figures = {"output_tokens": 100, "iterations": [{**hop(MODEL), "model": None}, beside]}
    turn = answer(sse(begun(input_tokens=1000), *saying(0, "Hi"), *over("end_turn", figures)))
    assert paid(turn) == alone(MODEL) + alone(SECOND if kind == "advisor_message" else MODEL)


def test_iterations_of_one_model_change_no_price() -> None:
    figures = {
        "output_tokens": 100,
        "iterations": [hop(MODEL, output_tokens=60), hop(MODEL, output_tokens=40)],
    }
    turn = answer(sse(begun(input_tokens=1000), *saying(0, "Hi"), *over("end_turn", figures)))
    assert paid(turn) == alone(MODEL)
    assert turn.details["iterations"] == figures["iterations"]


def test_the_price_of_each_hop_outlives_the_turn() -> None:
    """Stored rows have the figures and no journal."""
    turn = served(hop(MODEL), hop(SECOND, type="fallback_message"))
    stored = tuple(map(read_usage, json.loads(msgspec.json.encode(turn.reported))))
    assert stored == turn.reported
    assert turn.usage is not None
    assert turn.usage.shares is not None
    assert (turn.usage + turn.usage).shares == turn.usage.shares * 2


def test_an_answer_that_breaks_off_behind_a_fallback_is_the_second_model_s() -> None:
    """And one that breaks off before it is the first one's."""
    frames = cut(HANDED_OVER)
    place = next(at for at, raw in enumerate(frames) if b'"fallback"' in raw)
    for count, model in ((place, MODEL), (place + 1, SECOND)):
        turn = answer(b"".join(frames[:count]), ending="cut")
        assert (turn.status, turn.model) == ("interrupted", model)


@pytest.mark.parametrize("to", [None, "m", {}, {"model": None}, {"model": 7}])
def test_a_fallback_to_nobody_changes_no_model(to: Any) -> None:
    turn = answer(sse(begun(), *block(0, {**FALLBACK, "to": to}), *saying(1, "Hi"), *over("end_turn")))
    assert (turn.status, turn.model) == ("completed", MODEL)


def test_a_fallback_goes_back_where_it_stood() -> None:
    """Before it, the thoughts and the calls of the first model stay here, and tools without a result; behind
    it, thoughts go to the model alone that had them."""
    first, second = sent(answer(HANDED_OVER), input=(RESULT,), model=SECOND)[1:]
    assert [block["type"] for block in first["content"]] == [
        "text",
        "server_tool_use",
        "web_search_tool_result",
        "fallback",
        "thinking",
        "text",
        "tool_use",
    ]
    assert first["content"][3:5] == [FALLBACK, {"type": "thinking", "thinking": "", "signature": "second"}]
    assert [block["tool_use_id"] for block in second["content"]] == ["toolu_2"]
    kinds = [block["type"] for block in sent(answer(HANDED_OVER), input=(RESULT,), model=MODEL)[1]["content"]]
    assert "thinking" not in kinds
    assert "fallback" in kinds


def test_a_call_from_before_a_fallback_needs_no_result_and_is_sent_none() -> None:
    told = (*calling(0, "toolu_1"), *block(1, FALLBACK), *saying(2, "Done."))
    turn = answer(sse(begun(), *told, *over("end_turn")))
    assert turn.status == "completed"
    result = {**RESULT, "call_id": "toolu_1"}
    words = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}
    _, answered, following = sent(turn, input=(result, words))
    assert answered["content"] == [FALLBACK, {"type": "text", "text": "Done."}]
    assert following == USER


def test_a_compaction_is_shown_and_goes_back_as_it_came() -> None:
    """It is told in one delta; what its start had besides goes back too."""
    start = {"type": "compaction", "content": None, "signature": "s"}
    delta = {**SUMMED_UP, "type": "compaction_delta"}
    told = sse(begun(), *block(0, start, delta), *saying(1, "Hello again."), *over("end_turn"))
    turn = answer(told)
    _, step, output = turn.steps
    assert isinstance(step, OtherStep)
    assert isinstance(output, ModelOutput)
    assert (turn.status, text_of(turn), turn.warnings) == ("completed", "Hello again.", ())
    assert (step.data, step.open, step.other) == ({**SUMMED_UP, "signature": "s"}, False, ())
    found = read_by_client(told).content[0]
    assert replayed(turn)[0] == {**SUMMED_UP, "signature": "s"} == found.to_dict()
    sent(turn)


def test_a_summary_that_has_come_survives_a_cut() -> None:
    turn = answer(sse(begun(), *cut_off(SUMMED_UP)), ending="cut")
    assert isinstance(step := turn.steps[1], OtherStep)
    assert (turn.status, step.data) == ("interrupted", SUMMED_UP)


def cut_off(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """A compaction without its end."""
    return block(0, {"type": "compaction", "content": None}, {**summary, "type": "compaction_delta"})[:-1]


@pytest.mark.parametrize("late", [False, True], ids=["before the end", "behind the end"])
def test_a_summary_without_its_beginning_is_shown_once(late: bool) -> None:
    _, delta = cut_off(SUMMED_UP)
    end = [{"type": "content_block_stop", "index": 0}]
    told = [*over("end_turn"), delta] if late else [delta, *end, *end, *over("end_turn")]
    turn = answer(sse(begun(), *told))
    assert [step.data for step in turn.steps if isinstance(step, OtherStep)] == [SUMMED_UP]
    assert replayed(turn) == [SUMMED_UP]


def test_a_document_has_its_compaction_where_it_stood() -> None:
    content = [SUMMED_UP, {"type": "text", "text": "Hello again."}]
    whole = {**begun()["message"], "content": content, "stop_reason": "end_turn"}
    assert replayed(answer(json.dumps(whole).encode(), kind="application/json")) == content


@pytest.mark.parametrize(("content", "back"), [(None, 1), ("", 0)], ids=["failed", "empty"])
def test_a_compaction_that_has_failed_goes_back_and_an_empty_one_does_not(content: Any, back: int) -> None:
    """The API takes no empty one."""
    told = block(0, {"type": "compaction", "content": content})
    assert len(replayed(answer(sse(begun(), *told, *over("end_turn"))))) == back


def test_a_pause_behind_a_compaction_goes_on_from_it() -> None:
    turn, (first, second) = run(STREAM_HEAD + SUMMARY, STREAM_HEAD + AFTER)
    assert (turn.status, text_of(turn), turn.hop) == ("completed", "Hello again.", 1)
    assert first["messages"] == [USER]
    assert second["messages"] == [USER, {"role": "assistant", "content": [SUMMED_UP]}]
    validated(body_of("anthropic beta").validate_python(second))


def test_a_server_that_only_sums_up_is_not_asked_for_ever() -> None:
    """Asked for a summary in each request, it gives nothing else."""
    again = [STREAM_HEAD + SUMMARY.replace(b"msg_1", id) for id in (b"msg_1", b"msg_2", b"msg_3")]
    turn, bodies = run(*again)
    assert (turn.status, len(bodies), turn.error and turn.error.message) == ("interrupted", 2, PAUSED)


@pytest.mark.parametrize("content", [HANDED_OVER, SUMMARY], ids=["fallback", "compaction"])
def test_a_beta_s_stream_cut_anywhere_is_no_success(content: bytes) -> None:
    for size in range(len(content.rstrip())):
        assert answer(content[:size], ending="cut").status == "interrupted"


@pytest.mark.parametrize("contents", [[HANDED_OVER], [SUMMARY, AFTER]], ids=["fallback", "compaction"])
def test_another_account_gets_neither(contents: list[bytes]) -> None:
    turn = transplanted(answer(*contents))
    assert {type(step) for step in turn.steps} <= {UserInput, ModelOutput, Thought, ToolCall}

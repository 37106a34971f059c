"""Cards: what went into a tool and what came out, drawn as what it is."""

import base64
import json
from typing import Any

import pytest

from interactions.turns.steps import OtherStep, ToolCall, ToolResult, step_from_wire
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.cards import call_card, other_card, result_card
from interactions.ui.answer.foreign_html import links_in
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.turn import drawing

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def step(**raw: Any) -> Any:
    return step_from_wire(raw, hop=0, index=0, frame=0)


def call(**raw: Any) -> ToolCall:
    made = step(id="1", **raw)
    assert isinstance(made, ToolCall)
    return made


def result(**raw: Any) -> ToolResult:
    made = step(call_id="1", **raw)
    assert isinstance(made, ToolResult)
    return made


def values(group: Group) -> str:
    return "\n".join(leaf.value for leaf in group.leaves)


def test_a_search_shows_its_queries_and_of_the_suggestions_html_only_the_links() -> None:
    """The chips are the server's own HTML; a script, a style or a handler in it never reaches the page."""
    html = (
        "<style>body{display:none}</style><script>alert(1)</script>"
        '<a onclick="x()" href="https://google.com/search?q=a&amp;b">a <b>&lt;b&gt;</b></a>'
        '<a href="javascript:alert(1)">bad</a>'
    )
    card = call_card(
        call(type="google_search_call", arguments={"queries": ["what is SSE", "SSE vs WS"]}),
        result(type="google_search_result", result=[{"search_suggestions": html}]),
        over=True,
    )
    assert card.label == "Google Search · what is SSE, SSE vs WS"
    assert Leaf("text", "what is SSE\nSSE vs WS") in card.leaves
    chips = card.leaves[-1].value
    assert '<a href="https://google.com/search?q=a&amp;b" target="_blank">a &lt;b&gt;</a>' in chips
    assert not any(word in chips for word in ("script", "style", "onclick", "alert"))


def test_a_recorded_search_whose_steps_say_nothing_says_so() -> None:
    card = call_card(
        call(type="google_search_call", signature=""), result(type="google_search_result"), over=True
    )
    assert words.TOOL_SILENT in values(card)


def test_code_is_code_in_its_language_and_its_output_is_text() -> None:
    card = call_card(
        call(type="code_execution_call", arguments={"code": "print(1)", "language": "PYTHON"}),
        result(type="code_execution_result", result="1\n"),
        over=True,
    )
    assert Leaf("code", "print(1)", "python") in card.leaves
    assert Leaf("code", "1\n", "text") in card.leaves


def test_a_result_made_of_content_is_drawn_as_that_content() -> None:
    parts = [{"type": "text", "text": "A plot:"}, {"type": "image", "mime_type": "image/png", "data": PNG}]
    card = result_card(result(type="code_execution_result", result=parts))
    assert card.leaves[1:] == (Leaf("text", "A plot:"), Leaf("image", f"data:image/png;base64,{PNG}"))


def test_pages_show_how_reading_them_went() -> None:
    pages = [
        {"url": "https://a.org", "status": "success"},
        {"url": "javascript:alert(1)", "status": "unsafe"},
    ]
    shown = values(result_card(result(type="url_context_result", result=pages)))
    assert '<a href="https://a.org" target="_blank">https://a.org</a> <b>success</b>' in shown
    assert "<li>javascript:alert(1) <b>unsafe</b>" in shown


def test_places_are_links_and_everything_else_of_them_is_json() -> None:
    places = [{"places": [{"name": "Café", "url": "https://maps.google.com/?cid=1"}]}]
    shown = values(result_card(result(type="google_maps_result", result=places)))
    assert '<a href="https://maps.google.com/?cid=1" target="_blank">Café</a>' in shown
    assert '"places": [' in shown


def test_a_remote_tool_is_named_with_its_server_and_shows_arguments_and_result() -> None:
    card = call_card(
        call(type="mcp_server_tool_call", name="find", server_name="tickets", arguments={"q": "x"}),
        result(type="mcp_server_tool_result", result={"found": 2}),
        over=True,
    )
    assert card.label == "tickets · find"
    assert '"q": "x"' in values(card)
    assert '"found": 2' in values(card)


def test_a_function_call_stands_open_and_its_arguments_are_seen_forming() -> None:
    forming = call(type="function_call", name="get_weather", arguments={})
    forming = ToolCall(**{**_fields(forming), "fragments": forming.fragments + '{"location": "Par'})
    card = call_card(forming, None, over=False)
    assert (card.kind, card.label) == ("call", "get_weather")
    assert Leaf("code", '{"location": "Par', "json") in card.leaves


def _fields(made: ToolCall) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__struct_fields__}


@pytest.mark.parametrize(
    ("found", "over", "state"),
    [
        (None, False, words.TOOL_RUNS),
        (None, True, words.TOOL_NO_RESULT),
        ({"is_error": True, "result": "boom"}, True, words.TOOL_FAILED),
    ],
)
def test_the_label_says_how_a_servers_tool_stands(
    found: dict[str, Any] | None, over: bool, state: str
) -> None:
    made = None if found is None else result(type="file_search_result", **found)
    assert (
        call_card(call(type="file_search_call"), made, over).label
        == f"{words.TOOLS['file_search']} · {state}"
    )


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize(
    ("status", "found", "state"),
    [
        ("completed", None, ""),
        ("failed", None, f" · {words.TOOL_FAILED}"),
        ("failed", {"result": "half of it"}, f" · {words.TOOL_FAILED}"),
        ("completed", {"result": "all of it"}, ""),
    ],
)
def test_a_call_that_says_itself_how_it_went_is_believed(
    status: str, found: dict[str, Any] | None, state: str, over: bool
) -> None:
    """OpenAI's tools keep what they have found to themselves unless they are asked for it."""
    made = None if found is None else result(type="file_search_result", **found)
    card = call_card(call(type="file_search_call", status=status), made, over)
    assert card.label == f"{words.TOOLS['file_search']}{state}"


def test_a_picture_that_code_has_drawn_elsewhere_is_a_link() -> None:
    parts = [{"type": "text", "text": "1"}, {"type": "image", "uri": "https://x.org/i.png"}]
    shown = values(result_card(result(type="code_execution_result", result=parts)))
    assert 'href="https://x.org/i.png"' in shown


def test_the_error_of_a_step_is_seen_though_nothing_else_of_it_is() -> None:
    """A picture that was not made, say."""
    failed = step(type="model_output", content=[], error={"code": "moderation_blocked", "message": "No."})
    (card,) = (span for span in drawing(Turn(steps=(failed,))).elements if isinstance(span, Group))
    assert card.label == words.STEP_ERROR
    assert '"message": "No."' in values(card)


@pytest.mark.parametrize("odd", [None, 3, "x", ["y"], {"queries": 5}, [[]], {"a": {"b": []}}])
@pytest.mark.parametrize(
    "tool", ["google_search", "google_maps", "url_context", "code_execution", "retrieval"]
)
def test_arguments_and_results_of_any_shape_are_drawn(tool: str, odd: Any) -> None:
    """A server may send what no schema says."""
    card = call_card(
        call(type=f"{tool}_call", arguments=odd), result(type=f"{tool}_result", result=odd), True
    )
    assert card.leaves


@pytest.mark.parametrize(
    ("data", "label"),
    [
        ({"type": "fallback", "to": {"model": "claude-y"}}, "Another model took over · claude-y"),
        ({"type": "fallback", "to": "claude-y"}, "Another model took over"),
        ({"type": "compaction", "content": {"a": 1}}, "Summary of what was said before"),
        ({"type": "hologram", "to": {"model": "claude-y"}}, "hologram"),
        ({}, words.NAMELESS_STEP),
    ],
)
def test_a_step_of_no_kind_of_ours_is_named_and_shown_whole(data: dict[str, Any], label: str) -> None:
    """By our words, if it is a vendor's that has them; by its own type in Google's vocabulary."""
    step = step_from_wire({**data, "native": {"anthropic": data}}, hop=0, index=0, frame=0)
    assert isinstance(step, OtherStep)
    card = other_card(step)
    assert (card.kind, card.label) == ("card", label)
    assert [json.loads(leaf.value) for leaf in card.leaves] == [data]
    google = step_from_wire(data, hop=0, index=0, frame=0)
    assert isinstance(google, OtherStep)
    assert other_card(google).label == data.get("type", words.NAMELESS_STEP)


@pytest.mark.parametrize(
    "html", ["<![zz[", "<![if x]>", "<![", "<!zz[", f"&#{'9' * 5000};", f"<a href='&#{'9' * 5000};'>"]
)
def test_the_links_of_odd_html_are_found_behind_what_is_odd(html: str) -> None:
    """A parser may take offence at it; the suggestions are shown all the same."""
    link = "<a href='https://google.com/search?q=a'>a</a>"
    assert links_in(f"{link}{html}")[0] == ("a", "https://google.com/search?q=a")
    suggested = [{"search_suggestions": f"{link}{html}"}, {"search_suggestions": ["odd"]}]
    assert "https://google.com/search?q=a" in values(
        result_card(result(type="google_search_result", result=suggested))
    )


@pytest.mark.parametrize("language", ["\ud800", "a b", {"a": 1}, "x" * 500, 7])
def test_code_in_a_language_that_is_none_is_plain_text_or_python(language: Any) -> None:
    """The name comes from a model."""
    card = call_card(
        call(type="code_execution_call", arguments={"code": "1", "language": language}), None, over=True
    )
    assert card.leaves[0].form in {"text", "python"}

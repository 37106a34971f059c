"""Whatever a turn consists of: it is drawn, exported, sent along and found, and nothing of that raises."""

from __future__ import annotations

import inspect
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import walk_packages
from types import CodeType, FrameType, FunctionType
from typing import Any, get_args, get_type_hints
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import interactions
from interactions.cassettes import Cassette, Recording, dump
from interactions.conversations import costs, exchanges, history, scripts
from interactions.conversations.attachments import File
from interactions.conversations.conversation import Conversation
from interactions.conversations.request import Options, Request
from interactions.conversations.words import hit, index_line, phrases, storable, title_of, words_of
from interactions.providers.anthropic.body import body as anthropic_body
from interactions.providers.built_in import PROFILES
from interactions.providers.chat import body as chat_body
from interactions.providers.gemini import body as gemini
from interactions.providers.generate_content import body as generate_content
from interactions.providers.profile import Profile, profile_of
from interactions.providers.responses import body as openai_body
from interactions.providers.shared import gists
from interactions.sandbox.pictures import png
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Interaction,
    InteractionCompleted,
    Progress,
    Requested,
    StepStart,
    Told,
    Usage,
)
from interactions.turns.steps import CALLS, OtherStep, Step, ToolCall, ToolResult, Wire, step_from_wire
from interactions.turns.turn import Turn, text_of, turn_waits
from interactions.turns.values import encoded
from interactions.ui.answer.answers import answer, fields, title
from interactions.ui.answer.stack import Group
from interactions.ui.answer.tools import kinds
from interactions.ui.answer.turn import drawing
from interactions.ui.compare.columns import Column
from interactions.ui.compare.figures import Shown, Times, figures_html, speed
from interactions.ui.compare.table import table_html
from interactions.ui.drawing import boundary
from interactions.ui.log import rows
from interactions.ui.log.event_log import keeps
from interactions.ui.tab.event_log import Filter
from interactions.ui.words import figures
from interactions.ui.words.limits import UNDRAWN
from interactions.ui.words.trouble import lacks_model
from tests.folding import after
from tests.oddities import PROTOCOLS, RECORDED, STEPS, anything, folded, frames_of, streams, turns
from tests.vendors import asking

BODIES: tuple[Callable[[Request], Any], ...] = (
    gemini.body,
    generate_content.body,
    anthropic_body,
    chat_body.body,
    openai_body.body,
)


KEYS = st.sampled_from(
    (
        *gists._TELLING,
        *gists.TELLING,
        "choices",
        "error",
        "delta",
        "step",
        "usage",
        "response",
        "item",
        "candidates",
    )
)


KINDS = ("message_start", "message", "message_delta", "content_block_start", "content_block_delta")


SHOT = File("shot.png", "image/png", b64decode(png(2, 2)))
# What may stand in the fields of a form, by their kinds.
FILLED: tuple[dict[str, Any], ...] = (
    {},
    {"text": '{"a": 1}', "line": "No.", "number": 3, "choice": "Refuse", "picture": SHOT, "tick": True},
)


@contextmanager
def without_a_net() -> Iterator[None]:
    """What the boundary would catch fails the test."""

    def fail(error: Exception) -> None:
        raise error

    with patch.object(boundary, "report", fail):
        yield


def shown(turn: Turn) -> None:
    for silence, then in ((0.0, None), (20.0, "Go on")):
        drawing(turn, silence, "≈ $1", then)
    lacks_model(turn)
    for call in turn_waits(turn):
        title(call)
        for filled in FILLED:
            encoded(answer(call, {field.name: filled.get(field.kind) for field in fields(call)}))


def compared(turn: Turn) -> None:
    figures_html(turn, Times(0.0, 1.0, 2.0, 2.0), Shown(10**9, 5.0, ("seed",), ""))
    speed(turn, 10**9)
    columns = [Column(Conversation(""), "", "a", "m"), Column(Conversation(""), "", "b", "m")]
    table_html(columns, [turn, None])


def counted(turn: Turn) -> None:
    for model, vendor in (("gemini-2.5-flash", "google"), ("claude-opus-4", "anthropic"), ("x", "y")):
        figures.cost(costs.spent(turn, model, vendor, local=False))
        figures.cost(costs.estimate(turn, model, vendor, local=False))
    encoded(turn.reported)


def sent_along(turn: Turn) -> None:
    """As history, as the turn that is named, as the one that goes on, and said again by a visitor."""
    said = raws(turn)
    other = history.transplanted(turn)
    requests: tuple[Request, ...] = (
        asking(history=(turn, other)),
        asking(begun=turn, continuation_token="more"),
        asking(previous_interaction_id="1", named=lambda: (turn,), earlier=lambda: (turn,)),
        asking(input=said),
    )
    for request in requests:
        for body in BODIES:
            encoded(body(request))
    assert isinstance(history.left_behind(turn, vendor=True), frozenset)


def indexed(turn: Turn) -> None:
    said = raws(turn)
    text = storable(f"{words_of(said)}\n{text_of(turn)}")
    for line in (index_line(text), storable(title_of(said)), hit(text, phrases("a 1"))):
        line.encode()


def raws(turn: Turn) -> tuple[Wire, ...]:
    """The steps that are kept as they came, as somebody's input."""
    return tuple(step.data for step in turn.steps if isinstance(step, ToolCall | ToolResult | OtherStep))


ON_A_TURN: tuple[Callable[[Turn], None], ...] = (shown, compared, counted, sent_along, indexed)


def exported(protocol: str, frames: list[Frame]) -> None:
    for exchange in exchanges.exchanges(frames):
        exchanges.curl(exchange.request)
        for sdk in (None, profile_of(PROTOCOLS[protocol]).sdk):
            compile(scripts.python_script(exchange.request, sdk), "answer.py", "exec")
    recording = Recording(None, protocol, datetime.now(UTC), None, "Hi", Options("m"), tuple(frames))
    written = dump(Cassette("a", (recording,)))
    assert dump(Cassette("a", (recording,))) == written


def logged(protocol: str, frames: list[Frame]) -> None:
    for gist in (gists.gist, profile_of(PROTOCOLS[protocol]).gist):
        for frame in frames:
            rows.row_html(frame, 0, "raw", gist).encode()
            keeps(Filter(text="a"), frame, gist)


@given(turns())
def test_every_drawer_draws_what_any_events_have_made_of_a_turn(turn: Turn) -> None:
    """Without the net that is there for what nobody has foreseen."""
    with without_a_net():
        for use in ON_A_TURN:
            use(turn)


@given(streams())
def test_every_drawer_draws_what_a_stream_with_anything_in_it_becomes(
    stream: tuple[str, list[Frame]],
) -> None:
    """In each protocol, by the same way as what real servers say."""
    protocol, frames = stream
    turn = folded(protocol, frames)
    with without_a_net():
        for use in ON_A_TURN:
            use(turn)
        exported(protocol, frames)
        logged(protocol, frames)


@given(
    st.sampled_from([*KINDS, "response", "response.odd", "step.delta", ""]), st.dictionaries(KEYS, anything())
)
def test_a_gist_is_a_text_whatever_the_event_is(kind: str, event: dict[str, Any]) -> None:
    """In every protocol; with what is telling in one of them in any place."""
    for profile in (Profile(), *PROFILES.values()):
        assert isinstance(profile.gist(kind, event), str)


GIVEN = {
    "code": "1",
    "commands": ["ls"],
    "command": ["ls"],
    "operation": {"type": "update_file", "path": "a", "diff": "+a"},
    "actions": [{"type": "click", "x": 1}],
    "pending_safety_checks": [{"id": "s", "message": "Careful"}],
    "input": "x",
}
BROUGHT = {
    "shell_result": [{"stdout": "a", "stderr": "b", "outcome": {"type": "exit", "exit_code": 1}}],
    "apply_patch_result": {"status": "failed", "output": "x"},
    "mcp_approval_result": {"approve": True, "reason": "x"},
    "computer_result": {"content": [], "acknowledged_safety_checks": [{"id": "s"}]},
}


def corpus() -> Iterator[Turn]:
    """Every kind of step with every kind of content, as a turn that runs and as turns that have ended."""
    page = {"type": "url_citation", "url": "https://a.test", "end_index": 1}
    content = [
        {"type": "text", "text": "a", "annotations": [page, {"type": "word_info"}]},
        {"type": "image", "data": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "audio", "data": "AAAA", "mime_type": "audio/l16"},
        {"type": "image", "data": "é", "mime_type": "image/png"},
        {"type": "document", "data": "YQ==", "mime_type": "text/plain", "name": "a.txt"},
    ]
    said: tuple[Any, ...] = tuple(
        {
            "type": kind,
            "id": kind,
            "call_id": kind.replace("_result", "_call"),
            "name": "n",
            "content": content,
            "summary": content,
            "result": BROUGHT.get(kind, content),
            "error": {"code": 1},
            "arguments": GIVEN,
            "waits": kind != "code_execution_call",
            "caller": {"type": "program", "caller_id": "p"},
            "tools": [{"name": "a"}],
            "output": "x",
            "file_id": "f",
            "native": {"openai": {}},
        }
        for kind in STEPS
    )
    begun = after(
        Turn(), Requested(said, "m", None, True), *(StepStart(at, raw) for at, raw in enumerate(said))
    )
    usage = Usage(total_input_tokens=1, total_output_tokens=2)
    begun = after(begun, Told({"stop_sequence": "x", "container": {"id": "c"}}), Progress("web_search", 0.5))
    yield begun
    for status in ("completed", "requires_action", "failed", "cancelled", "interrupted"):
        yield after(begun, InteractionCompleted(Interaction("1", status, usage=usage)))
    calls = (StepStart(at, raw) for at, raw in enumerate(said) if raw["type"] in CALLS)
    waits = InteractionCompleted(Interaction("1", "requires_action"))
    yield after(Turn(), Requested((), "m", None, True), *calls, waits)


def test_no_drawer_is_left_out_when_turns_are_drawn() -> None:
    """Every function that is given what a server said is called by the tests above; a new one has to be."""
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        for turn in corpus():
            for use in ON_A_TURN:
                use(turn)
        for protocol, said in RECORDED.values():
            frames = frames_of(protocol, said)
            for use in ON_A_TURN:
                use(folded(protocol, frames))
            exported(protocol, frames)
            logged(protocol, frames)
    finally:
        sys.setprofile(None)
    assert {name for name, code in drawers() if code not in called} == ELSEWHERE


# What the page hands turns on with, or what is given only what a visitor has chosen here.
ELSEWHERE = {
    "interactions.ui.tab.choices.options",
    "interactions.ui.compare.figures.times",
    "interactions.ui.log.event_log._borders_of",
    "interactions.ui.panes.draw_turns",
    "interactions.ui.answer.pricing._in_words",
    "interactions.ui.answer.results.draw",
    "interactions.ui.answer.results._draw_call",
    "interactions.ui.answer.results._filled",
    "interactions.conversations.history.remembered",
    "interactions.providers.anthropic.body._tool",
    "interactions.providers.chat.body._tool",
    "interactions.providers.responses.body._tool",
}
FOREIGN = re.compile(
    r"\b(Turn|Step|Thought|ModelOutput|UserInput|ToolCall|ToolResult|OtherStep|Text|Media|Content|Wire|Frame)\b"
)
DRAWING = (
    "ui",
    "conversations.costs",
    "conversations.exchanges",
    "conversations.scripts",
    "conversations.history",
    "providers.anthropic.blocks",
    "providers.anthropic.body",
    "providers.anthropic.messages",
    "providers.chat.body",
    "providers.responses.body",
    "providers.responses.clients",
    "providers.responses.items",
    "providers.responses.tools",
    "providers.responses.unread",
)


def drawers() -> Iterator[tuple[str, CodeType]]:
    """The functions that take a turn, or a part of one, by their full names."""
    for name in sorted(each.name for each in walk_packages(interactions.__path__, "interactions.")):
        if not name.removeprefix("interactions.").startswith(DRAWING):
            continue
        for key, made in vars(import_module(name)).items():
            function = inspect.unwrap(made) if callable(made) else None
            if inspect.isfunction(function) and function.__module__ == name and _takes_foreign(function):
                yield f"{name}.{key}", function.__code__


def _takes_foreign(function: FunctionType) -> bool:
    kinds = (str(each.annotation) for each in inspect.signature(function).parameters.values())
    return any(FOREIGN.search(kind) for kind in kinds)


def test_every_kind_of_step_is_tried_here() -> None:
    """The cards' kinds are among them."""
    tried = {type(step_from_wire({"type": kind}, hop=0, index=0, frame=0)) for kind in STEPS}
    assert tried == set(get_args(Step))
    assert set(kinds.KINDS) < set(STEPS)


def each_kind() -> None:
    from typing import get_args, get_type_hints

    import streamlit as st

    from interactions.sandbox.pictures import png
    from interactions.ui.answer.stack import Element, Group, Leaf, Stack, place

    leaves = [
        Leaf(
            kind,
            f"data:image/png;base64,{png(2, 2)}" if kind == "image" else "aGVsbG8=",
            "audio/wav",
            "a",
            "b",
        )
        for kind in get_args(get_type_hints(Leaf)["kind"])
    ]
    groups = [Group(kind, f"A {kind}", tuple(leaves)) for kind in get_args(get_type_hints(Group)["kind"])]
    elements: list[Element] = [*leaves, *groups]
    place(st.container(), elements, "placed")
    Stack(st.container(), "stacked").draw(elements)


def test_every_kind_of_element_is_drawn() -> None:
    """Streamlit takes each of them, alone and in a group, placed for good and stacked."""
    page = AppTest.from_function(each_kind).run()
    assert not page.exception
    assert not [each.label for each in page.expander if each.label == UNDRAWN]
    assert len(page.expander) == 2 * (len(get_args(get_type_hints(Group)["kind"])) - 1)  # "user" is a message
    assert len(page.get("download_button")) == 2 * (1 + len(get_args(get_type_hints(Group)["kind"])))

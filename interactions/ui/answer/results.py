"""The form in which calls that wait are answered by hand, as a program would answer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, assert_never

from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.attachments import LARGEST
from interactions.conversations.conversation import StoredTurn
from interactions.turns.steps import ToolCall, Wire
from interactions.turns.turn import turn_waits
from interactions.ui import words
from interactions.ui.answer.answers import Field, answer, fields, title
from interactions.ui.drawing.markdown import as_label
from interactions.ui.tab import session
from interactions.ui.tab.state import chosen, ticked, typed, uploaded


def draw(
    container: DeltaGenerator, stored: StoredTurn, send: Callable[[tuple[Wire, ...], StoredTurn], None]
) -> None:
    """Draws a form with what each call that waits is answered with. The API wants all answers together."""
    calls = {f"result_{stored.id}_{place}": call for place, call in enumerate(turn_waits(stored.turn))}
    if not calls:
        return

    def submitted() -> None:
        with session.reporting():
            send(tuple(answer(call, _filled(key, call)) for key, call in calls.items()), stored)

    form = container.form(f"results_{stored.id}")
    functions = any(call.type == "function_call" for call in calls.values())
    form.caption(words.RESULT_HINT if functions else words.ANSWER_HINT)
    for key, call in calls.items():
        _draw_call(form, key, call)
    form.form_submit_button(words.SEND_RESULTS, on_click=submitted)


def _draw_call(form: DeltaGenerator, key: str, call: ToolCall) -> None:
    if about := title(call):
        form.markdown(f"**{as_label(about)}**", anchors=False)
    for field in fields(call):
        _draw_field(form, f"{key}_{field.name}", field)


def _draw_field(form: DeltaGenerator, key: str, field: Field) -> None:
    match field.kind:
        case "text":
            form.text_area(field.label, key=key, height=80)
        case "line":
            form.text_input(field.label, key=key)
        case "number":
            form.number_input(field.label, key=key, value=0, step=1)
        case "choice":
            form.radio(field.label, field.choices, index=int(field.safer), key=key, horizontal=True)
        case "picture":
            most = LARGEST // 2**20
            form.file_uploader(field.label, ["png", "jpg", "jpeg"], key=key, max_upload_size=most)
        case "tick":
            form.checkbox(field.label, key=key)
        case _:
            assert_never(field.kind)


def _filled(key: str, call: ToolCall) -> dict[str, object]:
    """What stands in the fields of a call."""
    return {field.name: _READ[field.kind](f"{key}_{field.name}") for field in fields(call)}


_READ: Mapping[str, Callable[[str], Any]] = {
    "text": typed,
    "line": typed,
    "number": chosen,
    "choice": chosen,
    "picture": uploaded,
    "tick": ticked,
}

"""The form in which function calls are answered by hand, as a program would answer them."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import StoredTurn
from interactions.turns.steps import ToolCall, ToolResult, Wire
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.tab.state import typed


def draw(
    container: DeltaGenerator, stored: StoredTurn, send: Callable[[tuple[Wire, ...], StoredTurn], None]
) -> None:
    """Draws a form with a field for each call that waits. The API wants all results together."""
    calls = {f"result_{stored.id}_{place}": call for place, call in enumerate(waiting(stored.turn))}
    if not calls:
        return

    def submitted() -> None:
        send(tuple(result(call, typed(key)) for key, call in calls.items()), stored)

    form = container.form(f"results_{stored.id}")
    form.caption(words.RESULT_HINT)
    for key, call in calls.items():
        form.text_area(words.RESULT_OF.format(as_label(call.name)), key=key, height=80)
    form.form_submit_button(words.SEND_RESULTS, on_click=submitted)


def waiting(turn: Turn) -> list[ToolCall]:
    """The function calls of a turn that ended because of them, but for those that the server's own tools
    have answered."""
    if turn.status != "requires_action":
        return []
    answered = [step.data.get("call_id") for step in turn.steps if isinstance(step, ToolResult)]
    calls = [step for step in turn.steps if isinstance(step, ToolCall) and not step.server_executed]
    return [call for call in calls if call.data.get("id") is None or call.data["id"] not in answered]


def result(call: ToolCall, typed: str) -> Wire:
    """A `function_result` step; no key more than the API accepts (it refuses an `id`)."""
    value = load_json(typed) if typed.strip() else ""
    return {
        "type": "function_result",
        "call_id": call.data.get("id", ""),
        "name": call.name,
        "result": value if isinstance(value, dict | list | str) else typed,
    }

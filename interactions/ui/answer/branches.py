"""The buttons below a turn: edit, regenerate, fork, recover, and page through its siblings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.attachments import editable, names_in, reworded, text_in
from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.request import Input
from interactions.turns.status import CHAINABLE
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.tab import line
from interactions.ui.tab.state import snapshot


class Acts(NamedTuple):
    """The callbacks of the buttons. `say` sends another input in place of the turn's own; `fork` opens a new
    conversation that goes on from the turn; `bring_back` asks the server again for a `recoverable` turn.
    `use_nearest` sends the turn's input to the model that is nearest to one which the server does not have:
    `stand_in` is the name of that model, "" while its server has not been asked, and None of other turns."""

    say: Callable[[StoredTurn, Input], None]
    fork: Callable[[StoredTurn], None]
    bring_back: Callable[[StoredTurn], None]
    recoverable: Callable[[StoredTurn], bool]
    use_nearest: Callable[[StoredTurn], None]
    stand_in: Callable[[StoredTurn], str | None]


def draw(container: DeltaGenerator, conversation: Conversation, stored: StoredTurn, acts: Acts) -> None:
    if line.edited() == stored.id:
        _edit(container, stored, acts)
        return
    row = container.container(key=f"acts_{stored.id}", horizontal=True, vertical_alignment="center")
    _siblings(row, conversation, stored)
    if (name := acts.stand_in(stored)) is not None:
        label = words.TRY_WITH.format(as_label(name)) if name else words.TRY_NEAREST
        _button(row, label, "swap_horiz", stored, acts.use_nearest)
    if editable(stored.prompt.input):
        _button(row, words.EDIT, "edit", stored, _begin_edit)
    well = stored.head.status in CHAINABLE
    _button(row, words.REGENERATE if well else words.TRY_AGAIN, "refresh", stored, _again(acts))
    _button(row, words.FORK, "fork_right", stored, acts.fork)
    if acts.recoverable(stored):
        _button(row, words.BRING_BACK, "cloud_download", stored, acts.bring_back)


def _button(
    row: DeltaGenerator, label: str, icon: str, stored: StoredTurn, act: Callable[[StoredTurn], None]
) -> None:
    row.button(
        label,
        key=f"{icon}_{stored.id}",
        icon=f":material/{icon}:",
        type="tertiary",
        on_click=act,
        args=(stored,),
    )


def _siblings(row: DeltaGenerator, conversation: Conversation, stored: StoredTurn) -> None:
    ids = conversation.siblings(stored)
    if len(ids) < 2:
        return
    place = ids.index(stored.id)
    for step, icon, label in (
        (-1, "chevron_left", words.SIBLING_BEFORE),
        (1, "chevron_right", words.SIBLING_AFTER),
    ):
        if step > 0:
            row.caption(words.SIBLING.format(place + 1, len(ids)), width="content")
        row.button(
            label,
            key=f"{icon}_{stored.id}",
            icon=f":material/{icon}:",
            type="tertiary",
            disabled=not 0 <= place + step < len(ids),
            on_click=line.follow,
            args=(conversation.id, ids[(place + step) % len(ids)]),
        )


def _again(acts: Acts) -> Callable[[StoredTurn], None]:
    return lambda stored: acts.say(stored, stored.prompt.input)


def _begin_edit(stored: StoredTurn) -> None:
    line.edit(stored.id)


def _edit(container: DeltaGenerator, stored: StoredTurn, acts: Acts) -> None:
    key = f"edited_{stored.id}"

    def send() -> None:
        acts.say(stored, reworded(stored.prompt.input, str(snapshot()[key])))

    def cancel() -> None:
        line.edit("")

    form = container.form(f"edit_form_{stored.id}")
    form.text_area(words.EDITED, text_in(stored.prompt.input), key=key)
    if names := names_in(stored.prompt.input):
        form.caption(words.WITH_FILES.format(as_label(", ".join(names))))
    row = form.container(horizontal=True)
    row.form_submit_button(words.EDIT_SEND, key=f"edit_send_{stored.id}", on_click=send, type="primary")
    row.form_submit_button(words.EDIT_CANCEL, key=f"edit_cancel_{stored.id}", on_click=cancel)

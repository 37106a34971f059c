"""The two panes of a conversation, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.attachments import line, names_in, text_in
from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.request import Input
from interactions.providers.profile import Profiles
from interactions.turns.status import CHAINABLE
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.stack import Stack, place
from interactions.ui.answer.turn import drawing
from interactions.ui.drawing.limits import shortened
from interactions.ui.drawing.markdown import as_label
from interactions.ui.log import controls
from interactions.ui.log.event_log import LIVE_WINDOW, WINDOW, EventLog, Layout, window
from interactions.ui.tab import event_log, session

# In a narrow window one pane is shown at a time: these are its tabs. The style sheet reads which is checked.
TABS = (
    f'<fieldset class="tabs" aria-label="{words.PANES}">'
    f'<input type="radio" name="pane" id="tab_log"><label for="tab_log">{words.EVENT_LOG}</label>'
    f'<input type="radio" name="pane" id="tab_conversation" checked>'
    f'<label for="tab_conversation">{words.CONVERSATION}</label></fieldset>'
)
# Seen while its pane's end is out of sight.
TO_END = f'<button type="button" class="to-end">{words.TO_END}</button>'


def pane(column: DeltaGenerator, key: str, title: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """A titled pane that scrolls: the bar for its controls, and an empty container for its content."""
    frame = column.container(key=f"{key}_pane")
    bar = frame.container(key=f"{key}_bar", horizontal=True, vertical_alignment="center")
    bar.markdown(f"##### {title}", anchors=False)
    scroller = frame.container(key=key, height=560)
    content = fresh(scroller, session.slot())
    scroller.html(TO_END)
    return bar, content


def fresh(place: DeltaGenerator, slot: int) -> DeltaGenerator:
    """An empty container, in one of two slots that take turns.

    Elements of the last run stay on the page until this run ends (Streamlit 1.67), so a shorter conversation
    would show the end of a longer one below it. The other slot is emptied, which takes them away at once.
    """
    # The slot that is drawn into is not emptied first: the browser may get that alone, and would blink.
    if slot:
        place.empty()
    container = place.container()
    if not slot:
        place.empty()
    return container


def draw_log(
    bar: DeltaGenerator,
    container: DeltaGenerator,
    load: Callable[[], Conversation],
    running: bool,
    actions: controls.Actions,
) -> Callable[[], None]:
    """Draws the log, and returns a function that draws the rows that have come since, or only counts them
    while the log is paused."""
    conversation = load()
    reached = event_log.first_turn(conversation)
    wanted, paused, counter = controls.draw(bar, conversation, reached, actions)
    skipped = 0 if wanted.turn else reached
    layout = Layout(actions.profiles, wanted, skipped)
    blocks = layout.grow(conversation.turns[skipped:], paused)
    if not blocks[0]:
        container.caption(words.NO_ROWS)
    page = event_log.page()
    most = LIVE_WINDOW if running else WINDOW
    first = window(blocks, most) if page is None else page
    _pager(bar, conversation, len(blocks), first, live=page is None, skipped=skipped)
    log = EventLog(container, event_log.first_block(first))

    def draw() -> None:
        conversation = load()
        if paused is not None:
            counter.caption(
                words.NEW_ROWS.format(event_log.count(conversation.turns, reached) - paused), width="content"
            )
        blocks = layout.blocks if paused is not None else layout.grow(conversation.turns[skipped:])
        if page is None:
            log.draw(blocks, window(blocks, most))
        else:
            log.draw(blocks[: page + WINDOW], page)

    draw()
    return draw


def _pager(
    bar: DeltaGenerator, conversation: Conversation, count: int, first: int, *, live: bool, skipped: int
) -> None:
    if first:
        earlier = max(0, first - WINDOW)
        bar.button(
            words.EARLIER, key="log_earlier", on_click=event_log.show_page, args=(earlier,), type="tertiary"
        )
    elif skipped:
        bar.button(
            words.EARLIER,
            key="log_earlier",
            on_click=event_log.show_earlier,
            args=(conversation,),
            type="tertiary",
        )
    if not live:
        later = first + WINDOW if first + WINDOW < count - WINDOW else None
        bar.button(words.LATER, key="log_later", on_click=event_log.show_page, args=(later,), type="tertiary")


def _followed(turns: Sequence[StoredTurn]) -> Iterator[tuple[StoredTurn, Input | None]]:
    """Pairs of a turn and the input that was sent after it, which is None for the last."""
    following: list[Input | None] = [stored.prompt.input for stored in turns[1:]]
    return zip(turns, [*following, None], strict=False)


def draw_turns(
    container: DeltaGenerator,
    turns: Sequence[StoredTurn],
    running: bool,
    cost: Callable[[StoredTurn], Callable[[Turn], str]],
    profiles: Profiles,
    draw_below: Callable[[DeltaGenerator, StoredTurn], None],
) -> Stack | None:
    """Draws turns, and by `draw_below` the buttons of each. A last turn that is `running` is not drawn here:
    the stack for it is returned."""
    for stored, next_input in _followed(turns):
        drawn = container.container(key=f"turn_{stored.id}")
        below = container.container()
        if running and stored is turns[-1]:
            return Stack(drawn, stored.id)
        told, profile = cost(stored)(stored.turn), profiles.of(stored.prompt.protocol)
        elements = drawing(stored.turn, cost=told, next_input=next_input, profile=profile).elements
        place(drawn, elements, stored.id)
        draw_below(below, stored)
    return None


def draw_queue(
    conversation: Conversation, running: bool, remove: Callable[[str], None], send: Callable[[], None]
) -> None:
    """Draws the messages that wait to be sent, above the composer."""
    slots = [st.empty(), st.empty()]  # a list that shrinks would keep its old end while a turn streams
    if not conversation.queue and not conversation.unreadable:
        return
    with slots[session.queue_slot(conversation.queue)].container(key="queue", border=True):
        head = st.container(horizontal=True, vertical_alignment="center")
        well = not conversation.turns or conversation.turns[-1].head.status in CHAINABLE
        head.caption(words.QUEUED if running else words.QUEUE_NEXT if well else words.QUEUE_HELD)
        if conversation.unreadable:
            st.caption(words.QUEUE_UNREADABLE.format(len(conversation.unreadable)))
        if not running and conversation.queue:
            head.button(words.SEND_NOW, key="send_next", on_click=send)
        for prompt in conversation.queue:
            row = st.container(horizontal=True, vertical_alignment="center")
            row.text(shortened(line(prompt.input)) or words.UNTITLED)
            if (names := names_in(prompt.input)) and text_in(prompt.input).strip():
                row.caption(words.WITH_FILES.format(as_label(", ".join(names))), width="content")
            row.button(
                words.REMOVE, key=f"remove_{prompt.id}", on_click=remove, args=(prompt.id,), type="tertiary"
            )

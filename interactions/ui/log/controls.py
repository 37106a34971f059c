"""The controls of the event log: pause, filter, export and replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.exchanges import Exchange, curl, exchanges
from interactions.conversations.scripts import python_script
from interactions.files.signatures import UNKNOWN
from interactions.providers.profile import Profiles
from interactions.ui import words
from interactions.ui.drawing.boundary import attempt
from interactions.ui.log.rows import without_base64
from interactions.ui.server.media_files import owned
from interactions.ui.tab import event_log
from interactions.ui.tab.event_log import Filter
from interactions.ui.words.limits import UNDRAWN

TYPES = (
    "request",
    "response",
    "interaction.created",
    "interaction.status_update",
    "step.start",
    "step.delta",
    "step.stop",
    "interaction.completed",
    "error",
    "done",
    "comment",
    "garbage",
    "retry",
    "cut",
    "stop",
    "end",
)

# Read by the style sheet, which marks the button beside it.
FILTERED = f'<span class="filtered unseen">{words.FILTERED}</span>'


class Controls(NamedTuple):
    """The state of the controls. `paused` is the number of rows when the log was paused, or None; in
    `counter` the new ones are counted."""

    wanted: Filter
    paused: int | None
    counter: DeltaGenerator


class Actions(NamedTuple):
    """What can be done with a turn, by its id: `export` makes a file of it, or of all turns if none is named;
    `replay` shows it again at a pace. `profiles` are what is known of the protocols that turns are in."""

    export: Callable[[str], bytes]
    replay: Callable[[str, float], None]
    profiles: Profiles


def draw(bar: DeltaGenerator, conversation: Conversation, reached: int, actions: Actions) -> Controls:
    """`reached` is the first turn that the log has. Popovers are filled when they are open: a run of the page
    costs less."""
    counter = bar.empty()
    wanted, paused = event_log.wanted(), event_log.paused()
    _pause(bar, conversation, reached, paused)
    mark = bar.empty()
    if wanted != Filter():
        mark.html(FILTERED)
    # Its label stays: a popover with another one is another popover, and closed.
    rows = bar.popover(words.FILTER, key="log_filter", icon=":material/filter_list:", on_change="rerun")
    if rows.open:
        _filter(rows, conversation.turns, wanted)
    request = bar.popover(words.EXPORT, key="log_export", icon=":material/download:", on_change="rerun")
    if request.open:
        _export(request, conversation, wanted, actions)
    return Controls(wanted, paused, counter)


def _pause(bar: DeltaGenerator, conversation: Conversation, reached: int, paused: int | None) -> None:
    label, icon = (words.PAUSE, "pause") if paused is None else (words.RESUME, "play_arrow")
    bar.button(
        label,
        key="log_pause",
        icon=f":material/{icon}:",
        on_click=lambda: event_log.pause(
            event_log.count(conversation.turns, reached) if paused is None else None
        ),
    )


def _filter(box: DeltaGenerator, turns: Sequence[StoredTurn], wanted: Filter) -> None:
    names = {"": words.ALL_TURNS} | {
        stored.id: words.TURN.format(number) for number, stored in enumerate(turns, start=1)
    }
    box.selectbox(
        words.FILTER_TURN,
        list(names),
        list(names).index(wanted.turn) if wanted.turn in names else 0,
        format_func=lambda turn: names.get(turn, ""),
        key="log_turn",
        on_change=event_log.filter_rows,
    )
    box.multiselect(
        words.FILTER_TYPES,
        [*TYPES, *sorted(wanted.types.difference(TYPES))],
        sorted(wanted.types),
        key="log_types",
        accept_new_options=True,
        on_change=event_log.filter_rows,
    )
    box.text_input(words.FILTER_TEXT, wanted.text, key="log_text", on_change=event_log.filter_rows)
    box.button(words.FILTER_CLEAR, key="log_clear", on_click=event_log.show_all_rows)


def _export(box: DeltaGenerator, conversation: Conversation, wanted: Filter, actions: Actions) -> None:
    turns = conversation.turns
    places = [place for place, each in enumerate(turns) if each.id == wanted.turn] if wanted.turn else []
    place = places[0] if places else len(turns) - 1
    box.caption(words.EXPORTED_TURN.format(place + 1))
    stored = turns[place]
    _carry(box, conversation, stored, actions)
    protocol, found = stored.prompt.protocol, exchanges(stored.journal.slice())
    sdk, names = actions.profiles.of(protocol).sdk, actions.profiles.key_names(protocol)
    for number, exchange in enumerate(found, start=1):
        box.caption(words.EXCHANGE.format(number, len(found), exchange.status or words.NO_ANSWER))
        command, program = box.tabs(["cURL", "Python"])
        request, said = exchange.request, partial(str, UNDRAWN)
        _code(command, attempt(partial(curl, request, names), said), ("bash", "sh"), stored.id, number)
        script = attempt(partial(python_script, request, sdk, names), said)
        _code(program, script, ("python", "py"), stored.id, number)
        _download(box, stored, number, exchange)


def _carry(box: DeltaGenerator, conversation: Conversation, stored: StoredTurn, actions: Actions) -> None:
    """A file is made when it is asked for, of what is over by then; so is a replay."""
    row = box.container(horizontal=True)
    turn, whole = partial(actions.export, stored.id), partial(actions.export, "")
    _file(row, "turn", stored.id, words.EXPORT_TURN, turn if stored.journal.closed else None)
    some = conversation.turns[0].journal.closed
    _file(row, "conversation", conversation.id, words.EXPORT_CONVERSATION, whole if some else None)
    row = box.container(horizontal=True)
    for label, key, pace in ((words.REPLAY, "replay", 1.0), (words.REPLAY_AT_ONCE, "replay_at_once", 0.0)):
        row.button(
            label,
            key=key,
            icon=":material/replay:",
            help=words.REPLAY_HINT,
            on_click=actions.replay,
            args=(stored.id, pace),
            disabled=conversation.running,
        )


def _file(
    row: DeltaGenerator,
    kind: str,
    id: str,
    label: str,
    make: Callable[[], bytes] | None,
    ending: str = "json",
) -> None:
    row.download_button(
        label,
        make or b"",
        f"{kind}-{id[:8]}.{ending}",
        owned("application/json" if ending == "json" else UNKNOWN),
        key=f"export_{kind}",
        on_click="ignore",
        disabled=make is None,
    )


def _code(box: DeltaGenerator, code: str, kinds: tuple[str, str], turn: str, number: int) -> None:
    """In a language, and as a file with an ending if it is too long to be shown whole."""
    language, ending = kinds
    shown = without_base64(code)
    box.code(shown, language=language, wrap_lines=True, height=160)
    if shown != code:
        _file(box, f"{ending}_{number}", turn, words.COMMAND, code.encode, ending)


def _download(box: DeltaGenerator, stored: StoredTurn, number: int, exchange: Exchange) -> None:
    box.download_button(
        words.RAW_BODY.format(len(exchange.body)),
        exchange.body,
        f"{stored.id[:8]}-{number}.sse",
        owned(UNKNOWN),
        key=f"log_body_{number}",
        on_click="ignore",
        disabled=not exchange.body,
    )

"""The page with the two panes. Drawn top to bottom; following a running turn is its last act."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints import DEFAULT, Route
from interactions.errors import InteractionsError, NotFound, StoreError
from interactions.request import Input, Options
from interactions.steps import Wire
from interactions.store.conversation import Conversation, StoredTurn
from interactions.ui import assist, branches, choices, idle, panes, results, session, settings, sidebar, words
from interactions.ui.identity import owner
from interactions.ui.live import Live
from interactions.ui.log_bar import Actions
from interactions.ui.markdown import as_label
from interactions.ui.style import STYLE
from interactions.ui.words.examples import EXAMPLES, Example
from interactions.workspace import Workspace

COMMANDS = frozenset({"/new", "/reset"})


def playground(workspace: Workspace) -> None:
    """Both panes, the composer and the sidebar, in any Streamlit script. It is the script's last statement:
    while a turn runs it does not return."""
    _Page(workspace).draw()


class _Page:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._visitor = owner()

    def draw(self) -> None:
        st.html(STYLE)
        assist.draw()
        notice = st.empty()  # always there, so that what follows keeps its place
        if refused := session.refusal():
            notice.error(as_label(refused))
        try:
            conversation = self._load(session.conversation_id())
        except NotFound:
            notice.warning(words.NOT_FOUND)
            session.forget()
            conversation = Conversation("")
        except StoreError as error:
            notice.error(as_label(str(error)))
            conversation = Conversation("")
        self._draw(conversation)

    def _load(self, conversation: str) -> Conversation:
        if not conversation:
            return Conversation("")
        return self._workspace.conversation(self._visitor, conversation).along(branches.line(conversation))

    def _draw(self, conversation: Conversation) -> None:
        # Asked once and first: a turn that ends while this run draws is followed to its end, and drawn again.
        running = conversation.running
        session.mirror(conversation)
        self._adopt(conversation)
        sidebar.draw(self._workspace, conversation)
        if behind := self._workspace.saving():
            st.warning(as_label(behind))
        if self._workspace.settings.fleeting:
            st.caption(words.FLEETING)
        if self._sandboxed():
            st.caption(words.SANDBOX)
        st.html(panes.TABS)
        left, right = st.columns(2)
        log_bar, log = panes.pane(left, "event_log", words.EVENT_LOG)
        bar, turns = panes.pane(right, "conversation", words.CONVERSATION)
        panes.draw_queue(
            conversation,
            conversation.busy,
            remove=partial(self._workspace.remove, self._visitor, conversation.id),
            send=partial(self._workspace.send_next, self._visitor, conversation.id, choices.own_keys()),
        )
        idle_minutes = self._workspace.settings.idle_minutes
        if idle.over(conversation, idle_minutes):
            idle.banner(conversation, idle_minutes)
        st.chat_input(words.COMPOSER, key="composer", on_submit=self._submitted)
        if not conversation.turns:
            self._invite(turns)
        else:
            self._draw_panes(conversation, running, (log_bar, log, bar, turns))
        idle.look(lambda: self._load(conversation.id), conversation, idle_minutes)

    def _adopt(self, conversation: Conversation) -> None:
        """A conversation that is opened brings along what its last turn was sent with."""
        if session.opened(conversation.id) and conversation.turns:
            prompt = conversation.turns[-1].prompt
            if not self._workspace.astray(prompt):
                endpoint = self._workspace.route(prompt).endpoint
                choices.adopt(endpoint, prompt.options, self._workspace.can(endpoint))

    def _draw_panes(
        self,
        conversation: Conversation,
        running: bool,
        places: tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator],
    ) -> None:
        log_bar, log, bar, turns = places
        if running:
            if self._workspace.replaying(self._visitor, conversation.id):
                bar.caption(words.REPLAYING)
            bar.button(words.STOP, key="stop", icon=":material/stop_circle:", on_click=self._stop)
        stack = panes.draw_turns(turns, conversation, running, self._acts())
        draw_log = panes.draw_log(
            log_bar, log, lambda: self._load(conversation.id), running, self._actions(conversation.id)
        )
        if stack is not None:
            with suppress(
                InteractionsError
            ):  # deleted elsewhere, or not to be read now: the next run says it
                Live(conversation.turns[-1].journal, stack, draw_log).follow()
            st.rerun()
        elif self._returned(conversation.turns[-1]):
            self._bring_back(conversation.turns[-1])
            st.rerun()
        elif not conversation.queue:
            results.draw(turns, conversation.turns[-1], self._send_results)

    def _invite(self, container: DeltaGenerator) -> None:
        container.markdown(f"#### {words.EMPTY}", anchors=False)
        container.caption(words.EMPTY_HINT)
        chips = container.container(key="examples", horizontal=True)
        for example in EXAMPLES:
            chips.button(
                example.label, key=f"example_{example.label}", on_click=self._send_example, args=(example,)
            )
        container.html(words.KEYS)

    def _submitted(self) -> None:
        """Runs before the page is drawn, so the request is under way while history renders."""
        text = session.submitted()
        if text.strip() in COMMANDS:
            session.open_conversation("")
        elif text:
            self._ask(text)

    def _send_example(self, example: Example) -> None:
        self._ask(example.prompt, example.tools)

    def _ask(self, text: str, tools: tuple[Wire, ...] = ()) -> None:
        if self._session_over():
            session.open_conversation("")
        conversation = session.begin()
        try:
            options = choices.options(settings.default_model(self._workspace), tools)
        except InteractionsError as error:
            session.refuse(str(error), text)
        else:
            self._send(conversation, text, options, choices.route(), typed=text)

    def _session_over(self) -> bool:
        try:
            conversation = self._load(session.current())
        except InteractionsError:
            return False
        return idle.over(conversation, self._workspace.settings.idle_minutes)

    def _send_results(self, answers: tuple[Wire, ...], stored: StoredTurn) -> None:
        self._send(stored.conversation, answers, stored.prompt.options, self._route(stored))

    def _send(self, conversation: str, said: Input, options: Options, route: Route, typed: str = "") -> None:
        after = branches.line(conversation)
        try:
            self._workspace.send(self._visitor, conversation, said, options, route, after=after)
        except InteractionsError as error:
            session.refuse(str(error), typed)

    def _say_instead(self, stored: StoredTurn, said: Input) -> None:
        """A turn beside this one, with what this one was sent with."""
        session.begin()
        try:
            self._workspace.send(
                self._visitor,
                stored.conversation,
                said,
                stored.prompt.options,
                self._route(stored),
                after=stored.parent or "",
                fork=True,
            )
        except InteractionsError as error:
            session.refuse(str(error), "")
        else:
            branches.follow(stored.conversation, "")

    def _fork(self, stored: StoredTurn) -> None:
        try:
            made = self._workspace.fork(self._visitor, stored.conversation, stored.id)
        except InteractionsError as error:
            session.say(str(error))
        else:
            session.open_conversation(made)

    def _bring_back(self, stored: StoredTurn) -> None:
        try:
            self._workspace.bring_back(self._visitor, stored.conversation, stored.id, choices.own_keys())
        except InteractionsError as error:
            session.say(str(error))

    def _returned(self, stored: StoredTurn) -> bool:
        """Whether a turn that only its visitor's key could finish has its visitor back."""
        keys = choices.own_keys()
        own = bool(self._route(stored).key)
        return own and self._workspace.recoverable(stored, keys) and branches.first_try(stored)

    def _acts(self) -> branches.Acts:
        def recoverable(stored: StoredTurn) -> bool:
            return self._workspace.recoverable(stored, choices.own_keys())

        return branches.Acts(self._say_instead, self._fork, self._bring_back, recoverable)

    def _actions(self, conversation: str) -> Actions:
        def replay(turn: str, pace: float) -> None:
            try:
                self._workspace.replay(self._visitor, conversation, turn, pace)
            except InteractionsError as error:
                session.say(str(error))
            else:
                session.watch()

        return Actions(partial(self._workspace.export, self._visitor, conversation), replay)

    def _stop(self) -> None:
        self._workspace.stop(self._visitor, session.current())

    def _sandboxed(self) -> bool:
        route = choices.route()
        return self._workspace.settings.sandboxed and route.endpoint == DEFAULT and not route.key

    def _route(self, stored: StoredTurn) -> Route:
        """The same way that a turn was sent."""
        return self._workspace.route(stored.prompt, choices.own_keys())

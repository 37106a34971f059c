"""The page with the two panes, drawn top to bottom.

While a turn runs, the loop that follows it is the last statement: what is drawn after it would not appear
before the turn ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.attachments import File, message
from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.endpoints.endpoint import Route
from interactions.errors import InteractionsError, NotFound, StoreError
from interactions.store.offline import OfflineView
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.ui import assist, composer, idle, panes, words
from interactions.ui.answer import branches, pricing, results
from interactions.ui.answer.stack import Stack
from interactions.ui.clicks import Clicks
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import Live, LiveTurn, Reader, Saving, Streamed
from interactions.ui.server.identity import owner
from interactions.ui.server.news import watch
from interactions.ui.sidebar import settings, sidebar
from interactions.ui.style import STYLE
from interactions.ui.tab import callbacks, choices, line, session
from interactions.ui.tab.state import rerun_if_raced
from interactions.ui.words.examples import EXAMPLES, Example
from interactions.workspace import Workspace


@rerun_if_raced()
def playground(workspace: Workspace) -> None:
    """Draws both panes, the composer and the sidebar, in any Streamlit script. It has to be the script's last
    statement: it does not return while a turn runs."""
    _Page(workspace).draw()


class _Page:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._visitor = owner()
        self._clicks = Clicks(workspace, self._visitor)
        self._offline = OfflineView()

    def draw(self) -> None:
        callbacks.run_deferred()
        st.html(STYLE)
        notice = st.empty()  # always there, so that what follows keeps its place
        if refused := session.refusal():
            notice.error(as_label(refused))
        self._unread = ""
        try:
            conversation = self._load(session.conversation_id())
            conversation = self._offline.load(conversation, session.shown_turns())
            session.mirror(conversation)
            if self._offline.reason:
                notice.error(as_label(self._offline.reason))
        except NotFound:
            notice.warning(words.NOT_FOUND)
            session.forget()
            conversation = Conversation("")
            session.mirror(conversation)
        except StoreError as error:
            notice.error(as_label(str(error)))
            conversation, self._unread = Conversation(""), session.current()
        try:
            self._draw(conversation)
        except StoreError as error:  # what could be read a moment ago cannot be read now
            notice.error(as_label(str(error)))

    def _load(self, conversation: str) -> Conversation:
        if not conversation:
            return Conversation("")
        found = self._workspace.library.conversation(self._visitor, conversation)
        return self._offline.of(found.along(line.followed(conversation)))

    def _draw(self, conversation: Conversation) -> None:
        # Asked only once: a turn that ends while this run draws is still followed, and drawn again.
        running = conversation.running
        idle_minutes = self._workspace.settings.idle_minutes
        behind = self._workspace.saving()  # once, so that what is shown is what the page's script knows
        over, shown = idle.remaining(conversation, idle_minutes), [conversation] if conversation.turns else []
        if self._unread:  # that it can be read is news
            shown = [Conversation(self._unread)]
        coming = self._workspace.imports.of(self._visitor)
        missing = bool(self._offline.reason)
        known = watch(shown, over, behind=bool(behind), coming=coming, unread=missing)
        assist.draw(None if running else known)
        self._adopt(conversation)
        sidebar.draw(self._workspace, conversation)
        self._saving = Saving(st.empty(), self._workspace.saving, behind)
        if self._workspace.settings.fleeting:
            st.caption(words.FLEETING)
        if self._workspace.endpoints.sandboxed(choices.route()):
            st.caption(words.SANDBOX)
        st.html(panes.TABS)
        session.settle(conversation)
        left, right = st.columns(2)
        log_bar, log = panes.pane(left, "event_log", words.EVENT_LOG)
        bar, turns = panes.pane(right, "conversation", words.CONVERSATION)
        panes.draw_queue(
            conversation,
            conversation.busy,
            remove=partial(self._clicks.remove, conversation.id),
            send=partial(self._clicks.send_next, conversation.id),
        )
        if idle.over(conversation, idle_minutes):
            idle.banner(conversation, idle_minutes)
        composer.draw(self._workspace, self._submitted)
        if self._unread:
            turns.caption(words.UNREAD)
        elif not conversation.turns:
            self._invite(turns)
        else:
            self._draw_panes(conversation, running, (log_bar, log, bar, turns))

    def _adopt(self, conversation: Conversation) -> None:
        """Puts the settings of the last turn into the sidebar when a conversation is opened."""
        if session.opened(conversation.id) and conversation.turns:
            prompt = conversation.turns[-1].prompt
            if not self._workspace.endpoints.misrouted(prompt):
                endpoint = self._workspace.endpoints.route(prompt).endpoint
                choices.adopt(endpoint, prompt.options, self._workspace.endpoints.can(endpoint))

    def _draw_panes(
        self,
        conversation: Conversation,
        running: bool,
        places: tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator, DeltaGenerator],
    ) -> None:
        log_bar, log, bar, turns = places
        if running:
            if self._workspace.replays.playing(self._visitor, conversation.id):
                bar.caption(words.REPLAYING)
            bar.button(words.STOP, key="stop", icon=":material/stop_circle:", on_click=self._clicks.stop)
        stack = self._draw_turns(turns, conversation, running)
        draw_log = panes.draw_log(
            log_bar, log, lambda: self._load(conversation.id), running, self._clicks.actions(conversation.id)
        )
        last = conversation.turns[-1]
        if stack is not None:
            # Deleted elsewhere, or not to be read now: the next run says it.
            with suppress(InteractionsError):
                profile = self._workspace.profiles.of(last.prompt.protocol)
                turn = LiveTurn(Reader(last.journal), stack, draw_log, self._cost(last), profile)
                live = Live([turn], self._saving)
                live.follow(Streamed(live, turn).draw)
            # Composer and Stop were drawn while the turn ran. Text that is being typed survives a rerun.
            st.rerun()
        elif self._clicks.returned(last):
            self._clicks.bring_back(last)
            st.rerun()
        elif not conversation.queue:
            results.draw(turns, last, self._clicks.send_results)

    def _draw_turns(
        self, container: DeltaGenerator, conversation: Conversation, running: bool
    ) -> Stack | None:
        """Draws the newest turns with their buttons; returns the stack of the one that runs, if one does."""
        shown, acts = session.shown_turns(), self._clicks.acts()
        if (hidden := len(conversation.turns) - shown) > 0:
            label = words.EARLIER_TURNS.format(hidden, "s" * (hidden > 1))
            container.button(label, key="earlier_turns", on_click=session.show_earlier_turns)

        def draw_acts(below: DeltaGenerator, stored: StoredTurn) -> None:
            branches.draw(below, conversation, stored, acts)

        turns, profiles = conversation.turns[-shown:], self._workspace.profiles
        return panes.draw_turns(container, turns, running, self._cost, profiles, draw_acts)

    def _invite(self, container: DeltaGenerator) -> None:
        container.markdown(f"#### {words.EMPTY}", anchors=False)
        container.caption(words.EMPTY_HINT)
        chips = container.container(key="examples", horizontal=True)
        for example in (each for each in EXAMPLES if each.anywhere or self._scripted()):
            chips.button(
                example.label, key=f"example_{example.label}", on_click=self._send_example, args=(example,)
            )
        container.html(words.KEYS)

    def _submitted(self) -> None:
        """Sends the message. A callback runs before the page is drawn: the request is under way meanwhile."""
        text, files = composer.submitted()
        if text.strip() in composer.COMMANDS and not files:
            session.open_conversation("")
        elif text or files:
            callbacks.run(partial(self._ask, text, files=files))

    def _send_example(self, example: Example) -> None:
        callbacks.run(partial(self._ask, example.prompt, example.tools))

    def _ask(self, text: str, tools: tuple[Wire, ...] = (), files: Sequence[File] = ()) -> None:
        if self._session_over():
            session.open_conversation("")
        conversation = session.begin()
        after, new = line.followed(conversation), session.new(conversation)
        try:
            options = choices.options(settings.default_model(self._workspace), tools)
            said = message(text, files, self._workspace.endpoints.can(choices.endpoint()).media)
            route = choices.route()
            self._workspace.turns.send(
                self._visitor, conversation, said, options, route, after=after, new=new
            )
        except InteractionsError as error:
            session.refuse(f"{error} {words.ATTACH_AGAIN}" if files else str(error), text)
        else:
            callbacks.defer(session.sent)

    def _session_over(self) -> bool:
        try:
            conversation = self._load(session.current())
        except InteractionsError:
            return False
        return idle.over(conversation, self._workspace.settings.idle_minutes)

    def _cost(self, stored: StoredTurn) -> Callable[[Turn], str]:
        return pricing.in_words(self._workspace, stored.prompt)

    def _scripted(self) -> bool:
        """Whether the endpoint may be a sandbox: the embedded one, or one behind the base URL."""
        settings, route = self._workspace.settings, choices.route()
        return self._workspace.endpoints.sandboxed(route) or (bool(settings.base_url) and route == Route())

"""The page *Compare*, drawn top to bottom; the loop that follows running turns is its last statement."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import Conversation, new_id
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import Route
from interactions.errors import InteractionsError, NotFound, StoreError
from interactions.store.offline import OfflineView
from interactions.ui import assist, composer, panes, words
from interactions.ui.answer.pricing import FREE, in_words
from interactions.ui.compare import setup
from interactions.ui.compare.board import Board
from interactions.ui.compare.columns import Column, ignored, with_left_out
from interactions.ui.compare.view import SHOWN
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import Saving
from interactions.ui.server.identity import owner
from interactions.ui.server.news import watch
from interactions.ui.server.root import workspace
from interactions.ui.sidebar import settings, sidebar
from interactions.ui.sidebar.endpoint import title
from interactions.ui.style import STYLE, configure
from interactions.ui.tab import callbacks, choices, comparison, session
from interactions.ui.tab.comparison import Pick, Sent
from interactions.ui.tab.state import rerun_if_raced
from interactions.ui.words import compare
from interactions.workspace import Workspace


@rerun_if_raced()
def draw() -> None:
    configure(compare.PAGE)
    st.html(STYLE)
    try:
        everything = workspace()
    except InteractionsError as error:
        st.error(str(error))
        st.stop()
    _Page(everything).draw()


class _Page:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._visitor = owner()
        self._offline = OfflineView()

    def draw(self) -> None:
        callbacks.run_deferred()
        notice = st.empty()  # always there, so that what follows keeps its place
        wanted, behind = comparison.ids(), self._workspace.saving()
        unread: list[Conversation] = []  # that they can be read is news
        try:
            columns = self._columns(wanted)
            told = self._offline.reason or comparison.notice()
        except InteractionsError as error:
            columns, told = [], str(error)
            unread = [Conversation(id) for id in wanted]
        if len(columns) < len(wanted) and not told:
            told = compare.GONE if columns else words.NOT_FOUND
        if told:
            notice.warning(as_label(told))
        self._saving = Saving(st.empty(), self._workspace.saving, behind)
        if not columns and not unread:
            comparison.forget()
        conversations = [column.conversation for column in columns if column.conversation.turns]
        running = any(each.running for each in conversations)
        missing = bool(self._offline.reason)
        known = watch(conversations or unread, behind=bool(behind), unread=missing)
        assist.draw(None if running else known)
        self._sidebar()
        try:
            self._draw(columns)
        except StoreError as error:  # what could be read a moment ago cannot be read now
            notice.warning(as_label(str(error)))

    def _columns(self, ids: tuple[str, ...]) -> list[Column]:
        """The columns whose conversations are there. Raises `StoreError`."""
        found = (self._column(id) for id in ids)
        return with_left_out([column for column in found if column is not None])

    def _column(self, id: str) -> Column | None:
        sent = comparison.last(id)
        try:
            found = self._workspace.library.conversation(self._visitor, id).along("")
            conversation = self._offline.load(found, SHOWN)
        except NotFound:
            conversation = Conversation(id)
        if conversation.turns:
            prompt = conversation.turns[-1].prompt
            endpoint = self._workspace.endpoints.route(prompt).endpoint
            pick, cost = Pick(endpoint, prompt.options.model), in_words(self._workspace, prompt)
        elif sent is not None and sent.refused:
            pick, cost = sent.pick, FREE
        else:
            return None
        named = title(self._workspace, choices.route_to(pick.endpoint))
        refused, left_out = (sent.refused, sent.ignored) if sent else ("", ())
        profiles = self._workspace.profiles
        return Column(conversation, pick.endpoint, named, pick.model, refused, left_out, cost, profiles)

    def _sidebar(self) -> None:
        with st.sidebar:
            sidebar.draw_new(compare.NEW, "compare_new", partial(comparison.open_comparison, ()))
            settings.draw(self._workspace)
            st.caption(compare.MODEL_ELSEWHERE)

    def _draw(self, columns: list[Column]) -> None:
        bar = st.container(key="compare_bar", horizontal=True, vertical_alignment="center")
        bar.markdown(f"##### {compare.HEADING}", anchors=False)
        # It scrolls by itself: Streamlit takes a page with a composer to its end, and the figures are on top.
        fresh = panes.fresh(st.container(), session.slot())
        place = fresh.container(key="compare_board", height=640, border=False)
        st.chat_input(compare.COMPOSER, key=comparison.COMPOSER, on_submit=self._submitted)
        if columns:
            self._follow(bar, Board(place, columns))
        else:
            setup.draw(place, self._workspace)

    def _follow(self, bar: DeltaGenerator, board: Board) -> None:
        if board.running:
            bar.button(words.STOP, key="stop", icon=":material/stop_circle:", on_click=self._stop)
            with suppress(InteractionsError):  # deleted elsewhere: the next run says it
                board.follow(self._saving)
            st.rerun()  # Stop was drawn while they ran

    def _submitted(self) -> None:
        """Sends the message. A callback runs before the page is drawn: requests are under way meanwhile."""
        text = comparison.submitted()
        if text.strip() in composer.COMMANDS:
            comparison.open_comparison(())
        else:
            callbacks.run(partial(self._ask, text))

    def _ask(self, text: str) -> None:
        try:
            columns = self._columns(comparison.current())
            if any(column.conversation.busy or column.conversation.queue for column in columns):
                self._keep(text, compare.BUSY)
            elif columns:
                self._go_on(text, columns)
            else:
                self._begin(text)
        except InteractionsError as error:
            self._keep(text, str(error))

    def _keep(self, text: str, sentence: str) -> None:
        comparison.give_back(text)
        comparison.report(sentence)

    def _begin(self, text: str) -> None:
        sent = self._send_all(text, {new_id(): pick for pick in comparison.picks()}, new=True)
        callbacks.defer(partial(self._begun, text, sent))

    def _begun(self, text: str, sent: Mapping[str, Sent]) -> None:
        refused = [each.refused for each in sent.values()]
        if all(refused):
            comparison.give_back(text)
            comparison.report("", refused)
        else:
            comparison.open_comparison(tuple(sent))
            comparison.remember(sent)

    def _go_on(self, text: str, columns: list[Column]) -> None:
        sent = self._send_all(
            text,
            {column.conversation.id: Pick(column.endpoint, column.model) for column in columns},
            new=False,
        )
        long = any(len(column.conversation.turns) >= SHOWN for column in columns)
        callbacks.defer(partial(self._gone_on, text, sent, long))

    @staticmethod
    def _gone_on(text: str, sent: Mapping[str, Sent], long: bool) -> None:
        """Says what was refused. In a `long` column the oldest turn makes room for this one."""
        comparison.report("")
        comparison.remember(sent)
        if all(each.refused for each in sent.values()):
            comparison.give_back(text)
        if long:
            session.flip()

    def _send_all(self, text: str, picks: Mapping[str, Pick], *, new: bool) -> Mapping[str, Sent]:
        """Sends the text to these conversations, all or none of them `new`. Raises `SettingsError`."""
        # The state is read before the first message is sent, not after it: reading it can end the callback.
        common, routes = (
            choices.options("", ()),
            {pick: choices.route_to(pick.endpoint) for pick in picks.values()},
        )
        return {id: self._send(id, pick, text, common, routes[pick], new=new) for id, pick in picks.items()}

    def _send(
        self, conversation: str, pick: Pick, text: str, common: Options, route: Route, *, new: bool
    ) -> Sent:
        if not pick.model:
            return Sent(pick, refused=compare.NO_MODEL)
        options = msgspec.structs.replace(common, model=pick.model, agent="")
        try:
            left_out = ignored(self._workspace.endpoints.can(pick.endpoint), options)
            self._workspace.turns.send(self._visitor, conversation, text, options, route, new=new)
        except InteractionsError as error:
            return Sent(pick, refused=str(error))
        return Sent(pick, left_out)

    def _stop(self) -> None:
        for conversation in comparison.current():
            with suppress(InteractionsError):  # one that was never sent anything
                self._workspace.turns.stop(self._visitor, conversation)

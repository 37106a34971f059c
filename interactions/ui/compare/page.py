"""The page with one prompt and several answers. Drawn top to bottom; following them is its last act."""

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
from interactions.errors import InteractionsError, NotFound
from interactions.ui import assist, panes, words
from interactions.ui.answer.pricing import FREE, in_words
from interactions.ui.compare import setup as compare_setup
from interactions.ui.compare import tab as compare_tab
from interactions.ui.compare.board import Board
from interactions.ui.compare.columns import Column, ignored, with_left_out
from interactions.ui.compare.tab import Pick, Sent
from interactions.ui.compare.view import SHOWN
from interactions.ui.drawing.boundary import undisturbed
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import Saving
from interactions.ui.page import COMMANDS
from interactions.ui.server.identity import owner
from interactions.ui.server.news import watch
from interactions.ui.server.root import workspace
from interactions.ui.sidebar import settings
from interactions.ui.sidebar.endpoint import title
from interactions.ui.style import ICON, STYLE
from interactions.ui.tab import callbacks, choices, session
from interactions.ui.words import compare as said
from interactions.workspace import Workspace


@undisturbed()
def draw() -> None:
    st.set_page_config(page_title=said.PAGE, page_icon=ICON, layout="wide")
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

    def draw(self) -> None:
        callbacks.catch_up()
        notice = st.empty()  # always there, so that what follows keeps its place
        wanted, behind = compare_tab.ids(), self._workspace.saving()
        unread: list[Conversation] = []  # that they can be read is news
        try:
            columns = self._columns(wanted)
            told = compare_tab.notice()
        except InteractionsError as error:
            columns, told = [], str(error)
            unread = [Conversation(id) for id in wanted]
        if len(columns) < len(wanted) and not told:
            told = said.GONE if columns else words.NOT_FOUND
        if told:
            notice.warning(as_label(told))
        self._saving = Saving(st.empty(), self._workspace.saving, behind)
        if not columns and not unread:
            compare_tab.forget()
        conversations = [column.conversation for column in columns if column.conversation.turns]
        running = any(each.running for each in conversations)
        assist.draw(None if running else watch(conversations or unread, behind=bool(behind)))
        self._sidebar()
        self._draw(columns)

    def _columns(self, ids: tuple[str, ...]) -> list[Column]:
        """Those that are there. Raises `StoreError`."""
        found = (self._column(id) for id in ids)
        return with_left_out([column for column in found if column is not None])

    def _column(self, id: str) -> Column | None:
        sent = compare_tab.last(id)
        try:
            conversation = self._workspace.library.conversation(self._visitor, id).along("")
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
        return Column(conversation, pick.endpoint, named, pick.model, refused, left_out, cost)

    def _sidebar(self) -> None:
        with st.sidebar:
            st.button(
                said.NEW,
                key="compare_new",
                icon=":material/add:",
                width="stretch",
                on_click=compare_tab.open_comparison,
                args=((),),
            )
            settings.draw(self._workspace)
            st.caption(said.MODEL_ELSEWHERE)

    def _draw(self, columns: list[Column]) -> None:
        bar = st.container(key="compare_bar", horizontal=True, vertical_alignment="center")
        bar.markdown(f"##### {said.TITLE}", anchors=False)
        # It scrolls by itself: Streamlit takes a page with a composer to its end, and the figures are on top.
        fresh = panes.fresh(st.container(), session.slot())
        place = fresh.container(key="compare_board", height=640, border=False)
        st.chat_input(said.COMPOSER, key=compare_tab.COMPOSER, on_submit=self._submitted)
        if columns:
            self._follow(bar, Board(place, columns))
        else:
            compare_setup.draw(place, self._workspace)

    def _follow(self, bar: DeltaGenerator, board: Board) -> None:
        if board.running:
            bar.button(words.STOP, key="stop", icon=":material/stop_circle:", on_click=self._stop)
            with suppress(InteractionsError):  # deleted elsewhere: the next run says it
                board.follow(self._saving)
            st.rerun()

    def _submitted(self) -> None:
        """Runs before the page is drawn, so the requests are under way while the columns are made."""
        text = compare_tab.submitted()
        if text.strip() in COMMANDS:
            compare_tab.open_comparison(())
        else:
            callbacks.insist(partial(self._ask, text))

    def _ask(self, text: str) -> None:
        try:
            columns = self._columns(compare_tab.current())
            if any(column.conversation.busy or column.conversation.queue for column in columns):
                self._keep(text, said.BUSY)
            elif columns:
                self._go_on(text, columns)
            else:
                self._begin(text)
        except InteractionsError as error:
            self._keep(text, str(error))

    def _keep(self, text: str, sentence: str) -> None:
        compare_tab.give_back(text)
        compare_tab.say(sentence)

    def _begin(self, text: str) -> None:
        sent = self._send_all(text, {new_id(): pick for pick in compare_tab.picks()}, new=True)
        callbacks.afterwards(partial(self._begun, text, sent))

    def _begun(self, text: str, sent: Mapping[str, Sent]) -> None:
        refused = [each.refused for each in sent.values()]
        if all(refused):
            compare_tab.give_back(text)
            compare_tab.say("", refused)
        else:
            compare_tab.open_comparison(tuple(sent))
            compare_tab.remember(sent)

    def _go_on(self, text: str, columns: list[Column]) -> None:
        sent = self._send_all(
            text,
            {column.conversation.id: Pick(column.endpoint, column.model) for column in columns},
            new=False,
        )
        long = any(len(column.conversation.turns) >= SHOWN for column in columns)
        callbacks.afterwards(partial(self._gone_on, text, sent, long))

    @staticmethod
    def _gone_on(text: str, sent: Mapping[str, Sent], long: bool) -> None:
        """`long` columns lose their oldest turn to this one."""
        compare_tab.say("")
        compare_tab.remember(sent)
        if all(each.refused for each in sent.values()):
            compare_tab.give_back(text)
        if long:
            session.flip()

    def _send_all(self, text: str, picks: Mapping[str, Pick], *, new: bool) -> Mapping[str, Sent]:
        """To these conversations, which are all `new` or none of them. Looks at the state before the first
        message, and not after it. Raises `SettingsError`."""
        common, routes = (
            choices.options("", ()),
            {pick: choices.route_to(pick.endpoint) for pick in picks.values()},
        )
        return {id: self._send(id, pick, text, common, routes[pick], new=new) for id, pick in picks.items()}

    def _send(
        self, conversation: str, pick: Pick, text: str, common: Options, route: Route, *, new: bool
    ) -> Sent:
        if not pick.model:
            return Sent(pick, refused=said.NO_MODEL)
        options = msgspec.structs.replace(common, model=pick.model, agent="")
        try:
            left_out = ignored(self._workspace.endpoints.can(pick.endpoint), options)
            self._workspace.turns.send(self._visitor, conversation, text, options, route, new=new)
        except InteractionsError as error:
            return Sent(pick, refused=str(error))
        return Sent(pick, left_out)

    def _stop(self) -> None:
        for conversation in compare_tab.current():
            with suppress(InteractionsError):  # one that was never sent anything
                self._workspace.turns.stop(self._visitor, conversation)

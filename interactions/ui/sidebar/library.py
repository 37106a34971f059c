"""The list of conversations in the sidebar: to find, open, name, pin, delete and import them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.cassettes import LARGEST
from interactions.conversations.conversation import Conversation, Entry, Owner
from interactions.errors import InteractionsError
from interactions.running.imports import STOPPED, Import, Imports
from interactions.ui import words
from interactions.ui.answer import pricing
from interactions.ui.drawing.markdown import as_label
from interactions.ui.tab import choices, line, session
from interactions.ui.tab.session import reporting
from interactions.ui.tab.state import take_upload, ticked, typed, upload_key
from interactions.ui.words import importing
from interactions.workspace import Workspace

FORGET = "library_forget"
MOMENT = 2.0  # seconds that a page waits for an import before it says how far it is


def draw(workspace: Workspace, owner: Owner, current: Conversation) -> None:
    _undo(workspace, owner)
    query = st.text_input(
        words.SEARCH, key="library_search", placeholder=words.SEARCH, label_visibility="collapsed"
    )
    try:
        listed = _found(workspace, owner, query.strip())
    except InteractionsError as error:
        st.caption(as_label(str(error)))
        _list(workspace.library.at_hand(owner), current)
        return
    if query.strip() and not listed:
        st.caption(words.NOTHING_FOUND)
    _list(listed, current)
    if not query.strip() and len(listed) == session.listed():
        st.button(words.MORE, key="library_more", type="tertiary", on_click=session.list_more)


def _found(workspace: Workspace, owner: Owner, query: str) -> list[Entry]:
    return list(
        workspace.library.search(owner, query)
        if query
        else workspace.library.conversations(owner, session.listed())
    )


def _list(entries: Sequence[Entry], current: Conversation) -> None:
    box = st.container(key="library")
    for entry in entries:
        _entry(box, entry, current.id)


def _entry(box: DeltaGenerator, entry: Entry, current: str) -> None:
    icon = "sensors" if entry.running else "keep" if entry.pinned else "chat_bubble"
    box.button(
        as_label(entry.title or words.UNTITLED),
        key=f"open_{entry.id}",
        icon=f":material/{icon}:",
        type="secondary" if entry.id == current else "tertiary",
        width="stretch",
        wrap=False,
        on_click=line.open_at,
        args=(entry.id, entry.turn),
    )
    if entry.hit:
        box.caption(as_label(entry.hit))


def draw_menu(workspace: Workspace, owner: Owner, current: Conversation) -> None:
    """Draws the menu of the open conversation, disabled while there is none, so that what follows keeps its
    place. What is in it is drawn only while it is open."""
    menu = st.popover(
        words.THIS_CONVERSATION,
        key="library_menu",
        on_change="rerun",
        width="stretch",
        disabled=not current.turns,
    )
    if not menu.open:
        return
    key = f"title_{current.id}"

    def rename() -> None:
        with reporting():
            workspace.library.rename(owner, current.id, typed(key))

    def pin() -> None:
        with reporting():
            workspace.library.pin(owner, current.id, not current.pinned)

    if told := pricing.total_in_words(workspace, current):
        menu.caption(told)
    menu.text_input(
        words.RENAME,
        current.title,
        key=key,
        on_change=rename,
    )
    menu.button(
        words.UNPIN if current.pinned else words.PIN,
        key="library_pin",
        icon=":material/keep:",
        on_click=pin,
    )

    def delete() -> None:
        with reporting():
            left = workspace.library.forget(owner, current.id, choices.own_keys()) if ticked(FORGET) else 0
            workspace.library.delete(owner, current.id)
            session.deleted(current.id)
            if left:
                session.report(words.LEFT_AT_SERVER.format(left))

    menu.checkbox(words.FORGET, key=FORGET, help=words.FORGET_HINT)
    menu.button(words.DELETE, key="library_delete", icon=":material/delete:", on_click=delete)


def draw_import(imports: Imports, owner: Owner) -> None:
    """Draws the popover that imports a file. A short file opens as a conversation at once; for a long one the
    progress and the result are shown below."""
    box = st.popover(
        importing.IMPORT, key="library_import", icon=":material/upload:", on_change="rerun", width="stretch"
    )
    place = st.container(key="import")  # always there, so that what follows keeps its place
    if coming := imports.of(owner):
        _coming(place, imports, owner, coming)
    if box.open:
        box.file_uploader(
            importing.HINT,
            "json",
            key=upload_key("library_import"),
            on_change=partial(_take, imports, owner),
            max_upload_size=LARGEST // 2**20,
        )


def _take(imports: Imports, owner: Owner) -> None:
    data = take_upload("library_import")
    if data is None:
        return
    with reporting():
        imports.start(owner, data)
        found = imports.of(owner, wait=MOMENT)
        if found is not None and found.over:
            _seen(imports, owner, found)


def _coming(place: DeltaGenerator, imports: Imports, owner: Owner, coming: Import) -> None:
    if not coming.over:
        done = coming.done / max(1, coming.total)
        place.progress(done, importing.COMING.format(done))
        place.button(importing.STOP, key="import_stop", on_click=imports.stop, args=(owner,))
    elif coming.conversation:
        place.caption(importing.ARRIVED)
        place.button(importing.OPEN, key="import_open", on_click=_seen, args=(imports, owner, coming))
    else:
        (place.caption if coming.trouble == STOPPED else place.error)(as_label(coming.trouble))
        place.button(importing.CLOSE, key="import_close", on_click=imports.forget, args=(owner,))


def _seen(imports: Imports, owner: Owner, over: Import) -> None:
    imports.forget(owner)
    if over.conversation:
        session.open_conversation(over.conversation)
    else:
        session.report(over.trouble)


def _undo(workspace: Workspace, owner: Owner) -> None:
    gone = session.last_deleted()
    if not gone:
        return

    def restore() -> None:
        with reporting():
            workspace.library.restore(owner, gone)
            session.deleted("")
            session.open_conversation(gone)

    row = st.container(horizontal=True, vertical_alignment="center")
    row.caption(words.DELETED)
    row.button(words.UNDO, key="library_undo", type="tertiary", on_click=restore)

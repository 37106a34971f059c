"""The field at the foot of the page: a message, the files that go with it, and what is recorded there."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from interactions.conversations.attachments import LARGEST, File
from interactions.errors import SettingsError
from interactions.ui import words
from interactions.ui.tab import choices
from interactions.ui.tab.state import snapshot
from interactions.workspace import Workspace

COMMANDS = frozenset({"/new", "/reset"})  # instead of a message: they begin a fresh conversation


def draw(workspace: Workspace, submitted: Callable[[], None]) -> None:
    """Draws the field. It records speech if the chosen endpoint takes sound."""
    st.chat_input(
        words.COMPOSER,
        key="composer",
        accept_file="multiple",
        max_upload_size=LARGEST // 2**20,
        accept_audio=_hears(workspace),
        on_submit=submitted,
    )


def _hears(workspace: Workspace) -> bool:
    try:
        media = workspace.endpoints.can(choices.endpoint()).media
    except SettingsError:
        return False  # there is no such endpoint any more, which is said when something is sent there
    return any(each.startswith("audio/") for each in media)


def submitted() -> tuple[str, tuple[File, ...]]:
    """The text of the message, exactly as typed, and its files. For its callback only: Streamlit
    does not keep them longer."""
    value = snapshot()["composer"]
    recorded = value.get("audio")
    files = [*value.files, *([recorded] if recorded else [])]
    return value.text, tuple(File(file.name, file.type or "", file.getvalue()) for file in files)

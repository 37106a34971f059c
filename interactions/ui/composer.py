"""The field at the foot of the page: a message, the files that go with it, and what is recorded there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from interactions.attachments import LARGEST, File
from interactions.errors import SettingsError
from interactions.ui import choices, words
from interactions.workspace import Workspace

_state: Any = st.session_state


def draw(workspace: Workspace, submitted: Callable[[], None]) -> None:
    """Speech is offered where the endpoint that is chosen takes sound."""
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
        media = workspace.can(choices.endpoint()).media
    except SettingsError:
        return False  # there is no such endpoint any more, which is said when something is sent there
    return any(each.startswith("audio/") for each in media)


def attached() -> tuple[File, ...]:
    """The files of the message that was submitted. For its callback: Streamlit keeps them no longer."""
    value = _state["composer"]
    recorded = value.get("audio")
    files = [*value.files, *([recorded] if recorded else [])]
    return tuple(File(file.name, file.type or "", file.getvalue()) for file in files)

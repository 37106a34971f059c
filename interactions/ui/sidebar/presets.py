"""The popover *Presets*: settings under a name, to choose again and to carry elsewhere as a file."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import Owner
from interactions.conversations.presets import LARGEST, Preset, dump, load
from interactions.errors import InteractionsError
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.server.media_files import owned
from interactions.ui.sidebar.settings import default_model
from interactions.ui.tab import choices
from interactions.ui.tab.session import reporting
from interactions.ui.tab.state import take, take_upload, upload_key
from interactions.workspace import Workspace

NAME = "preset_name"


def draw(workspace: Workspace, owner: Owner) -> None:
    """Draws the popover. What is in it is drawn only while it is open: a run of the page costs less."""
    box = st.popover(
        words.PRESETS, key="presets", icon=":material/bookmark:", on_change="rerun", width="stretch"
    )
    if not box.open:
        return
    try:
        known = workspace.presets.all(owner)
    except InteractionsError as error:
        box.caption(as_label(str(error)))
        return
    if not known:
        box.caption(words.NO_PRESETS)
    for preset in known:
        _row(box, workspace, owner, preset)
    _save(box, workspace, owner)
    if known:
        box.download_button(
            words.PRESETS_FILE,
            partial(dump, known),
            "presets.json",
            owned("application/json"),
            key="presets_export",
            on_click="ignore",
        )
    _take(box, workspace, owner)


def _row(box: DeltaGenerator, workspace: Workspace, owner: Owner, preset: Preset) -> None:
    row = box.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.button(
        as_label(preset.name),
        key=f"preset={preset.name}",
        type="tertiary",
        on_click=_choose,
        args=(workspace, preset),
    )
    row.button(
        words.REMOVE,
        key=f"preset_remove={preset.name}",
        type="tertiary",
        icon=":material/delete:",
        on_click=_remove,
        args=(workspace, owner, preset.name),
    )


@reporting()
def _remove(workspace: Workspace, owner: Owner, name: str) -> None:
    workspace.presets.remove(owner, name)


@reporting()
def _choose(workspace: Workspace, preset: Preset) -> None:
    endpoint = preset.endpoint or choices.endpoint()
    choices.adopt(endpoint, preset.options, workspace.endpoints.can(endpoint))


def _save(box: DeltaGenerator, workspace: Workspace, owner: Owner) -> None:
    @reporting()
    def save() -> None:
        name = take(NAME).strip()
        if name:
            options = choices.options(default_model(workspace), ())
            workspace.presets.put(owner, [Preset(name, choices.endpoint(), options)])

    box.text_input(words.PRESET_NAME, key=NAME, placeholder=words.PRESET_NAME, label_visibility="collapsed")
    box.button(words.PRESET_SAVE, key="preset_save", icon=":material/bookmark_add:", on_click=save)


def _take(box: DeltaGenerator, workspace: Workspace, owner: Owner) -> None:
    @reporting()
    def take_file() -> None:
        data = take_upload("presets")
        if data is not None:
            workspace.presets.put(owner, load(data))

    box.file_uploader(
        words.PRESETS_IMPORT,
        "json",
        key=upload_key("presets"),
        on_change=take_file,
        max_upload_size=max(1, LARGEST // 2**20),
    )

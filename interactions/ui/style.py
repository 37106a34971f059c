"""How all pages look: their style sheet, their icon and their width. The files stand beside this module."""

from pathlib import Path

import streamlit as st

STYLE = Path(__file__).with_suffix(".css")
_ICON = str(Path(__file__).with_name("icon.svg"))


def configure(title: str) -> None:
    """Configures a page of this app. A page that stands in somebody else's script has only the `STYLE`."""
    st.set_page_config(page_title=title, page_icon=_ICON, layout="wide")

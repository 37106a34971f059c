"""The playground: event log and conversation, side by side."""

import streamlit as st

from interactions.errors import InteractionsError
from interactions.ui import playground, words
from interactions.ui.server.root import workspace
from interactions.ui.style import configure

configure(words.TITLE)
try:
    everything = workspace()
except InteractionsError as error:
    st.error(str(error))
    st.stop()
playground(everything)

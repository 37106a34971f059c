"""The entry, both ways: `streamlit run` imports it to find the ASGI app, then runs it as the script."""

import streamlit as st
from starlette.middleware import Middleware

from interactions.ui.identity import OwnerCookie
from interactions.ui.routes import ROUTES

PAGES = [
    st.Page("pages/playground.py", title="Playground", icon=":material/stream:", default=True),
    st.Page("pages/diagnostics.py", title="Diagnostics", icon=":material/monitor_heart:"),
]

# Both halves call it: then a deep link to a page works as the first visit to a fresh server.
page = st.navigation(PAGES)

if __name__ == "__main__":
    page.run()
else:
    app = st.App(__file__, routes=ROUTES, middleware=[Middleware(OwnerCookie)])

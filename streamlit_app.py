"""The entry, both ways: `streamlit run` imports it to find the ASGI app, then runs it as the script."""

import logging

import streamlit as st
from starlette.middleware import Middleware

from interactions.ui.server.addresses import BelowPages, base
from interactions.ui.server.identity import OwnerCookie
from interactions.ui.server.lifespan import lifespan
from interactions.ui.server.media_files import OwnFiles
from interactions.ui.server.origin import OwnOrigin
from interactions.ui.server.policy import ContentPolicy
from interactions.ui.server.routes import at

# When this is imported there is no session yet, and Streamlit says so at each line below.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)

FIRST, *OTHERS = "playground", "compare", "diagnostics"  # the modules of `pages`
PAGES = [st.Page(f"pages/{name}.py", title=name.title(), default=name == FIRST) for name in (FIRST, *OTHERS)]

MIDDLEWARE = [
    Middleware(ContentPolicy),
    Middleware(OwnOrigin),
    Middleware(OwnerCookie),
    Middleware(OwnFiles),
    Middleware(BelowPages, pages=tuple(OTHERS)),
]

# Both halves call it: then a deep link to a page works as the first visit to a fresh server.
page = st.navigation(PAGES)

if __name__ == "__main__":
    page.run()
else:
    app = st.App(__file__, routes=at(base()), middleware=MIDDLEWARE, lifespan=lifespan)

"""The one workspace of this process.

It is kept in an imported module, because the entry script exists twice, and not in Streamlit's cache, which a
visitor can clear while turns run.
"""

from __future__ import annotations

import os
from functools import cache

import streamlit as st

from interactions.endpoints.endpoint import endpoints
from interactions.running.hooks import read_hooks
from interactions.settings import Settings
from interactions.workspace import Workspace


@cache
def workspace() -> Workspace:
    """Made at the first call. Raises `SettingsError`."""
    secrets = st.secrets.to_dict() if st.secrets.load_if_toml_exists() else {}
    hooks = read_hooks(os.environ, secrets)
    return Workspace(Settings.read(os.environ, secrets), endpoints(os.environ, secrets), hooks)

"""The page. `playground(workspace)` draws it in any Streamlit script."""

from interactions.ui.page import playground

__all__ = ["playground"]

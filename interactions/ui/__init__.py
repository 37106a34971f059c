"""The page. Only this package knows Streamlit."""

"""The style sheet of all pages."""

from pathlib import Path

STYLE = Path(__file__).with_suffix(".css")

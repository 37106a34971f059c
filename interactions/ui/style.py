"""The style sheet and the icon of all pages."""

from pathlib import Path

STYLE = Path(__file__).with_suffix(".css")
ICON = str(Path(__file__).with_name("icon.svg"))

"""One prompt to several models or protocols, side by side."""

from interactions.ui.compare import page as compare

compare.draw()

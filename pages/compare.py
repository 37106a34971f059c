"""One prompt to several models or protocols, side by side."""

from interactions.ui.compare.page import draw

draw()

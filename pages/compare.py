"""One prompt to several models or protocols, side by side."""

from interactions.ui import compare

compare.draw()

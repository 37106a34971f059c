"""The page with one prompt and several answers."""

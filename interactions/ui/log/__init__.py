"""The left pane: every frame as a row."""

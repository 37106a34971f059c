"""The page *Compare*: one prompt, sent to several columns at the same moment."""

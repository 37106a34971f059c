"""The stream of a chat: its chunks, and the steps that their deltas become."""

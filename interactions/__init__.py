"""A playground for LLM streams: the raw events and the conversation, on one journal."""

__version__ = "0.1.0"

"""LM Studio's own API: it says what it loads and reads, runs tools, and keeps its answers."""

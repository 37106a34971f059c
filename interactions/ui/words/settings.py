"""What the settings and their buttons are called."""

from __future__ import annotations

from collections.abc import Mapping

# By the names of the options that they choose.
LABELS: Mapping[str, str] = {
    "model": "Model",
    "agent": "Agent",
    "system_instruction": "System instruction",
    "temperature": "Temperature",
    "top_p": "Top P",
    "max_output_tokens": "Max output tokens",
    "seed": "Seed",
    "thinking_level": "Thinking level",
    "thinking_budget": "Thinking budget",
    "thinking_summaries": "Thought summaries",
    "stop_sequences": "Stop sequences",
    "response_schema": "JSON schema of the answer",
    "store": "Store",
    "background": "Run in the background",
    "api_version": "API version",
}
OWN_KEY = "Your own API key"
TEST_KEY = "Test key"
FORGET_KEY = "Forget key"
NO_SCHEMA = "Correct the JSON schema of the answer in the settings, or empty it; it is no JSON object"
SCHEMA_TOO_DEEP = "Make the JSON schema of the answer simpler in the settings: it is nested too deeply."

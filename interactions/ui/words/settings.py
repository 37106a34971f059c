"""The labels and hints of the settings."""

from __future__ import annotations

from collections.abc import Mapping

# By the names of the options that they choose, in the order of the form.
LABELS: Mapping[str, str] = {
    "model": "Model",
    "agent": "Agent",
    "system_instruction": "System instruction",
    "temperature": "Temperature",
    "top_p": "Top P",
    "max_output_tokens": "Max output tokens",
    "seed": "Seed",
    "thinking_budget": "Thinking budget",
    "thinking_level": "Thinking level",
    "thinking_summaries": "Thought summaries",
    "stop_sequences": "Stop sequences",
    "response_schema": "JSON schema of the answer",
    "store": "Store",
    "background": "Run in the background",
    "api_version": "API version",
}
HELP: Mapping[str, str] = {
    "agent": "In the place of the model, such as `deep-research-preview-04-2026`; most need the background.",
    "store": "Off: the server keeps nothing, and every turn is sent with the whole history.",
    "background": "The run goes on at the server when nobody listens. It needs “Store”.",
    "api_version": "`v1beta` has every field; `v1` refuses some, such as the temperature.",
}
ONE_A_LINE = "not set; one in each line"
SCHEMA_HINT = '{"type": "object", "properties": …}'
OWN_KEY = "Your own API key"
TEST_KEY = "Test key"
FORGET_KEY = "Forget key"
NO_SCHEMA = "Correct the JSON schema of the answer in the settings, or empty it; it is no JSON object"
SCHEMA_TOO_DEEP = "Make the JSON schema of the answer simpler in the settings: it is nested too deeply."

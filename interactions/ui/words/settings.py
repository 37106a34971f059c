"""The labels and hints of the settings."""

from __future__ import annotations

from collections.abc import Mapping

# By the names of the options that they choose, in the order of the form, where those in JSON come last.
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
    "response_format": "Formats of the answer",
    "speech_config": "Voices",
    "image_config": "Pictures",
    "tool_choice": "Tool choice",
    "service_tier": "Service tier",
    "safety_settings": "Safety settings",
    "labels": "Labels",
    "environment": "Environment of the agent",
    "agent_config": "Configuration of the agent",
    "store": "Store",
    "background": "Run in the background",
    "api_version": "API version",
}
HELP: Mapping[str, str] = {
    "agent": "Takes the place of the model, such as `deep-research-preview-04-2026`. "
    "Most need “Run in the background”.",
    "store": "Off: the server keeps nothing, and every turn is sent with the whole history.",
    "background": "The run goes on at the server when nobody listens. It needs “Store”.",
    "response_format": "JSON, for answers of more than text: pictures, speech, video.",
    "image_config": "For older models; newer ones take this in “Formats of the answer”. JSON.",
    "tool_choice": "Whether the model may or must call a tool. Most servers refuse it without tools.",
    "environment": "The sandbox that the agent works in: a name, an id, or JSON.",
    "agent_config": "JSON; sent only with an agent.",
    "api_version": "`v1beta` has every field; `v1` refuses some, such as the temperature.",
}
ONE_A_LINE = "not set; one in each line"
AS_JSON = "Settings in JSON"
# What a value looks like, by the setting that is JSON.
EXAMPLES: Mapping[str, str] = {
    "response_schema": '{"type": "object", "properties": …}',
    "response_format": '{"type": "image", "aspect_ratio": "16:9"}; several in a list',
    "speech_config": '[{"voice": "Kore", "language": "en-US"}]',
    "image_config": '{"aspect_ratio": "16:9", "image_size": "2K"}',
    "safety_settings": '[{"type": "harassment", "threshold": "block_only_high"}]',
    "labels": '{"team": "search"}',
    "environment": 'remote, an id, or {"type": "remote", "sources": …}',
    "agent_config": '{"type": "deep-research", "visualization": "off"}',
}
OWN_KEY = "Your own API key"
TEST_KEY = "Test key"
FORGET_KEY = "Forget key"
NO_JSON = "Correct “{}” in the settings, or empty it"
TOO_DEEP = "Make “{}” simpler in the settings: it is nested too deeply."

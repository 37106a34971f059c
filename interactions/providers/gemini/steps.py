"""What Google's servers take of steps that are sent along: a key that a type does not have is refused.

The keys are those of Google's own client, google-genai 3.6.1.
"""

from __future__ import annotations

from collections.abc import Mapping

from interactions.conversations.history import Accepted

# Accepted in the place of a signature that was not made for this account.
TRANSPLANTED = "skip_thought_signature_validator"

_CALL = ("id", "arguments", "signature")
_RESULT = ("call_id", "result", "signature")
_FALLIBLE = (*_RESULT, "is_error")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "function_call": ("id", "name", "arguments", "signature"),
    "function_result": ("call_id", "name", "result", "is_error"),
    "code_execution_call": _CALL,
    "code_execution_result": _FALLIBLE,
    "google_search_call": (*_CALL, "search_type"),
    "google_search_result": _FALLIBLE,
    "google_maps_call": _CALL,
    "google_maps_result": _RESULT,
    "url_context_call": _CALL,
    "url_context_result": _FALLIBLE,
    "file_search_call": ("id", "signature"),
    "file_search_result": ("call_id", "signature"),
    "mcp_server_tool_call": ("id", "name", "server_name", "arguments"),
    "mcp_server_tool_result": ("call_id", "name", "server_name", "result"),
    "retrieval_call": (*_CALL, "retrieval_type"),
    "retrieval_result": ("call_id", "is_error", "signature"),
    "tool_search_call": _CALL,
    "tool_search_result": _RESULT,
    "processing_call": ("id", "signature"),
    "processing_result": ("call_id", "signature"),
}
_MEDIA_KEYS: Mapping[str, tuple[str, ...]] = {
    "image": ("data", "uri", "mime_type", "resolution"),
    "audio": ("data", "uri", "mime_type", "channels", "sample_rate", "processing"),
    "video": ("data", "uri", "mime_type", "name", "resolution", "processing"),
    "document": ("data", "uri", "mime_type", "resolution", "processing"),
}

ACCEPTED = Accepted(_KEYS, _MEDIA_KEYS, frozenset({"text/csv"}), TRANSPLANTED, signed=True)

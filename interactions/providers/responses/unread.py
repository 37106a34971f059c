"""What the fields of a response say that nobody else here reads. Whatever is not empty is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interactions.providers.responses.items import MORE_THOUGHTS, WRITTEN
from interactions.providers.shared.fields import NOTHING
from interactions.turns.steps import Wire
from interactions.turns.values import each, word

_CALL = "call_id name"
_READ: Mapping[str, frozenset[str]] = {
    kind: frozenset(fields.split())
    for kind, fields in {
        "message": "role content",
        "reasoning": f"summary content encrypted_content {' '.join(MORE_THOUGHTS)}",
        "function_call": f"{_CALL} arguments",
        "custom_tool_call": f"{_CALL} input",
        "mcp_call": "name server_label arguments output error",
        "mcp_approval_request": "name server_label arguments",
        "mcp_approval_response": "approval_request_id approve reason",
        "web_search_call": "action",
        "file_search_call": "queries results",
        "code_interpreter_call": "code outputs",
        "image_generation_call": "result output_format error",
        "tool_search_call": f"{_CALL} arguments execution",
        "tool_search_output": "call_id tools execution",
        "computer_call": f"{_CALL} action actions pending_safety_checks",
        "shell_call": f"{_CALL} action environment",
        "local_shell_call": f"{_CALL} action",
        "apply_patch_call": f"{_CALL} operation",
    }.items()
}
_ITEM = frozenset({"type", "id", "object"})
_PART = frozenset({"type", "text", "refusal", "transcript", "annotations"})
# Statuses that say nothing of a step that is there; others do.
_USUAL = (*NOTHING, "completed", "in_progress")

# Of an event about an item; `obfuscation` is padding.
_OF_EVENTS = """
type sequence_number output_index item_id content_index summary_index command_index annotation_index
partial_image_index response_id event_id item part response delta text refusal arguments input code diff
command output annotation partial_image_b64 output_format transcript name call_id error obfuscation
"""
# Of a response: what is read, and what only repeats the request.
_OF_RESPONSES = """
type sequence_number event_id response id object status status_details error incomplete_details model
output output_text usage tools created_at completed_at instructions metadata parallel_tool_calls
temperature tool_choice top_p background image max_output_tokens max_tool_calls previous_response_id
prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier store
text top_logprobs truncation user frequency_penalty presence_penalty
"""
_ORDINARY: Mapping[str, tuple[object, ...]] = {
    "service_tier": ("auto", "default"),
    "billing": ({"payer": "developer"},),
}
_EVENT, _RESPONSE = frozenset(_OF_EVENTS.split()), frozenset(_OF_RESPONSES.split())


def of_item(item: Wire, *, begins: bool = False) -> Wire:
    """Of an item: with the phase of a message, and its parts of kinds not known here. One that only begins
    has no parts that count."""
    kind = word(item, "type")
    known = _ITEM | _READ.get(kind, frozenset({"call_id", "output", "max_output_length"}))
    fields = {key: value for key, value in item.items() if key not in known and _says(key, value)}
    return {**fields, **of_parts(each(item, "content") if kind == "message" and not begins else [])}


def of_parts(parts: list[Wire]) -> Wire:
    """Of the parts of a message."""
    strange = [part for part in parts if word(part, "type") not in WRITTEN]
    found: dict[str, object] = {"content": strange} if strange else {}
    for key, value in _fields(part for part in parts if part not in strange):
        before = found.get(key)
        found[key] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return found


def _fields(parts: Iterator[Wire]) -> Iterator[tuple[str, object]]:
    for part in parts:
        yield from ((key, value) for key, value in part.items() if key not in _PART and value not in NOTHING)


def of_event(raw: Wire) -> Wire:
    """Of an event about an item."""
    return {key: value for key, value in raw.items() if key not in _EVENT and value not in NOTHING}


def of_response(response: Wire, said: frozenset[str] = frozenset()) -> Wire:
    """Of a response, but for what repeats the request, and for what every answer says. Of the fields that
    were `said` already, that counts, too: it is another value than before."""
    told = {key: value for key, value in response.items() if key not in _RESPONSE and value not in NOTHING}
    return {key: value for key, value in told.items() if key in said or value not in _ORDINARY.get(key, ())}


def _says(key: str, value: object) -> bool:
    if key == "status":
        return value not in _USUAL
    return value not in NOTHING and value != {"type": "direct"}  # called by the model itself, as ever

"""How an answer has ended, what it has cost, and how likely it was."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from interactions.providers.generate_content.names import camel, says, unread
from interactions.providers.shared import foreign
from interactions.turns.events import ErrorDetail, Usage
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, word

# What becomes of an answer by its finish reason; any other, which we do not know, is "incomplete".
STATUSES: Mapping[str, str] = {
    "STOP": "completed",
    "MAX_TOKENS": "incomplete",
    "CONTINUATION": "incomplete",  # it would go on, if there is a token to ask with
    "OTHER": "incomplete",
    "TOO_MANY_TOOL_CALLS": "incomplete",
    "FINISH_REASON_UNSPECIFIED": "incomplete",
    **dict.fromkeys(
        (
            *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"),
            *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "NO_IMAGE"),
            *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"),
            *("MISSING_THOUGHT_SIGNATURE", "ESCALATION", "PUP_LIMITED_DISABLED"),
        ),
        "failed",
    ),
}
UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"
_SILENT = frozenset({"STOP", "MAX_TOKENS"})  # what these mean, the status says by itself
_ENDED = "The server ended the answer early: {}."
_BLOCKED = "The server blocked the message: {}."

_COUNTS = frozenset(
    {
        *("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"),
        *("cachedContentTokenCount", "toolUsePromptTokenCount"),
    }
)


def reason(candidate: Wire, before: str) -> str:
    """The finish reason, in the case that the API writes; one that says nothing takes no other's place."""
    found = candidate.get("finishReason")
    told = found.upper() if isinstance(found, str) else str(found) if type(found) is int else ""
    return before if not told or (before and told in {UNSPECIFIED, "0"}) else told


def status(finish: str, *, waits: bool) -> str:
    found = STATUSES.get(finish, "incomplete")
    return "requires_action" if found == "completed" and waits else found


def errors(finish: str, message: str) -> tuple[Wire, ...] | None:
    """What was wrong, by the server's word for it."""
    if finish in _SILENT:
        return None
    return ({"code": finish.lower(), "message": message or _ENDED.format(finish)},)


def blocked(feedback: Wire) -> tuple[Wire, ...] | None:
    """Why a message was not taken, if it was not."""
    why = word(feedback, "blockReason")
    message = word(feedback, "blockReasonMessage") or _BLOCKED.format(why)
    return ({"code": why.lower(), "message": message},) if why else None


def detail(error: object) -> ErrorDetail:
    """An error by its most precise word: the reason in its details, or else its status; the code is a number
    here."""
    found = foreign.detail(error)
    reasons = (word(camel(one), "reason") for one in each(camel(error), "details"))
    code = next(filter(None, reasons), None) or found.status or found.code
    return msgspec.structs.replace(found, code=code)


def usage(raw: object) -> tuple[Usage | None, Wire]:
    """The counts, and what is told beside them. Thoughts are counted beside the output; where the total says
    that they are in it, they are taken out."""
    told = camel(raw)
    taken, out = count(told, "promptTokenCount"), count(told, "candidatesTokenCount")
    thoughts, total = count(told, "thoughtsTokenCount"), count(told, "totalTokenCount")
    by_tools = count(told, "toolUsePromptTokenCount")
    if taken is out is thoughts is total is by_tools is None:
        return None, unread(told, _COUNTS)
    without = (taken or 0) + (out or 0) + (by_tools or 0)
    inside = thoughts and out is not None and thoughts <= out and total == without
    whole = Usage(
        total_tokens=without + (thoughts or 0) if total is None else total,
        total_input_tokens=taken,
        total_output_tokens=out - thoughts if inside and thoughts and out is not None else out,
        total_thought_tokens=thoughts,
        total_cached_tokens=count(told, "cachedContentTokenCount"),
        total_tool_use_tokens=by_tools,
    )
    return whole, _by_modality(unread(told, _COUNTS))


def _by_modality(fields: Wire) -> Wire:
    """Without the lists that say once more that all of it is text."""
    return {key: value for key, value in fields.items() if not _texts_alone(value)}


def _texts_alone(value: object) -> bool:
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    return isinstance(one, Mapping) and word(one, "modality") == "TEXT"


def measured(candidate: Wire) -> Wire:
    """How likely each token was, piece by piece."""
    scale = {key: candidate[key] for key in ("avgLogprobs",) if says(candidate.get(key))}
    return {**unread(camel(candidate.get("logprobsResult")), ()), **scale}

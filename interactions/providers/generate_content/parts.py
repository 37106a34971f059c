"""The parts of a content, in the words of Interactions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from interactions.providers.generate_content import calls
from interactions.providers.generate_content.lanes import (
    Lane,
    Read,
    begun,
    grown,
    raw,
    settled,
    with_,
)
from interactions.providers.generate_content.names import VENDOR, camel, unread
from interactions.turns.events import (
    Body,
    Delta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    StepDelta,
    StepStop,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import Wire
from interactions.turns.values import word

COMMON = ("thought", "thoughtSignature")  # of a part of any kind
# Tools that run over there, by what the wire calls them, and here.
TOOLS: Mapping[str, str] = {
    "GOOGLE_SEARCH_WEB": "google_search",
    "GOOGLE_SEARCH_IMAGE": "google_search",
    "URL_CONTEXT": "url_context",
    "GOOGLE_MAPS": "google_maps",
    "FILE_SEARCH": "file_search",
    "MEDIA_PROCESSING": "processing",
}
_MEDIA = ("image", "audio", "video")  # anything else is a document
_RATE = re.compile(r"rate=(\d{1,6})", re.IGNORECASE)
_WENT_WELL = ("OUTCOME_OK", "OUTCOME_UNSPECIFIED", "")


def part(lane: Lane, value: object) -> Read:
    """A part of an answer. One of a kind that is not known is a step as it came."""
    said = camel(value)
    kinds = [kind for kind, (fits, _) in KINDS.items() if isinstance(said.get(kind), fits)]
    kinds = kinds or (["text"] if set(said) <= {*COMMON, "text"} and said.get("text") is None else [])
    if not kinds or not isinstance(value, Mapping):
        return _unknown(lane, said if isinstance(value, Mapping) else {"value": value})
    bodies: tuple[Body, ...] = ()
    beside = {key: one for key, one in said.items() if key not in KINDS or key not in kinds}
    for kind in kinds:
        lane, more = KINDS[kind][1](lane, {kind: said.get(kind), **beside}, unread(beside, COMMON))
        bodies, beside = bodies + more, {}  # what stands beside several kinds is said of the first
    return lane, bodies


def _unknown(lane: Lane, said: Wire) -> Read:
    if not unread(said, ()):
        return lane, ()
    kind = next((key for key in said if key not in COMMON), "part")
    lane, bodies = begun(lane, {**said, "type": kind}, {"kind": "part", "part": said})
    return lane, (*bodies, StepStop(lane.at))


def _text(lane: Lane, said: Wire, more: Wire) -> Read:
    """Texts that follow one another are one. One that is signed, even an empty one, goes back by itself."""
    text = word(said, "text")
    if said.get("thought") is True:
        return _thought(lane, said, more)
    beside = unread(said, ("text",))
    if not text and not beside:
        return lane, ()
    lane, bodies = grown(lane, "text", "model_output", {"kind": "text"})
    if text:
        bodies += (StepDelta(lane.at, TextDelta(text)),)
        lane = with_(lane, texts=_added(lane, text), length=lane.length + len(text))
    if beside:
        span = {"start": lane.length - len(text), "end": lane.length, "part": beside}
        lane = with_(lane, spans=(*lane.spans, span))
        item = {"kind": "text", "spans": list(lane.spans)}
        bodies += (StepDelta(lane.at, NativeDelta(VENDOR, item)),)
    return lane, (*bodies, *raw(lane.at, more))


def _added(lane: Lane, text: str) -> tuple[tuple[int, Rope], ...]:
    """The texts with this one in them."""
    if lane.texts and lane.texts[-1][0] == lane.at:
        return (*lane.texts[:-1], (lane.at, lane.texts[-1][1] + text))
    return (*lane.texts, (lane.at, Rope(text)))


def _thought(lane: Lane, said: Wire, more: Wire, media: Wire | None = None) -> Read:
    """A signature is of the thought up to it: what is thought behind it is another one."""
    text, signature = word(said, "text"), word(said, "thoughtSignature")
    if not (text or signature or media or more):
        return lane, ()
    bodies: tuple[Body, ...] = ()
    if lane.open == "thought" and lane.signed:
        lane, bodies = settled(lane)
    lane, start = grown(lane, "thought", "thought", {"kind": "thought"})
    if text:
        start += (StepDelta(lane.at, SummaryDelta({"type": "text", "text": text})),)
    if media:
        start += (StepDelta(lane.at, SummaryDelta(media)),)
    if signature:
        lane = with_(lane, signed=True)
        start += (StepDelta(lane.at, SignatureDelta(signature)),)
    return lane, (*bodies, *start, *raw(lane.at, more))


def _inline(lane: Lane, said: Wire, more: Wire) -> Read:
    blob = camel(said["inlineData"])
    return _media(lane, said, blob, {"data": blob.get("data")}, more)


def _file(lane: Lane, said: Wire, more: Wire) -> Read:
    file = camel(said["fileData"])
    return _media(lane, said, file, {"uri": file.get("fileUri")}, more)


def _media(lane: Lane, said: Wire, blob: Wire, content: Wire, more: Wire) -> Read:
    """A file. Sound comes in pieces, which are one; any other is a step of its own, which goes back by
    itself, with its signature."""
    mime = word(blob, "mimeType")
    kind = next((one for one in _MEDIA if mime.lower().startswith(f"{one}/")), "document")
    rate = _RATE.search(mime) if kind == "audio" else None
    shown = {
        "mime_type": mime,
        "name": word(blob, "displayName"),
        **content,
        **({"sample_rate": int(rate[1])} if rate else {}),
    }
    shown = {key: value for key, value in shown.items() if value not in ("", None)}
    odd = unread(blob, ("mimeType", "displayName", "data", "fileUri"))
    if said.get("thought") is True:
        return _thought(lane, said, {**more, **odd}, {"type": kind, **shown})
    which = f"audio {mime}" if kind == "audio" else ""
    bodies: tuple[Body, ...] = ()
    if not which or lane.open != which:
        beside = {key: value for key, value in said.items() if key not in ("inlineData", "fileData")}
        lane, bodies = begun(lane, {"type": "model_output"}, {"kind": "media", "part": beside})
        lane = with_(lane, open=which)
    bodies += (StepDelta(lane.at, OtherDelta(kind, shown)), *raw(lane.at, {**more, **odd}))
    return lane, bodies if which else (*bodies, StepStop(lane.at))


def _whole(lane: Lane, step: Wire, delta: Wire, said: Wire, odd: Wire) -> Read:
    """A step that comes in one piece, and goes back as it came."""
    lane, bodies = begun(lane, step, {"kind": "part", "part": said})
    made: Delta = OtherDelta(step["type"], delta)
    return lane, (*bodies, StepDelta(lane.at, made), *raw(lane.at, odd), StepStop(lane.at))


def _program(lane: Lane, said: Wire, more: Wire) -> Read:
    code = camel(said["executableCode"])
    id = word(code, "id") or f"code_{lane.next}"
    language = word(code, "language").lower()
    arguments = {
        "language": "python" if language.endswith("unspecified") else language,
        "code": code.get("code"),
    }
    odd = {**more, **unread(code, ("id", "language", "code"))}
    step = {"type": "code_execution_call", "id": id}
    lane, bodies = _whole(lane, step, {"arguments": arguments}, said, odd)
    return with_(lane, code=id), bodies


def _printed(lane: Lane, said: Wire, more: Wire) -> Read:
    """The result of the program before it, unless it names another one."""
    found = camel(said["codeExecutionResult"])
    outcome = word(found, "outcome")
    failed = {} if outcome in _WENT_WELL else {"is_error": True, "outcome": outcome}
    result = {"result": found.get("output") or "", **failed}
    odd = {**more, **unread(found, ("id", "output", "outcome"))}
    call = word(found, "id") or lane.code
    return _whole(lane, {"type": "code_execution_result", "call_id": call}, result, said, odd)


def _answered(lane: Lane, said: Wire, more: Wire) -> Read:
    """The result of a function that was called here, and run over there; it may name its call by the name
    alone."""
    found = camel(said["functionResponse"])
    id, name = word(found, "id"), word(found, "name")
    lane, bodies = settled(lane)
    calls_made = lane.waiting.items()
    place = next((place for place, call in calls_made if (call[0] == id if id else call[1] == name)), None)
    if place is not None:
        id = lane.waiting[place][0]
        lane = with_(lane, waiting={key: call for key, call in calls_made if key != place})
    odd = {**more, **unread(found, ("id", "name", "response"))}
    step = {"type": "function_result", "call_id": id, "name": name}
    lane, answer = _whole(lane, step, {"result": found.get("response", {})}, said, odd)
    return lane, (*bodies, *answer)


def _tool_call(lane: Lane, said: Wire, more: Wire) -> Read:
    call = camel(said["toolCall"])
    tool = TOOLS.get(word(call, "toolType"))
    if tool is None:
        return _unknown(lane, said)
    odd = {**more, **unread(call, ("id", "toolType", "args"))}
    delta = {"arguments": call.get("args") or {}}
    step = {"type": f"{tool}_call", "id": word(call, "id") or f"{tool}_{lane.next}"}
    return _whole(lane, step, delta, said, odd)


def _tool_result(lane: Lane, said: Wire, more: Wire) -> Read:
    found = camel(said["toolResponse"])
    tool = TOOLS.get(word(found, "toolType"))
    if tool is None:
        return _unknown(lane, said)
    odd = {**more, **unread(found, ("id", "toolType", "response"))}
    step = {"type": f"{tool}_result", "call_id": word(found, "id")}
    response = found.get("response") or {}
    # What a search has found is a list in our words.
    result = [response] if tool == "google_search" and response else response
    return _whole(lane, step, {"result": result}, said, odd)


# By the field that makes a part one of its kind: what stands there, and who reads it.
KINDS: Mapping[str, tuple[type, Callable[[Lane, Wire, Wire], Read]]] = {
    "text": (str, _text),
    "inlineData": (dict, _inline),
    "fileData": (dict, _file),
    "functionCall": (dict, calls.call),
    "functionResponse": (dict, _answered),
    "executableCode": (dict, _program),
    "codeExecutionResult": (dict, _printed),
    "toolCall": (dict, _tool_call),
    "toolResponse": (dict, _tool_result),
}

"""What a finished item adds to what was streamed of it, or puts right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from interactions.providers.responses.items import STEPS, TEXTS, VENDOR, citations, texts
from interactions.providers.responses.stream.parts import Part, Streamed
from interactions.providers.responses.stream.progress import Item
from interactions.providers.responses.unread import of_item
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    CorrectedDelta,
    Delta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    SummaryDelta,
    TextDelta,
    UnreadDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import CALLS, Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

_ADDRESS = frozenset({"type", "id", "call_id", "name", "server_name"})
_NAMES = ("call_id", "name", "server_label")
_PLACEHOLDERS = re.compile(r"(?:\s*(?:\{\s*\}|null))+\s*")  # empty arguments that the real ones follow


class Given(NamedTuple):
    """What finished arguments add to those that were streamed, or what takes their place."""

    piece: str
    corrected: bool = False


def finished(item: Item, wire: Wire) -> tuple[Item, tuple[Delta, ...]]:
    """The item when it is whole, and the deltas that make its step so. Of one that was whole before only what
    is new."""
    wire = _filled(item, wire)
    whole = STEPS[word(wire, "type")](wire)
    before = STEPS[item.kind](item.head) if item.kind in STEPS and item.head else {}
    match whole["type"]:
        case "model_output" if wire.get("type") == "message":
            streamed, deltas = _message(item, wire)
        case "model_output":
            streamed, deltas = item.streamed, _picture(whole, before if item.done else {})
        case "thought":
            streamed, deltas = _thought(item, wire)
        case "function_call":
            streamed, deltas = _arguments(item, word(wire, "arguments"))
        case "mcp_server_tool_call":
            streamed, deltas = (
                _arguments(item, word(wire, "arguments")) if item.streamed.parts else (item.streamed, [])
            )
            deltas += _rest(item, whole, before, frozenset({"arguments"} if item.streamed.parts else ()))
        case _:
            streamed, deltas = item.streamed, _rest(item, whole, before, frozenset())
    named = _named(item, whole, before)
    news = {key: value for key, value in of_item(wire).items() if key not in item.unread}
    if not item.done or deltas or (item.kind in TEXTS and texts(item.head) != texts(wire)):
        deltas = [*named, *deltas, NativeDelta(VENDOR, wire)]
    unread = [UnreadDelta(news)] if news else []
    cited = tuple(raw for raw, _ in citations(wire))
    after = msgspec.structs.replace(
        item,
        streamed=streamed,
        kind=word(wire, "type"),
        head=wire,
        unread=item.unread | set(news),
        cited=cited or item.cited,
        announced=True,
        done=True,
    )
    return after, (*unread, *deltas)


def _filled(item: Item, wire: Wire) -> Wire:
    """The finished item with what is known of it where it has nothing: some servers finish what they have not
    gathered."""
    late = {key: item.head[key] for key in _NAMES if item.head.get(key) and not wire.get(key)}
    if late and item.kind == wire.get("type"):
        wire = {**wire, **late}
    ran = commands(item) if wire.get("type") == "shell_call" else []
    if ran and not inner(wire, "action").get("commands"):
        return {**wire, "action": {**inner(wire, "action"), "commands": ran}}
    lane, told = _seed(wire)
    said = item.streamed.under(lane)
    if not said or (told and not (lane == "arguments" and _PLACEHOLDERS.fullmatch(told))):
        return wire
    if lane == "diff":
        return {**wire, "operation": {**inner(wire, "operation"), "diff": said}}
    return {**wire, lane: said}


def commands(item: Item) -> list[str]:
    """What a shell was told, as far as it has come."""
    places = sorted({part.place or 0 for part in item.streamed.parts})
    return ["".join(str(p.said) for p in item.streamed.parts if (p.place or 0) == at) for at in places]


def seeded(item: Item) -> tuple[Streamed, list[Delta]]:
    """With the text that an item begins with; the pieces that follow may bring it again."""
    streamed, deltas = item.streamed, list[Delta]()
    if item.kind in TEXTS:
        make: Callable[[str], Delta] = TextDelta if item.kind == "message" else summary
        for lane, said in texts(item.head).items():
            streamed, piece, _ = streamed.seeded(lane, None, "".join(said))
            deltas += [make(piece)] if piece else []
        return streamed, deltas
    lane, text = _seed(item.head)
    streamed, piece, _ = streamed.seeded(lane, None, text)
    return streamed, [ArgumentsDelta(piece)] if piece and lane == "arguments" else []


def _seed(head: Wire) -> tuple[str, str]:
    """The lane of a call's text, and what of it has come; a list of commands is no text."""
    match word(head, "type"):
        case "function_call" | "mcp_call":
            return "arguments", word(head, "arguments")
        case "custom_tool_call":
            return "input", word(head, "input")
        case "code_interpreter_call":
            return "code", word(head, "code")
        case "apply_patch_call":
            return "diff", word(inner(head, "operation"), "diff")
        case _:
            return "", ""


def _message(item: Item, wire: Wire) -> tuple[Streamed, list[Delta]]:
    streamed, piece, corrected = item.streamed.settled(texts(wire))
    deltas: list[Delta] = [CorrectedDelta(piece) if corrected else TextDelta(piece)] if piece else []
    if cited := tuple(told for raw, told in citations(wire) if raw not in item.cited):
        deltas.append(AnnotationsDelta(cited))
    if not item.done and any(part.get("type") == "refusal" for part in each(wire, "content")):
        deltas.append(OtherDelta("refusal", {}))
    return streamed, deltas


def _thought(item: Item, wire: Wire) -> tuple[Streamed, list[Delta]]:
    streamed, piece, corrected = item.streamed.settled(texts(wire))
    deltas: list[Delta] = [CorrectedDelta(piece) if corrected else summary(piece)] if piece else []
    signature = word(wire, "encrypted_content")
    if signature and not (item.done and word(item.head, "encrypted_content") == signature):
        deltas.append(SignatureDelta(signature))
    return streamed, deltas


def summary(text: str) -> SummaryDelta:
    return SummaryDelta({"type": "text", "text": text})


def _picture(whole: Wire, before: Wire) -> list[Delta]:
    made = [part for part in whole["content"] if part not in before.get("content", ())]
    deltas: list[Delta] = [
        OtherDelta(part["type"], {key: value for key, value in part.items() if key != "type"})
        for part in made
    ]
    if whole.get("error") != before.get("error"):
        deltas.append(OtherDelta("error", whole["error"]))
    return deltas


def _arguments(item: Item, whole: str) -> tuple[Streamed, list[Delta]]:
    piece, corrected = given(item.streamed.text, whole)
    if not piece:
        return item.streamed, []
    said = piece if corrected else item.streamed.text + piece
    streamed = Streamed((Part("arguments", None, Rope(said)),))
    return streamed, [CorrectedDelta(piece) if corrected else ArgumentsDelta(piece)]


def given(said: str, whole: str) -> Given:
    """Some servers have an empty object before the real one, or behind it; spaces are no other arguments."""
    if not whole or said == whole or (said and _PLACEHOLDERS.fullmatch(whole)):
        return Given("")
    real = _PLACEHOLDERS.sub("", said, count=1) if _PLACEHOLDERS.match(said) else said
    if whole.startswith(real):
        return Given(whole[len(real) :])
    same = load_json(real) == load_json(whole)
    return Given("" if same else whole, corrected=not same)


def _rest(item: Item, whole: Wire, before: Wire, but: frozenset[str]) -> list[Delta]:
    """All of a step but what it began with; of one that was whole before what has changed."""
    known = before if item.done else {}
    fields = {
        key: value
        for key, value in whole.items()
        if key not in _ADDRESS | but and (key not in known or known[key] != value)
    }
    return [OtherDelta(whole["type"], fields)] if fields else []


def _named(item: Item, whole: Wire, before: Wire) -> Iterator[Delta]:
    """The id and the name of a call that has begun without them."""
    if item.announced and whole["type"] in CALLS:
        late = {key: whole[key] for key in ("id", "name") if whole.get(key) and whole[key] != before.get(key)}
        if late and not item.done:
            yield OtherDelta(whole["type"], late)

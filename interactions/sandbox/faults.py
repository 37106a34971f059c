"""What can go wrong on the way: each fault is a function from a good script to a bad one.

Some change how the run itself goes; the others befall its first stream, and leave the run alone. The second
argument is the prompt, for the number in it.
"""

import json
import re
from dataclasses import replace

from interactions.sandbox import pictures, wire
from interactions.sandbox.refusals import MESSAGES
from interactions.sandbox.script import Beat, Ending, Script, Stored, split

SLOW = 0.5  # seconds a word
BUSY = ("service_unavailable", MESSAGES[503])
LEGACY_NAMES = {
    "interaction.created": "interaction.start",
    "step.start": "content.start",
    "step.delta": "content.delta",
    "step.stop": "content.stop",
    "interaction.completed": "interaction.complete",
}
QUEUE = 2.0  # seconds
LATE = 3.0  # seconds
CANCELLED = [{"error": {"code": 499, "message": "The operation was cancelled.", "status": "CANCELLED"}}]
UNTYPED = ("text", "thought_summary")
LEGACY_TYPES = {"model_output": "text"}


def number(prompt: str, pattern: str, default: int) -> int:
    found = re.search(pattern, prompt, re.IGNORECASE)
    return int(found[1]) if found else default


def middle(script: Script) -> int:
    """Between two deltas, half-way through them."""
    deltas = script.find("step.delta") or script.find("step.stop")
    return deltas[len(deltas) // 2] if deltas else len(script.beats)


def slow(script: Script, _: str) -> Script:
    return script.with_beats(*(slow_beat for beat in script.beats for slow_beat in _slowly(beat)))


def _slowly(beat: Beat) -> list[Beat]:
    if not isinstance(beat.data, dict) or beat.data.get("delta", {}).get("type") != "text":
        return [beat]
    words = split(beat.data["delta"]["text"], (1,))
    return [Beat({**beat.data, "delta": wire.text(word)}, SLOW) for word in words]


def queued(script: Script, _: str) -> Script:
    """Created and told as queued; in progress after a while."""
    created, update, *rest = script.beats
    assert isinstance(created.data, dict)
    waiting = {**created.data, "interaction": {**created.data["interaction"], "status": "queued"}}
    told = wire.status_update(script.resource, "queued")
    opening = (replace(created, data=waiting), Beat(told), replace(update, pause=QUEUE))
    return script.with_beats(*opening, *rest)


def citations_late(script: Script, _: str) -> Script:
    """The one recorded annotation delta in the three shapes that different ages of the API have."""
    at = next((i for i, beat in enumerate(script.beats) if _delta(beat).get("annotations")), 0)
    if not at:
        return script
    first, *others = ([note] for note in _delta(script.beats[at])["annotations"])
    carrier, closing = script.beats[at - 1], script.beats[at]
    kinds = ("text_annotation", *["text_annotation_delta"] * len(others))
    beats = (
        _with_delta(carrier, {"text": _delta(carrier)["text"], "annotations": first, "type": "text"}),
        *(
            _with_delta(closing, {"annotations": note, "type": kind})
            for kind, note in zip(kinds, others, strict=False)
        ),
    )
    return script.with_beats(*script.beats[: at - 1], *beats, *script.beats[at + 1 :])


def no_usage(script: Script, _: str) -> Script:
    return script.with_beats(*(_without_usage(beat) for beat in script.beats))


def _without_usage(beat: Beat) -> Beat:
    if not isinstance(beat.data, dict) or not beat.is_event("interaction.completed"):
        return beat
    rest = {key: value for key, value in beat.data["interaction"].items() if key != "usage"}
    return replace(beat, data={**beat.data, "interaction": rest})


def no_step_start(script: Script, _: str) -> Script:
    return script.with_beats(*(beat for beat in script.beats if not beat.is_event("step.start")))


def no_delta_type(script: Script, _: str) -> Script:
    """As in the documentation's sample of Deep Research."""
    return script.with_beats(*(_untyped(beat) for beat in script.beats))


def _untyped(beat: Beat) -> Beat:
    delta = _delta(beat)
    if delta.get("type") not in UNTYPED:
        return beat
    bare = {key: value for key, value in delta.items() if key != "type"}
    if "content" in bare:
        bare["content"] = {key: value for key, value in bare["content"].items() if key != "type"}
    return _with_delta(beat, bare)


def _delta(beat: Beat) -> wire.Json:
    delta: wire.Json = beat.data.get("delta", {}) if isinstance(beat.data, dict) else {}
    return delta


def _with_delta(beat: Beat, delta: wire.Json) -> Beat:
    assert isinstance(beat.data, dict)
    return replace(beat, data={**beat.data, "delta": delta})


def cut(script: Script, prompt: str) -> Script:
    events = number(prompt, r"after (?:the )?(\d+)", 8)
    lost = re.search(r"\b(?:forget|lose) (?:it|everything)\b", prompt, re.IGNORECASE)
    stored = Stored.NOTHING if lost else Stored.WHOLE
    return replace(script, beats=script.beats[:events], ending=Ending.CUT, stored=stored)


def finish_late(script: Script, _: str) -> Script:
    """The second half takes its time, whatever is in it."""
    at = middle(script)
    first, second = script.beats[:at], script.beats[at:]
    stretch = LATE / (sum(beat.pause for beat in second) or LATE)
    return script.with_beats(*first, *(replace(beat, pause=beat.pause * stretch) for beat in second))


def cut_before_the_end(script: Script, _: str) -> Script:
    """In the middle, unless it was cut already; nobody listens when the run ends."""
    beats = script.beats if script.ending is Ending.CUT else script.beats[: middle(script)]
    return replace(script, beats=beats, ending=Ending.CUT, stored=Stored.LATER)


def silence(script: Script, _: str) -> Script:
    return replace(script, beats=script.beats[:1], ending=Ending.SILENT)


def silence_before_headers(script: Script, _: str) -> Script:
    return replace(script, beats=(), headers=False, ending=Ending.SILENT)


def garbage(script: Script, _: str) -> Script:
    """In the middle of an answer that is complete without it; the odd step has an index of its own."""
    odd = len(script.find("step.stop"))
    rubbish = (
        Beat(b": a comment\n\n"),
        Beat(b'event: step.delta\ndata: {"index":0,"delta":{"te\n\n'),
        Beat({"note": "of a kind unheard of", "event_type": "interaction.daydream"}),
        Beat(wire.step_start(odd, {"type": "hologram", "depth": 3})),
        Beat(wire.step_delta(odd, {"shape": "a teapot", "type": "hologram_delta"})),
        Beat(wire.step_stop(odd)),
    )
    at = middle(script)
    return script.with_beats(*script.beats[:at], *rubbish, *script.beats[at:])


def error_event(script: Script, _: str) -> Script:
    beats = (*script.beats[: middle(script)], Beat(wire.error(*BUSY), 0.3))
    return replace(script, beats=beats, stored=Stored.FAILED)


def bare_error(script: Script, _: str) -> Script:
    """As recorded for refusals of the content filter: no `data:`, and no trace of the interaction later."""
    code, message = "prohibited_content", "Request blocked due to prohibited content."
    line = wire.dumps({"error": {"message": message, "code": code}}).encode() + b"\n"
    return replace(script, beats=(*script.beats[: middle(script)], Beat(line)), stored=Stored.NOTHING)


def ten_minute_cut(script: Script, _: str) -> Script:
    """The gateway's own words after 600 s, where an event should be."""
    tail = json.dumps(CANCELLED, indent=2).encode() + b"\n"
    beats = (*script.beats[: middle(script)], Beat(tail, 0.3))
    return replace(script, beats=beats, stored=Stored.CANCELLED)


def deadline(script: Script, _: str) -> Script:
    """As seen with Deep Research: the run goes on, and the interaction can be polled."""
    return script.with_beats(*script.beats[: middle(script)], Beat(wire.error("deadline_exceeded", ""), 0.3))


def no_completion(script: Script, _: str) -> Script:
    return script.with_beats(*script.beats[: script.find("interaction.completed")[0]])


def legacy(script: Script, _: str) -> Script:
    return script.with_beats(*(replace(beat, data=_as_legacy(beat.data)) for beat in script.beats))


def _as_legacy(data: wire.Json | bytes) -> wire.Json | bytes:
    if isinstance(data, bytes):
        return data
    old = dict(data, event_type=LEGACY_NAMES.get(data["event_type"], data["event_type"]))
    if "step" in old:
        kind = old.pop("step")["type"]
        return {"index": old["index"], "content": {"type": LEGACY_TYPES.get(kind, kind)}, **old}
    if data["event_type"] == "interaction.completed":
        old["interaction"] = {**old["interaction"], "role": "model"}
    return old


def plain_json(script: Script, _: str) -> Script:
    body = Beat(wire.dumps(script.resource).encode())
    return replace(script, beats=(body,), content_type="application/json; charset=UTF-8")


def keep_alive(script: Script, _: str) -> Script:
    comment = Beat(b": keep-alive\n\n")
    return script.with_beats(*(each for beat in script.beats for each in (comment, beat)))


def bom_and_crlf(script: Script, _: str) -> Script:
    beats = [replace(beat, data=beat.bytes.replace(b"\n", b"\r\n")) for beat in script.beats]
    return script.with_beats(Beat(b"\xef\xbb\xbf"), *beats)


def large_frame(script: Script, prompt: str) -> Script:
    megabytes = min(number(prompt, r"(\d+) ?MB", 3), 64)
    image = pictures.png(1000, megabytes * 250, packed=False)
    at = script.find("step.stop")[-1]
    index = len(script.find("step.stop")) - 1
    delta = wire.step_delta(index, {"data": image, "mime_type": "image/png", "type": "image"})
    return script.with_beats(*script.beats[:at], Beat(delta), *script.beats[at:])

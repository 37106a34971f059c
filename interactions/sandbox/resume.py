"""What makes a stream one that can come again: places, times and ids of its events."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

from interactions.sandbox import wire
from interactions.sandbox.script import Beat, Script


def placed(script: Script) -> Script:
    """Each beat knows its place and its time in the run."""
    times = accumulate(beat.pause for beat in script.beats)
    beats = zip(script.beats, times, strict=True)
    return script.with_beats(*(replace(beat, place=i, at=at) for i, (beat, at) in enumerate(beats)))


def resumable(script: Script) -> Script:
    """With an `event_id` on every content delta."""
    return script.with_beats(*_numbered(script.beats))


def after(script: Script, event_id: str) -> Script:
    """The rest of a resumable stream; all of it when the id is not in it."""
    at = _find(script, event_id)
    return script if at < 0 else script.with_beats(*script.beats[at + 1 :])


def repeated(script: Script, event_id: str) -> Script:
    """As recorded: the step of that event stops, then all steps come again, under new indices and ids."""
    at = _find(script, event_id)
    if at < 0:
        return script
    count = len(script.find("step.stop"))
    again = [_shifted(beat, count) for beat in script.beats if _index(beat) >= 0]
    stop = Beat(wire.step_stop(_index(script.beats[at])))
    end = script.beats[script.find("interaction.completed")[0] :]
    return script.with_beats(stop, *_numbered(again, len(script.beats)), *end)


def told(beats: Iterable[Beat]) -> str:
    """The status that the last of them to speak of it names."""
    data = [beat.data for beat in beats if isinstance(beat.data, dict)]
    statuses = [event.get("interaction", event).get("status") for event in data]
    return str(next(status for status in reversed(statuses) if status))


def _numbered(beats: Iterable[Beat], start: int = 0) -> Iterator[Beat]:
    """Google's form: base64 of step index, kind of delta and a counter."""
    for i, beat in enumerate(beats, start):
        if beat.is_event("step.delta") and isinstance(beat.data, dict):
            name = f"{beat.data['index']}_{beat.data['delta']['type']}_{i}"
            yield replace(beat, data={**beat.data, "event_id": "v1_" + b64encode(name.encode()).decode()})
        else:
            yield beat


def _find(script: Script, event_id: str) -> int:
    """-1 if no event has that id."""
    ids = (beat.data.get("event_id") if isinstance(beat.data, dict) else None for beat in script.beats)
    return next((i for i, known in enumerate(ids) if known and known == event_id), -1)


def _index(beat: Beat) -> int:
    """The step that it is of; -1 if of none."""
    index: int = beat.data.get("index", -1) if isinstance(beat.data, dict) else -1
    return index


def _shifted(beat: Beat, steps: int) -> Beat:
    assert isinstance(beat.data, dict)
    return replace(beat, data={**beat.data, "index": beat.data["index"] + steps})

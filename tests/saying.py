"""What an answer says, as read from a server's record and from a turn: by means that share nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from interactions.turns.steps import Thought, ToolCall, plain
from interactions.turns.turn import Turn, text_of


class Call(NamedTuple):
    """`id` is "" where two interactions are compared: each has its own."""

    type: str
    id: str
    arguments: object


class Said(NamedTuple):
    text: str = ""
    thoughts: str = ""
    calls: tuple[Call, ...] = ()

    def __add__(self, other: tuple[Any, ...]) -> Said:
        """One after the other."""
        text, thoughts, calls = other
        return Said(self.text + text, self.thoughts + thoughts, self.calls + calls)

    @property
    def nameless(self) -> Said:
        return self._replace(calls=tuple(call._replace(id="") for call in self.calls))

    def begins(self, whole: Said) -> bool:
        """Whether this is what one has heard of `whole` who did not hear its end."""
        *heard, last = self.calls or (None,)
        following = whole.calls[len(heard) : len(heard) + 1]
        return (
            whole.text.startswith(self.text)
            and whole.thoughts.startswith(self.thoughts)
            and whole.calls[: len(heard)] == tuple(heard)
            and (last is None or any(_begins(last, call) for call in following))
        )


def _begins(part: Call, whole: Call) -> bool:
    if part[:2] != whole[:2]:
        return False
    if isinstance(part.arguments, str):
        return _compact(whole.arguments).startswith(part.arguments)
    return part.arguments in ({}, whole.arguments)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def of_record(steps: Iterable[dict[str, Any]]) -> Said:
    text, thoughts, calls = "", "", []
    for step in steps:
        if step["type"] == "model_output":
            text += _joined(step.get("content", ()))
        elif step["type"] == "thought":
            thoughts += _joined(step.get("summary", ()))
        elif step["type"].endswith("_call"):
            calls.append(Call(step["type"], step.get("id", ""), step.get("arguments", {})))
    return Said(text, thoughts, tuple(calls))


def _joined(parts: Iterable[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts if part["type"] == "text")


def of_turn(turn: Turn) -> Said:
    steps = [step for step in turn.steps if not step.sent]
    thoughts = "".join(plain(step.content) for step in steps if isinstance(step, Thought))
    calls = (step for step in steps if isinstance(step, ToolCall))
    return Said(
        text_of(turn),
        thoughts,
        tuple(Call(call.type, str(call.data.get("id", "")), call.arguments) for call in calls),
    )

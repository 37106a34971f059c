"""The chips of the empty page: each shows one thing that a stream can do."""

from __future__ import annotations

from typing import NamedTuple

from interactions.turns.steps import Wire

WEATHER: Wire = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather at a place, now.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string", "description": "City and country"}},
        "required": ["location"],
    },
}


class Example(NamedTuple):
    """A chip of the empty page: its label, the prompt it sends, and the functions it declares. Most ask the
    sandbox for what only it does at will; the others are worth asking `anywhere`."""

    label: str
    prompt: str
    tools: tuple[Wire, ...] = ()
    anywhere: bool = False


EXAMPLES = (
    Example("How does streaming work?", "How does streaming work here?", anywhere=True),
    Example("Long answer", "Give me a long answer.", anywhere=True),
    Example("Slow", "Answer slowly, please."),
    Example("Function call", "What is the weather in Paris? Call the function.", (WEATHER,), anywhere=True),
    Example("Search with sources", "Answer with a Google search."),
    Example("Every kind of step", "Play every step."),
    Example("Structured output", "Answer with structured output."),
    Example("Cut after 8 events", "Cut the stream after 8 events."),
    Example("Cut and forgotten", "Cut the stream after 8 events and forget it."),
    Example("Silence", "Stay silent."),
    Example("Garbage frame", "Send a garbage frame."),
    Example("Error event", "Answer with an error event."),
    Example("Ten-minute cut", "Play the ten-minute cut."),
    Example("Queue", "Answer from the queue."),
    Example("Bad key", "Answer with a bad key."),
    Example("HTTP 429", "Answer with HTTP 429."),
    Example("HTTP 503", "Answer with HTTP 503."),
)

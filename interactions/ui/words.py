"""All words of the page that are more than a label's."""

from __future__ import annotations

from typing import NamedTuple

from interactions.events import ErrorDetail
from interactions.steps import ModelOutput, OtherStep, Thought, ToolCall, ToolResult, Wire
from interactions.turn import Turn

TITLE = "Interactions playground"
DIAGNOSTICS = f"Diagnostics · {TITLE}"
EMPTY = "What does the stream really say?"
EMPTY_HINT = "Send a message, or try one of these. Left you see every raw event, right what it means."
SANDBOX = "You are talking to the built-in sandbox. Set `GEMINI_API_KEY` and restart to talk to Gemini."
NOT_FOUND = "There is no such conversation here. It may belong to another browser, or to an earlier run."
OUTSIDE_CHAIN = "The model will not remember this turn."
UNTITLED = "Results of a function call"
COMPOSER = "Message the model"
RESULT_HINT = "The model waits for these results. JSON or plain text; both are sent as they are."
QUEUED = "Waiting for the running turn"
QUEUE_HELD = "Waiting: the turn before it did not end well"

THOUGHTS = "Thoughts"
SILENT_THOUGHT = "A thought without a summary: a signature of {:,} characters."
SOURCES = "Sources"
SUGGESTIONS = "Search suggestions"
ANNOTATIONS = "Annotations"
STEP_ERROR = "Error of this step"
NAMELESS_SOURCE = "a source without a name"
NAMELESS_STEP = "step without a type"
NAMELESS_DELTA = "delta without a type"
TOOL_RUNS = "running"
TOOL_FAILED = "failed"
TOOL_NO_RESULT = "no result came"
TOOL_RESULT = "result"
TOOL_OUTPUT = "Output"
TOOL_SILENT = "The server says nothing more about it."

TOOLS = {
    "google_search": "Google Search",
    "google_maps": "Google Maps",
    "url_context": "URL context",
    "code_execution": "Code execution",
    "file_search": "File search",
    "retrieval": "Retrieval",
    "tool_search": "Tool search",
    "processing": "Media processing",
}

QUIET = 10.0  # seconds without data until the page says so

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
    """A chip of the empty page: its label, the prompt it sends, and the functions it declares."""

    label: str
    prompt: str
    tools: tuple[Wire, ...] = ()


EXAMPLES = (
    Example("How does streaming work?", "How does streaming work here?"),
    Example("Long answer", "Give me a long answer."),
    Example("Slow", "Answer slowly, please."),
    Example("Function call", "What is the weather in Paris? Call the function.", (WEATHER,)),
    Example("Cut after 8 events", "Cut the stream after 8 events."),
    Example("Silence", "Stay silent."),
    Example("Garbage frame", "Send a garbage frame."),
    Example("Error event", "Answer with an error event."),
    Example("HTTP 429", "Answer with HTTP 429."),
    Example("HTTP 503", "Answer with HTTP 503."),
)

# What each ended status says of a turn.
STATUSES = {
    "completed": "completed",
    "requires_action": "waits for the result of a function",
    "incomplete": "incomplete: it stopped early",
    "budget_exceeded": "stopped: the token budget is used up",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}

TONES = {"completed": "good", "requires_action": "busy", "incomplete": "warn", "budget_exceeded": "warn"}


def status(turn: Turn) -> tuple[str, str]:
    """What the turn is doing or how it ended, in words, and the tone of it: good, busy, warn or bad."""
    if turn.ended:
        return STATUSES.get(turn.status, turn.status), TONES.get(turn.status, "bad")
    if turn.status == "queued":
        return "queued by the server", "busy"
    last = turn.steps[-1] if turn.steps else None
    match last:
        case Thought():
            return "thinking", "busy"
        case ToolCall() | ToolResult():
            return f"using {tool(last)}", "busy"
        case ModelOutput() | OtherStep():
            return "answering", "busy"
    return "waiting for the first token", "busy"


def tool(step: ToolCall | ToolResult) -> str:
    """What a person calls the tool; a function by its own name, with the server that has it."""
    server = step.data.get("server_name")
    return f"{server} · {step.name}" if server else TOOLS.get(step.name, step.name)


class Trouble(NamedTuple):
    """What happened, in the server's own words where it had any, and what to do."""

    happened: str
    quoted: str
    advice: str


_ADVICE = {
    400: "Read the server's words: a field or its value is not accepted. The request is in the log.",
    401: "Check the API key.",
    403: "Check the API key and what it is allowed to do.",
    404: "Check the model's name and the API version. An old conversation may have expired on the server.",
    429: "Wait a little and send it again, or use another model or key.",
}
_HAPPENED = {
    "unreachable": "The server could not be reached; nothing was sent.",
    "crash": "This program failed while it read the stream.",
}


def trouble(turn: Turn) -> Trouble | None:
    """The sentence that stands in a turn which did not end well."""
    if not turn.ended or turn.status in {"completed", "requires_action"}:
        return None
    error = turn.error or ErrorDetail()
    quoted = error.message or ""
    if turn.status == "incomplete":
        return Trouble(
            "The model stopped before it was done.", quoted, "Raise the output limit and ask again."
        )
    if turn.status == "budget_exceeded":
        return Trouble("The token budget of the run is used up.", quoted, "Raise the budget and ask again.")
    if turn.status == "cancelled":
        return Trouble("Stopped. What had arrived is kept.", quoted, OUTSIDE_CHAIN)
    if turn.status == "interrupted":
        return Trouble(
            _interrupted(error), quoted, f"What had arrived is kept. {OUTSIDE_CHAIN} Send it again."
        )
    return _failed(error, quoted)


def _interrupted(error: ErrorDetail) -> str:
    if error.code == "ReadTimeout":
        return "The server said nothing for too long, and the connection was ended."
    if error.code:
        return "The connection broke before the answer was complete."
    return "The stream ended without saying that the answer was complete."


def _failed(error: ErrorDetail, quoted: str) -> Trouble:
    code = error.http_status or 0
    if code >= 300:
        happened = f"The server refused the request: HTTP {code}{f', {error.code}' if error.code else ''}."
        later = "The server has a problem. Try again in a while." if code >= 500 else "See the log."
        return Trouble(happened, quoted, _ADVICE.get(code, later))
    if error.code in _HAPPENED:
        return Trouble(
            _HAPPENED[error.code], quoted, "Check the endpoint and the network, then send it again."
        )
    happened = f"The server reported an error{f': {error.code}' if error.code else ''}."
    return Trouble(happened, quoted, f"What had arrived is kept. {OUTSIDE_CHAIN} Send it again.")

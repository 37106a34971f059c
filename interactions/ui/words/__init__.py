"""All words of the page. Labels and hints stand here; a module beside it has those of one subject."""

from __future__ import annotations

from typing import assert_never

from interactions.conversations.request import Input
from interactions.providers.built_in import HOME
from interactions.turns.events import Retrying
from interactions.turns.steps import ModelOutput, OtherStep, Thought, ToolCall, ToolResult, UserInput
from interactions.turns.turn import Turn, turn_waits
from interactions.ui.words.answer import progress, waiting

TITLE = "Interactions playground"
DIAGNOSTICS = f"Diagnostics · {TITLE}"
EMPTY = "What does the stream really say?"
EMPTY_HINT = (
    "Send a message, or try one of these. On the left is every raw event, on the right what it means."
)
SANDBOX = (
    f"You are talking to the built-in sandbox. To talk to {HOME.title}, set `{HOME.keys[0]}` and restart, "
    "or put a key of your own into Settings."
)
NOT_FOUND = "There is no such conversation here. It may belong to another browser, or to an earlier run."
UNREAD = "It is shown as soon as it can be read. What you write stays below."
OUTSIDE_CHAIN = "The model will not remember this turn."
UNTITLED = "Results of calls"
COMPOSER = "Message the model"
ATTACH_AGAIN = "The text is back below; attach the files again."
WITH_FILES = "With {}"
FILE = "{} {}, {:,} bytes"
FILE_MORE = "\n… {:,} characters more are in the file."
RESULT_OF = "Result of {}"
SEND_RESULTS = "Send results"
RESULT_HINT = "The model waits for these results. JSON or plain text; both are sent as they are."
ANSWER_HINT = "The model waits for these answers. Nothing is run here."
QUEUED = "Waiting for the running turn"
SEND_NOW = "Send now"
QUEUE_HELD = "Waiting: the turn before it did not end well"
QUEUE_NEXT = "Waiting: to be sent in a moment"
QUEUE_UNREADABLE = "{} more cannot be read. They stay in the database as they are."

SESSION_ENDED = "Session ended after {:g} minutes. A message begins a fresh conversation."
CONTINUE = "Continue"
START_FRESH = "Start fresh"
IN_BACKGROUND = "in the background"

EDIT = "Edit"
EDITED = "The message in other words"
EDIT_SEND = "Send"
EDIT_CANCEL = "Cancel"
REGENERATE = "Regenerate"
TRY_AGAIN = "Try again"
TRY_NEAREST = "Try the nearest model that the server has"
TRY_WITH = "Try again with {}"
NO_NEAREST = "The server lists no model that could stand in for {}. Choose one in the settings."
FORK = "Fork from here"
BRING_BACK = "Ask the server again"
SIBLING = "{} of {}"
SIBLING_BEFORE = "Before"
SIBLING_AFTER = "After"

NO_USAGE = "usage not reported"
HOPS = "{} requests: the server paused the answer"
NOT_STORED = "not kept by the server"
SUBSTITUTED = "{} was asked for, and {} has answered"
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
TOOL_INCOMPLETE = "incomplete"
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
    "image_generation": "Image generation",
    "computer": "Computer",
    "shell": "Shell",
    "local_shell": "Shell",
    "apply_patch": "Patch",
    "advisor": "Advisor",
}
OTHERS_TOOLS = {**TOOLS, "google_search": "Web search"}  # our name of the step, and not Google's tool

EVENT_LOG = "Event log"
CONVERSATION = "Conversation"
PANES = "Panes"
IMAGE = "Image in the answer"
STOP = "Stop"
NEW_CONVERSATION = "New conversation"
FLEETING = (
    "Conversations are gone when this app is restarted, because its disk is. "
    "Set `INTERACTIONS_DATABASE_URL` to keep them."
)
SEARCH = "Search conversations"
NOTHING_FOUND = "No conversation has these words."
MORE = "Show more"
THIS_CONVERSATION = "This conversation"
RENAME = "Title"
PIN = "Pin"
UNPIN = "Unpin"
DELETE = "Delete"
FORGET = "At the server too"
FORGET_HINT = "Undo does not bring back what the server has deleted; the history is then sent along."
LEFT_AT_SERVER = "Deleted here. {} interactions are still at the server: they belong to another key."
DELETED = "Deleted."
UNDO = "Undo"
KEYS = (
    '<p class="dim"><kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> breaks the line, '
    "<kbd>Esc</kbd> stops, "
    "<kbd>/</kbd> goes to the message.</p>"
)
TO_END = "↓ Newest"
COPY = "Copy"
COPIED = "Copied"
PAUSE = "Pause"
RESUME = "Follow"
NEW_ROWS = "paused · {:,} new"
FILTER = "Filter"
FILTERED = "Some rows are filtered out."
FILTER_TURN = "Turn"
FILTER_TYPES = "Event types"
FILTER_TEXT = "Rows with the text"
FILTER_CLEAR = "Show all rows"
ALL_TURNS = "All turns"
TURN = "Turn {}"
EARLIER = "Earlier"
LATER = "Later"
EARLIER_TURNS = "{} earlier turn{}"
NO_ROWS = "No row passes the filter."
EXPORT = "Export"
EXCHANGE = "Request {} of {} · {}"
NO_ANSWER = "no answer"
COMMAND = "The whole command"
RAW_BODY = "Raw body, {:,} bytes"
EXPORTED_TURN = "Turn {}. Another one is chosen under Filter."
EXPORT_TURN = "This turn as JSON"
EXPORT_CONVERSATION = "This conversation as JSON"
REPLAY = "Replay"
REPLAY_AT_ONCE = "Replay at once"
REPLAY_HINT = "Shows the turn again as it came. Nothing is sent."
REPLAYING = "a replay · nothing is sent"

SETTINGS = "Settings"
SETTINGS_HINT = "Sent with every turn. What is left empty is not sent."
UNSET = "not set"
ENDPOINT = "Endpoint"
LOOK = "Models"
LOOK_HINT = "Asks the server which models it has."
MODEL_UNKNOWN = "no model is chosen"
PRESETS = "Presets"
NO_PRESETS = "No preset yet: give the settings a name, and choose them again later."
PRESET_NAME = "A name for the settings"
PRESET_SAVE = "Keep these settings"
PRESETS_FILE = "All presets as JSON"
PRESETS_IMPORT = "Presets that were exported as JSON"
REMOVE = "Remove"
OWN_KEY = "For this tab only, until it is closed or loaded again. It goes to the API and nowhere else."
OWN_KEY_USED = "Your key is in use in this tab."
WITH_OWN_KEY = "your own key"
THE_KEY = "The API key"
KEY_WORKS = "The key works."
KEY_REFUSED = "The server says to this key (HTTP {}): {}"
CAPPED = "Without a key of your own: up to {} turns an hour."
FRESH = "none: a fresh conversation"
SENT_ALONG = "none: the history is sent along"
ALSO_SENT = "Later turns, which are not kept there, are sent along."

# The attempts to bring an answer back: while one is made, and below the turn when it has succeeded.
RUNGS = {
    "get": "connection lost: asking the server how it went on",
    "stream": "connection lost: streaming it again",
    "poll": "connection lost: waiting until the server says how it ended",
    "cancel": "stopping it at the server",
    "rebuild": "the server no longer has the history: sending it along",
}
AFRESH = "from its start: what had arrived comes once more"
CLIMBED = {
    "get": "brought back by a GET",
    "stream": "brought back by streaming again",
    "poll": "brought back by asking until it was over",
    "rebuild": "history rebuilt: the server no longer had it",
}

RETRYING = "{}: asking again in {:g} s ({} of {})"
UNREACHED = "server not reached"
SILENCE = 10.0  # seconds without data until the status says so

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
INCOMPLETE = "incomplete: the server says {}"

# The status of a turn that waited for a result, once something was sent after it.
ANSWERED = ("its function was answered", "good")
PASSED_OVER = ("its function was passed over: a message was sent instead", "warn")
ANSWERED_ELSE = ("it was answered", "good")
PASSED_OVER_ELSE = ("it was passed over: a message was sent instead", "warn")

TONES = {"completed": "good", "requires_action": "busy", "incomplete": "warn", "budget_exceeded": "warn"}


def status(turn: Turn, next_input: Input | None = None) -> tuple[str, str]:
    """The words for what a turn is doing or how it ended, and their tone: good, busy, warn or bad.
    `next_input` is what was sent after it, if anything was."""
    if turn.ended:
        return _ended(turn, next_input)
    if turn.rungs and turn.rungs[-1] != "rebuild":
        return RUNGS.get(turn.rungs[-1], turn.rungs[-1]), "warn"
    if turn.retry is not None:
        return retrying(turn.retry), "warn"
    if turn.progress is not None and (doing := progress.words(turn.progress)):
        return doing, "busy"
    if turn.status == "queued":
        return "queued by the server", "busy"
    last = turn.steps[-1] if turn.steps else None
    match last:
        case Thought():
            return "thinking", "busy"
        case ToolCall() | ToolResult():
            return f"using {tool(last, running=True)}", "busy"
        case ModelOutput() | OtherStep():
            return "answering", "busy"
        case UserInput() | None:
            return "waiting for the first token", "busy"
        case _:
            assert_never(last)


def _ended(turn: Turn, next_input: Input | None) -> tuple[str, str]:
    waits = turn_waits(turn)
    if turn.status == "requires_action" and next_input is not None:
        steps = () if isinstance(next_input, str) else next_input
        answered = any(str(step.get("type")).endswith("_result") for step in steps)
        if all(call.type == "function_call" for call in waits):
            return ANSWERED if answered else PASSED_OVER
        return ANSWERED_ELSE if answered else PASSED_OVER_ELSE
    said = STATUSES.get(turn.status, turn.status)
    if waits:
        said = waiting.words(waits)
    if turn.status == "incomplete" and turn.error is not None and turn.error.code:
        said = INCOMPLETE.format(turn.error.code)
    return said, TONES.get(turn.status, "bad")


def retrying(retry: Retrying) -> str:
    why = f"HTTP {retry.http_status}" if retry.http_status else UNREACHED
    return RETRYING.format(why, retry.seconds, retry.attempt, retry.of)


def tool(step: ToolCall | ToolResult, *, running: bool = False) -> str:
    """The name of a tool for people. A function keeps its own, with that of its server. While a tool is
    `running` it may be any vendor's: whose it is says the item that comes when its step is whole."""
    if server := step.data.get("server_name"):
        return f"{server} · {step.name}"
    if step.type.startswith(("function_", "custom_tool_")):
        return step.name
    others = step.native or (running and step.open)
    return (OTHERS_TOOLS if others else TOOLS).get(step.name, step.name)

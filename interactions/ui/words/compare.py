"""The words of the page *Compare*."""

from __future__ import annotations

from interactions.ui.words import TITLE

HEADING = "Compare"
PAGE = f"{HEADING} · {TITLE}"
INVITE = "One prompt, several answers"
INVITE_HINT = (
    "Choose an endpoint and a model for each column. All are asked at the same moment, and stream side by"
    " side. Each column becomes a conversation of its own."
)
COLUMNS = "Columns"
MODEL = "Model"
MODEL_ELSEWHERE = (
    "Endpoint and model are chosen for each column; the key is for the endpoint that is set here."
)
COMPOSER = "Message all of them"
NEW = "New comparison"
CONTINUE = "Continue"
CONTINUE_HINT = "Opens this conversation in the playground."
LOG = "Event log"
EARLIER = "Earlier turns ({}) are shown by “Continue”."
EARLIER_ROWS = "Earlier rows are shown by “Continue”."
NO_MODEL = "Not sent: this column has no model. Choose or type one in a new comparison."
BUSY = "Not sent: wait until all have answered, or stop them. Then all begin at the same moment."
GONE = (
    "Not all of these conversations are here. One may belong to another browser, be deleted, or never have"
    " been sent a message."
)

UNSENT = "not sent"
STATUS = "Status"
FIRST = "First token"
END = "End"
SPEED = "Speed"
TOKENS = "Tokens"
COST = "Cost"
IGNORES = "Ignores"
NONE = "–"
LATER = "…"
SECONDS = "{:,.2f} s"
RUNNING = "{:,.1f} s …"
RATE = "{:,.0f} tokens/s"
ESTIMATE = "≈ {:,.0f} tokens/s"
CLOCK = "Timeline of {:g} s since the prompt was sent"

DIFFERENCES = "Differences"
DIFFERS = "differs"
STEPS = "Steps"
CALLS = "Tool calls"
THOUGHTS = "Thoughts"
TEXT = "Text"
CHARACTERS = "{:,} characters"
COUNTED = "{}: {}"

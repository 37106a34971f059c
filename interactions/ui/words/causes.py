"""The causes of failed turns: by the server's code, by words in its message, by the HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from interactions.providers.built_in import PROFILES
from interactions.providers.profile import Meaning, Profile
from interactions.store.offline import UNREAD
from interactions.store.rows import UNREADABLE


class Cause(NamedTuple):
    """What happened, and what to do."""

    happened: str
    advice: str


AGAIN = "Send it again."
UNKNOWN = Cause("The server reported an error.", AGAIN)
FILTER = Cause(
    "A content filter stopped the answer.", "The server keeps nothing of it. Say it in other words."
)
KEY = Cause("The server does not accept the API key.", "Check the key; Settings can test another one.")
BUSY = Cause("The model is overloaded or down.", "Try again in a while, or use another model.")
LATE = Cause(
    "The server ran out of time and ended the answer.",
    "Streams end after about ten minutes. Ask for less at once.",
)
OFTEN = Cause(
    "Too many requests in a short time.", "Wait a little and send it again, or use another model or key."
)
TOOL_CALL = Cause(
    "The model wrote a tool call that cannot be read.", "Ask again, or make the schema simpler."
)
FORGOTTEN = Cause(
    "The server does not have what the request names.",
    "Start a new conversation.",
)
DOWN = Cause("The server has a problem.", "Try again in a while.")
REFUSED = Cause(
    "The server refused the request.", "Read its words: a field or a value is not accepted. See the log."
)
FORBIDDEN = Cause(
    "The key is not allowed to do this.", "Check what the key's project may use, or take another model."
)
FIELD = Cause(
    "The server does not know a field of the request.", "Try the other API version, or unset the field."
)
LONG = Cause(
    "The conversation is longer than the model can read.",
    "Start a new conversation, or use a model with a larger context; a local server may be started with one.",
)
LARGE = Cause("The request has too many bytes for the server.", "Send fewer or smaller files.")
ABSENT = Cause(
    "The server does not have the model, or the address, that was asked for.",
    "Choose a model that it lists, and check the base URL.",
)
UNPAID = Cause(
    "The account behind the key has no credit left.",
    "Add credit at the vendor, or use another key; waiting does not help.",
)
SPENT = Cause(
    "The account's limit on spending is reached.",
    "Raise it at the vendor, or wait until it begins anew; the same request is refused until then.",
)
FASTER = Cause(
    "The number of requests has risen too fast.", "Wait a minute, then send less at once than before."
)
LOADING = Cause(
    "The server has not loaded the model.", "Load it there, or wait until it has been, and send it again."
)
NOT_PULLED = Cause(
    "The server does not have this model yet.", "Download it there, as its words say, or choose another."
)
NO_TOOLS = Cause(
    "This model, or this server, takes no tools.",
    "Remove the tools in Settings, or use a model that takes them; some servers must be started for it.",
)
WRONG_PATH = Cause(
    "The server has no such address.",
    "Correct the base URL: most servers of this kind want it to end in /v1.",
)
NOT_RUNNING = Cause(
    "Nothing answers at this address: the server is not running; nothing was sent.",
    "Start the server, or correct its address and port, then send it again.",
)
NO_HOST = Cause(
    "The host name could not be resolved; nothing was sent.", "Check the base URL and the network."
)
CERTIFICATE = Cause(
    "The server's certificate is not accepted; nothing was sent.",
    "Check the base URL; on a network of your own, http may be meant instead of https.",
)
UNREACHABLE = Cause(
    "The server could not be reached; nothing was sent.",
    "Check the endpoint and the network, then send it again.",
)
LONG_CHAIN = Cause(
    "The server refused the request and does not say which part of it.",
    "It worked before in this conversation? Then its history is what the server refuses: start a new one.",
)

CAUSES: Mapping[Meaning, Cause] = {
    "absent": ABSENT,
    "bad_prompt": Cause("The server does not accept what the message asks for.", "Say it in other words."),
    "bad_tool_call": TOOL_CALL,
    "blocked": FILTER,
    "busy": BUSY,
    "conflict": Cause("The server was busy with the same thing.", AGAIN),
    "declined": Cause(
        "The model declined to answer.",
        "Say it in other words, or use another model. A new conversation leaves out what it declined.",
    ),
    "down": DOWN,
    "faster": FASTER,
    "field": FIELD,
    "filter": Cause("The server's content filter has ended the answer.", "Say it in other words."),
    "forbidden": FORBIDDEN,
    "forgotten": FORGOTTEN,
    "key": KEY,
    "large": LARGE,
    "late": LATE,
    "loading": LOADING,
    "long": LONG,
    "no_model": Cause(
        "There is no such model for this key and API version.", "Choose another model or API version."
    ),
    "no_signature": Cause(
        "The history that was sent lacks the signature of a thought.", "Start a new conversation."
    ),
    "no_such_path": WRONG_PATH,
    "no_tools": NO_TOOLS,
    "not_downloaded": NOT_PULLED,
    "often": OFTEN,
    "quota": Cause(
        "The quota of this key is used up.", "Wait until it is renewed, or use another key or plan."
    ),
    "refused": REFUSED,
    "region": Cause(
        "The vendor does not serve the place that the request comes from.", "Use another vendor."
    ),
    "setup": Cause(
        "The account behind the key cannot pay for this.", "Set up billing for the project of the key."
    ),
    "spent": SPENT,
    "unlinked": Cause(
        "The server no longer has the answer that this message follows.",
        "Start a new conversation, or turn “Store” off: then the history is sent along.",
    ),
    "unpaid": UNPAID,
}
# Codes of this program's own.
OWN = {
    **dict.fromkeys(("unreachable", "connecterror", "connecttimeout"), UNREACHABLE),
    "crash": Cause("This program failed while it read the stream.", AGAIN),
    "no_call": Cause("The server says that a call follows, but there is none.", "Ask again, or say “go on”."),
    "utf_16": Cause("The answer cannot be read.", "Look at the server, or at what stands in front of it."),
    "web_page": Cause(
        "What came is not the answer of a model.",
        "Check the base URL: a sign-in page, a proxy or a firewall may stand in front of the server.",
    ),
    UNREAD: Cause("This turn cannot be read just now.", "It is shown as soon as it can be read."),
    UNREADABLE: Cause("What is stored of this turn cannot be read.", "What follows it can be gone on with."),
}
# Codes that are in no vendor's documentation.
OURS = frozenset({"unreachable", "crash", "no_call", "utf_16", "web_page", UNREADABLE})
# A vendor's words are known in every protocol: gateways hand them on.
_ALL = tuple(PROFILES.values())
# Codes that say little: what the message has in it tells more. So it does beside no code, and beside one that
# is not known.
VAGUE = frozenset[str]({"connecterror"}).union(*(profile.vague for profile in _ALL))


def by_code(profile: Profile) -> Mapping[str, Cause]:
    """The causes by a server's code, in lower case. Those of the turn's own vendor come first."""
    told = {code: meaning for each in (*_ALL, profile) for code, meaning in each.refusals.items()}
    return {code: CAUSES[meaning] for code, meaning in told.items()} | OWN


def by_message(profile: Profile) -> Mapping[str, Cause]:
    """The causes by a part of the server's message, in lower case."""
    told = {part: meaning for each in (*_ALL, profile) for part, meaning in each.messages.items()}
    return {part: CAUSES[meaning] for part, meaning in told.items()}


# By a part of the message of a connection that failed, on Linux, Macs and Windows.
UNCONNECTED = {
    "connection refused": NOT_RUNNING,
    "actively refused": NOT_RUNNING,
    "name or service not known": NO_HOST,
    "nodename nor servname": NO_HOST,
    "name resolution": NO_HOST,
    "getaddrinfo": NO_HOST,
    "certificate verify": CERTIFICATE,
}
STATUSES = {
    200: Cause(
        "The server answered with an error in place of a stream.",
        "Read its words, and look at the server's log.",
    ),
    400: REFUSED,
    401: KEY,
    402: CAUSES["setup"],
    403: FORBIDDEN,
    404: Cause(
        "The server does not know what the request names.",
        "Check the model's name and the API version. An old conversation may have expired on the server.",
    ),
    408: LATE,
    413: LARGE,
    422: REFUSED,
    429: OFTEN,
    499: LATE,
    503: BUSY,
    504: LATE,
    529: BUSY,
}
CUTS = {
    "ReadTimeout": "The server said nothing for too long, and the connection was ended.",
    "Stalled": "The server kept the connection open without going on with the answer, and it was ended.",
    "TooLarge": "The answer was too large, and was cut.",
    "UnknownEncoding": "The answer was compressed in a way that cannot be read here.",
}
AGES = 3_650 * 86_400  # seconds; a longer wait is not told in days
UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))
ENDED = {
    "incomplete": Cause("The model stopped before it was done.", "Raise the output limit, or say “go on”."),
    "budget_exceeded": Cause("The token budget of the run is used up.", "Raise the budget and ask again."),
}
EARLY = Cause(
    "The server ended the answer early, and calls the reason “{}”.",
    "Look the reason up at the vendor, or say “go on”.",
)

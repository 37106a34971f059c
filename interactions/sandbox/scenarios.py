"""What a prompt can ask the sandbox to do to its stream. `TABLE` is all of it.

A scenario plays when the prompt is its name ("silence"), says "scenario: " and its name, or asks for it in
words that the pattern knows ("please cut the stream after 5 events"). Questions about a thing ("what is HTTP
429?") do not play it. Several can play at once: "a long answer, and cut the stream after 20 events".
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, reduce

from interactions.sandbox import faults
from interactions.sandbox.script import Script

Fault = Callable[[Script, str], Script]

QUESTION = re.compile(
    r"\W*(?:how|why|what|when|which|who|is|are|do|does|did|explain (?:how|why|what))\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.?!])\s+|\n")
ASK = (
    r"\b(?:add|answer|end|fail|give|include|inject|insert|make|play|produce|reply|respond|return|send|simulate"
    r"|speak|stop|stream|try|use|want|with|write)\b[^.?!\n]{0,40}?\b"
)
DO = r"(?:^|[.!?:;,\n]\s*|\b(?:please|and|then|but|now|you|(?:want|like) (?:you|it) to) )"


@dataclass(frozen=True)
class Scenario:
    name: str
    example: str
    does: str
    pattern: str
    fault: Fault | None = None
    status: int = 0  # the HTTP status that refuses the request

    @cached_property
    def named(self) -> re.Pattern[str]:
        name = re.escape(self.name)
        return re.compile(
            rf"\W*(?:an? |the )?{name}(?:,? please)?\W*$|[^\n]*\bscenario: *{name}\b", re.IGNORECASE
        )

    @cached_property
    def asked(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)


TABLE = (
    Scenario(
        "long answer",
        "Give me a long answer.",
        "about 1 200 words with headings, lists, tables and code",
        ASK + r"long(?:er)? (?:answer|reply|response|text|essay)\b|\ba long answer\b",
    ),
    Scenario(
        "function call",
        "Call a function.",
        "calls a declared function and ends requires_action",
        DO + r"(?:call|use|invoke|run|try)\b[^.?!\n]{0,40}\b(?:functions?|tools?)\b"
        r"|" + DO + r"(?:do|make|produce) [^.?!\n]{0,20}\b(?:function|tool) calls?\b",
    ),
    Scenario(
        "continuation",
        "Answer in two hops, with a continuation token.",
        "ends requires_continuation; the second hop completes the answer",
        ASK + r"(?:continuation(?: token)?|hops)\b",
    ),
    Scenario(
        "slow",
        "Answer slowly, please.",
        "about two words a second",
        r"\b(?:answer|count|reply|respond|say|speak|stream|talk|tell|write|type)\b[^.?!\n]*\bslowly\b"
        r"|(?:^|[,;:] *)(?:very )?slowly\b[^?]*$",
        faults.slow,
    ),
    Scenario(
        "HTTP 429 always",
        "Answer with HTTP 429 always.",
        "429 with Retry-After: 1, every time",
        ASK + r"HTTP 429 always\b",
        status=429,
    ),
    Scenario(
        "HTTP 429",
        "Answer with HTTP 429.",
        "429 with Retry-After: 1, twice for the same body; then it succeeds",
        ASK + r"HTTP 429\b(?! always)",
        status=429,
    ),
    Scenario(
        "HTTP 503 always",
        "Answer with HTTP 503 always.",
        "503 with Retry-After: 1, every time",
        ASK + r"HTTP 503 always\b",
        status=503,
    ),
    Scenario(
        "HTTP 503",
        "Answer with HTTP 503.",
        "503 with Retry-After: 1, twice for the same body; then it succeeds",
        ASK + r"HTTP 503\b(?! always)",
        status=503,
    ),
    Scenario(
        "legacy schema",
        "Answer in the legacy schema.",
        "content.* events, as before June 2026",
        ASK + r"legacy (?:schema|events)\b",
        faults.legacy,
    ),
    Scenario(
        "large frame",
        "Send a large frame of 3 MB.",
        "an image of N MB base64 in one delta; 3 unless said",
        ASK + r"(?:large|huge|big) frame\b",
        faults.large_frame,
    ),
    Scenario(
        "keep-alive",
        "Send keep-alive comments.",
        "a comment before every frame",
        ASK + r"keep-?alive comments?\b",
        faults.keep_alive,
    ),
    Scenario(
        "garbage frame",
        "Send a garbage frame.",
        "a broken JSON frame, an unknown event, an unknown step and a comment in the middle of a good answer",
        ASK + r"garbage\b|\bgarbage frames?\b",
        faults.garbage,
    ),
    Scenario(
        "error event",
        "Answer with an error event.",
        "an error event in mid-answer, then the end, without [DONE]; a GET finds it failed",
        ASK + r"error event\b",
        faults.error_event,
    ),
    Scenario(
        "bare error",
        "Send a bare error line.",
        "a JSON error without `data:`, then the end; a GET answers 404",
        ASK + r"bare (?:JSON )?error\b",
        faults.bare_error,
    ),
    Scenario(
        "no completion",
        "End without completion.",
        "the body ends cleanly before interaction.completed; a GET finds it whole",
        ASK + r"without (?:a )?(?:completion|completing|interaction\.completed)\b",
        faults.no_completion,
    ),
    Scenario(
        "cut",
        "Cut the stream after 5 events.",
        "the socket closes after N events, 8 unless said; a GET finds it whole, or 404 with “and forget it”",
        DO + r"(?:cut|drop|break)(?: off)? (?:the |this |your )?(?:answer|stream|connection|socket)\b"
        r"|" + DO + r"cut (?:off )?after \d+\b(?! *(?:s\b|sec|min|hour|day|week|month|year))",
        faults.cut,
    ),
    Scenario(
        "silence",
        "Stay silent.",
        "headers and interaction.created, then nothing until the client leaves",
        DO + r"(?:stay|be|go|fall|remain|keep) (?:silent|quiet)\b(?! before)",
        faults.silence,
    ),
    Scenario(
        "silence before headers",
        "Stay silent before the headers.",
        "not even headers, until the client leaves",
        r"\b(?:silent|silence|quiet) before (?:the |any )?headers\b",
        faults.silence_before_headers,
    ),
    Scenario(
        "plain JSON",
        "Answer with plain JSON.",
        "a JSON interaction although a stream was asked for",
        ASK + r"plain JSON\b",
        faults.plain_json,
    ),
    Scenario(
        "BOM and CRLF",
        "Use BOM and CRLF framing.",
        "a byte order mark first, CRLF at each line's end",
        ASK + r"(?:BOM|CRLF)\b",
        faults.bom_and_crlf,
    ),
)


def playing(prompt: str) -> tuple[Scenario, ...]:
    wishes = [sentence for sentence in SENTENCE.split(prompt) if not QUESTION.match(sentence)]
    return tuple(
        one for one in TABLE if one.named.match(prompt) or any(one.asked.search(wish) for wish in wishes)
    )


def plays(prompt: str, name: str) -> bool:
    return any(scenario.name == name for scenario in playing(prompt))


def subject(prompt: str) -> str:
    """What the prompt is about, apart from its scenarios."""
    return reduce(lambda rest, scenario: scenario.asked.sub("", rest), playing(prompt), prompt)


def direct(script: Script, scenarios: Iterable[Scenario], prompt: str) -> Script:
    played = (scenario.fault for scenario in scenarios if scenario.fault)
    return reduce(lambda script, fault: fault(script, prompt), played, script)

"""What the sandbox says, in Markdown. Longer texts stand in `texts/`."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from interactions.sandbox import functions, results, scenarios
from interactions.sandbox.recall import recall
from interactions.sandbox.request import Request, Step, said
from interactions.sandbox.wire import Json

HINTS = (
    "Ask *how does streaming work?* for an explanation with code.",
    "Say *give me a long answer* and watch some 1 200 words arrive.",
    "Say *cut the stream after 5 events* to see how a broken connection looks.",
    "Ask *what did I say first?* to test the memory of this conversation.",
    "Say *answer slowly* and press Stop half-way.",
    "Declare a function and ask about its subject to see a function call.",
)


@cache
def stored(name: str) -> str:
    return (Path(__file__).parent / "texts" / f"{name}.md").read_text("utf-8").strip()


def reply(request: Request, history: tuple[Step, ...]) -> str:
    if request.results:
        return results.reply(request.results, history)
    if functions.asked(request):
        return _no_function(request)
    if scenarios.plays(request.prompt, "long answer"):
        return stored("long")
    remembered = recall(request.prompt, (*history, *request.new[:-1]))
    if remembered:
        return remembered
    subject = scenarios.subject(request.prompt)
    for pattern, write in TOPICS:
        if pattern.search(subject):
            return write(request, history)
    return _about_message(request, history)


def thought(request: Request, called: list[str]) -> str:
    """A summary in Google's form: a bold headline, a paragraph, blank lines."""
    if called:
        names = " and ".join(f"`{name}`" for name in called)
        return f"**Choosing a function**\n\nI do not have this data. I will call {names}.\n\n\n"
    count = len(request.prompt.split())
    return (
        f"**Reading the message**\n\nIt has {count} word{'s' * (count != 1)}. I look at what is asked, "
        "and at what was said before it.\n\n\n"
        "**Planning the answer**\n\nI will answer in plain words and say what else can be tried.\n\n\n"
    )


def _no_function(request: Request) -> str:
    if functions.declared(request):
        return "A function is declared, but `tool_choice` is `none`, so I must not call it."
    return (
        "You asked for a function call, but **none was declared**: the request has no `tools` entry of type "
        "`function`. Declare one, and I will call it with arguments built from its JSON Schema."
    )


def _text(name: str) -> Callable[[Request, tuple[Step, ...]], str]:
    return lambda *_: stored(name)


def _greeting(request: Request, history: tuple[Step, ...]) -> str:
    again = " again" if history else ""
    return f"Hello{again}! I am the sandbox, a stand-in for Gemini. {_hint(request, history)}"


TOPICS = tuple(
    (re.compile(pattern, re.IGNORECASE), write)
    for pattern, write in (
        (r"^\W*(?:hi|hello|hey|good (?:morning|day|evening))\b[^?\n]{0,20}$", _greeting),
        (
            r"\b(?:who|what) are you\b|\bwhat can (?:you|i) (?:do|try|show)\b|\babout yourself\b"
            r"|\b(?:the|this) sandbox\b|GEMINI_API_KEY|\bgo live\b|^\W*help\W*$",
            _text("itself"),
        ),
        (
            r"\bstream(?:ing|s|ed)?\b|\bSSE\b|\bserver-sent\b|\binteractions? api\b|\bthis api\b",
            _text("streaming"),
        ),
    )
)


def _about_message(request: Request, history: tuple[Step, ...]) -> str:
    paragraphs = (
        f"You wrote:\n\n{quote(request.prompt)}" if request.prompt else "",
        _attachments(request),
        _what_happens(request),
        _circumstances(request, history),
        f"**Try this next.** {_hint(request, history)}",
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _what_happens(request: Request) -> str:
    played = [f"- **{one.name}**: {one.does}" for one in scenarios.playing(request.prompt)]
    if played:
        return "So this answer comes with a scenario:\n\n" + "\n".join(played)
    return (
        "I am the sandbox, a stand-in for Gemini that runs on this machine. I do not know the answer, "
        "but all around it is real: the events, the ids, the memory and the token counts."
    )


def _attachments(request: Request) -> str:
    parts = [part for step in request.new for part in step.get("content", ()) if part["type"] != "text"]
    return "With it came:\n\n" + "\n".join(map(_attachment, parts)) if parts else ""


def _attachment(part: Json) -> str:
    kilobytes = len(part.get("data", "")) * 3 // 4 / 1000
    source = f"{kilobytes:.1f} kB" if "data" in part else part.get("uri", "no data")
    return f"- {part['type']} ({part.get('mime_type', 'no MIME type')}, {source})"


def _circumstances(request: Request, history: tuple[Step, ...]) -> str:
    earlier = [step for step in history if step["type"] == "user_input"]
    facts = [f"- **{who.capitalize()}:** `{name}`" for who, name in request.whose.items()]
    if earlier:
        facts.append(f"- **Before it** you wrote: “{_short(said(earlier[-1]))}”")
    if "system_instruction" in request.body:
        facts.append(f"- **System instruction:** “{_short(request.body['system_instruction'])}”")
    return "\n".join([f"- **Message:** number {len(earlier) + 1} of this conversation", *facts])


def _short(text: str, words: int = 20) -> str:
    found = text.split()
    return " ".join(found[:words]) + " …" * (len(found) > words)


def _hint(request: Request, history: tuple[Step, ...]) -> str:
    return HINTS[(len(request.prompt) + len(history)) % len(HINTS)]


def quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())

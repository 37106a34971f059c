"""Questions about the conversation itself, answered from its history."""

import re

from interactions.sandbox.request import Step, said

SPEAKERS = {"user_input": "You", "model_output": "I"}
QUOTED = 300  # characters of one message

_WHOLE = re.compile(
    r"\b(?:repeat|recall|quote|show|list) (?:me )?(?:this|the|our) (?:whole )?(?:conversation|chat|history)\b"
    r"|\bwhat (?:did|have) (?:i|you|we) (?:just |already |first |last )*(?:say|said|ask|asked|tell|told|write"
    r"|wrote|written|talked?|discuss|discussed)\b|\bdo you remember\b|\bwhat do you remember\b"
    r"|\bsumm?ari[sz]e (?:this|the|our) (?:conversation|chat)\b|\bwhat was said\b",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\bmy (?:very )?first (?:message|question|prompt|word)|\bi (?:say|ask|tell you|write) first\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\bmy (?:last|previous) (?:message|question|prompt)\b|\bi (?:just |last )(?:say|ask|tell you|write)\b"
    r"|\bi (?:say|ask|write) (?:last|before)\b",
    re.IGNORECASE,
)
_MINE = re.compile(r"\bwhat(?:'s|’s| is| was) my (?!first|last|previous)(\w+(?: \w+)?)\W*$", re.IGNORECASE)


def recall(prompt: str, history: tuple[Step, ...]) -> str:
    """ "" when the prompt asks for nothing of the kind."""
    mine = _MINE.search(prompt)
    if mine:
        return _fact(mine[1], history)
    if not any(pattern.search(prompt) for pattern in (_WHOLE, _FIRST, _LAST)):
        return ""
    yours = [said(step) for step in history if step["type"] == "user_input"]
    if not yours:
        return "Nothing yet: this is the first message of our conversation, so there is nothing to repeat."
    if _FIRST.search(prompt):
        return f"Your first message was:\n\n{_quote(yours[0])}"
    if _LAST.search(prompt):
        return f"Your last message before this one was:\n\n{_quote(yours[-1])}"
    return "Here is our conversation so far:\n\n" + "\n\n".join(_lines(history))


def _fact(what: str, history: tuple[Step, ...]) -> str:
    """“My name is Ada.” … “What is my name?”"""
    for number, step in reversed(list(enumerate((s for s in history if s["type"] == "user_input"), 1))):
        found = re.search(rf"\bmy {re.escape(what)} is ([^.!?,;\n]+)", said(step), re.IGNORECASE)
        if found:
            return f"Your {what} is **{found[1].strip()}**; you told me in message {number}."
    return f"You have not told me your {what} in this conversation."


def _lines(history: tuple[Step, ...]) -> list[str]:
    spoken = [(SPEAKERS[step["type"]], said(step)) for step in history if step["type"] in SPEAKERS]
    calls = sum(step["type"] == "function_call" for step in history)
    lines = [f"**{who}:**\n\n{_quote(words)}" for who, words in spoken if words]
    return [*lines, f"Besides, I called {calls} function{'s' * (calls != 1)}."] if calls else lines


def _quote(text: str) -> str:
    shown = text if len(text) <= QUOTED else text[:QUOTED].rstrip() + " …"
    return "\n".join(f"> {line}".rstrip() for line in shown.splitlines())

"""The arguments of a call, drawn as what they are: queries, code, commands, a patch, clicks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from interactions.turns.steps import ToolCall, Wire
from interactions.turns.values import each, inner, word
from interactions.ui.answer.stack import Leaf
from interactions.ui.answer.tools.drawn import Drawn, note, plain, said, text_leaf
from interactions.ui.drawing.limits import brief
from interactions.ui.drawing.plain import compact
from interactions.ui.words.answer import cards as words

BRIEF = 60  # characters of a label
CHECKS = "pending_safety_checks"

_LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}")


def in_brief(arguments: object) -> str:
    """What is looked for, opened, run or changed, for a label; "" for any other arguments."""
    if not isinstance(arguments, Mapping):
        return ""
    told = next((arguments[key] for key in _TELLING if key in arguments), "")
    listed = list(map(str, told)) if isinstance(told, list) else []
    found = shlex.join(listed) if told is arguments.get("command") else ", ".join(listed)
    return brief(found or word(inner(arguments, "operation") or arguments, "path"), BRIEF)


_TELLING = ("queries", "urls", "function_names", "commands", "command")


def listed(arguments: object) -> Drawn:
    """Lines, if they are one list of queries, addresses or names."""
    values = list(arguments.values()) if isinstance(arguments, Mapping) else []
    if len(values) == 1 and isinstance(values[0], list):
        return Drawn((Leaf("text", "\n".join(map(str, values[0]))),))
    return Drawn(rest=arguments)


def code(arguments: object) -> Drawn:
    if not isinstance(arguments, Mapping) or not isinstance(arguments.get("code"), str):
        return Drawn(rest=arguments)
    language = word(arguments, "language").lower() or "python"
    shown = Leaf("code", arguments["code"], language if _LANGUAGE.fullmatch(language) else "text")
    return Drawn((shown,), said(arguments, {"code", "language"}))


def commands(arguments: object) -> Drawn:
    """Commands of a shell, one a line."""
    lines = arguments.get("commands") if isinstance(arguments, Mapping) else None
    if not isinstance(arguments, Mapping) or not isinstance(lines, list) or not lines:
        return Drawn(rest=arguments)
    return Drawn((Leaf("code", "\n".join(map(str, lines)), "bash"),), said(arguments, {"commands"}))


def command(arguments: object) -> Drawn:
    """One command, whose words are a list, as it would be typed."""
    typed = arguments.get("command") if isinstance(arguments, Mapping) else None
    if not isinstance(arguments, Mapping) or not isinstance(typed, list) or not typed:
        return Drawn(rest=arguments)
    return Drawn((Leaf("code", shlex.join(map(str, typed)), "bash"),), said(arguments, {"command", "type"}))


def patch(arguments: object) -> Drawn:
    """The change of a file: what is done to which file, and its diff."""
    change: Wire = arguments if isinstance(arguments, Mapping) else {}
    change = inner(change, "operation") or change
    done, path = words.PATCHES.get(word(change, "type")), word(change, "path")
    if not isinstance(arguments, Mapping) or not done or not path:
        return Drawn(rest=arguments)
    diff = word(change, "diff")
    shown = (note(done.format(path)), *((Leaf("code", diff, "diff"),) if diff else ()))
    more = {} if change is arguments else said(arguments, {"operation"})
    return Drawn(shown, {**said(change, {"type", "path", "diff"}), **more})


def actions(arguments: object) -> Drawn:
    """What is to be done at a computer, an action a line."""
    if not isinstance(arguments, Mapping):
        return Drawn(rest=arguments)
    single = inner(arguments, "action")
    told = each(arguments, "actions") or ([single] if single else [])
    if not told:
        return Drawn(rest=arguments)
    shown = Leaf("text", "\n".join(map(_action, told)))
    return Drawn((shown,), said(arguments, {"action", "actions", CHECKS}))


def _action(action: Wire) -> str:
    details = ", ".join(f"{key} {compact(value)}" for key, value in said(action, {"type"}).items())
    return f"{word(action, 'type')}: {details}" if details else word(action, "type")


def checks(call: ToolCall) -> list[Wire]:
    """The safety checks that have to be accepted before a computer does what a call wants."""
    given = call.arguments
    return each(call.data, CHECKS) or (each(given, CHECKS) if isinstance(given, Mapping) else [])


def in_words(check: Wire) -> str:
    """A safety check as a person reads it."""
    known = (word(check, key) for key in ("message", "code", "id"))
    return next(filter(None, known), compact(dict(check)))


def free_text(arguments: object) -> Drawn:
    """What a custom tool is given: text of any form."""
    if isinstance(arguments, Mapping) and isinstance(given := arguments.get("input"), str):
        return Drawn(text_leaf(given), said(arguments, {"input"}))
    return Drawn(text_leaf(arguments)) if isinstance(arguments, str) else plain(arguments)

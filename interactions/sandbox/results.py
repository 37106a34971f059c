"""Answers that work in what functions returned."""

import json
import re
from collections.abc import Iterator

from interactions.sandbox.request import Step, said
from interactions.sandbox.wire import dumps

UNITS = (  # by the end of a key
    (re.compile(r"(?:_c|celsius)$"), " °C"),
    (re.compile(r"(?:_f|fahrenheit)$"), " °F"),
    (re.compile(r"(?:_pct|percent|humidity)$"), " %"),
    (re.compile(r"_kmh$|_km_h$"), " km/h"),
    (re.compile(r"_m_?s$"), " m/s"),
    (re.compile(r"_mm$"), " mm"),
    (re.compile(r"_hpa$"), " hPa"),
)
TEMPERATURE = re.compile(r"^temp(?:erature)?(?:_c|_f|_celsius|_fahrenheit)?$", re.IGNORECASE)


def reply(results: tuple[Step, ...], history: tuple[Step, ...]) -> str:
    names: dict[str, str] = {step["id"]: step["name"] for step in history if step["type"] == "function_call"}
    lines = [_sentence(step, names.get(step["call_id"], "function")) for step in results]
    body = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    asked = [said(step) for step in history if step["type"] == "user_input"]
    question = f"\n\nThat is my answer to “{asked[-1]}”" if asked else ""
    return body + question + ("." if question and not asked[-1].endswith((".", "?", "!")) else "")


def _sentence(step: Step, name: str) -> str:
    value = _parsed(step["result"])
    if step.get("is_error"):
        return f"The function `{name}` failed: {_plain(value)}. I have to do without it."
    facts = ", ".join(_facts(value)) or "nothing"
    return f"The function `{name}` said: {facts}."


def _parsed(value: object) -> object:
    """Strings may hold JSON; content lists hold strings."""
    if isinstance(value, list) and all(isinstance(part, dict) and "text" in part for part in value):
        value = " ".join(str(part["text"]) for part in value)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _facts(value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _plain(value)
        return
    for key, item in value.items():
        number = isinstance(item, int | float) and not isinstance(item, bool)
        unit = next((unit for pattern, unit in UNITS if pattern.search(key.lower())), "") if number else ""
        if number and TEMPERATURE.match(key):
            yield f"it is {item}{unit or ' °C'}"
        else:
            yield f"{key.replace('_', ' ')} is {_plain(item)}{unit}"


def _plain(value: object) -> str:
    return value.strip().rstrip(".") if isinstance(value, str) else dumps(value)

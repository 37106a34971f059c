"""What a prompt can ask the sandbox to do to its answer. `TABLE` is all of it.

A scenario plays when the prompt is its name ("silence"), says "scenario: " and its name, or asks for it in
words that the pattern knows ("please cut the stream after 5 events"). Questions about a thing ("what is HTTP
429?") do not play it. Several can play at once: "a long answer, and cut the stream after 20 events".
"""

import re
from collections.abc import Iterable
from functools import lru_cache, reduce

from interactions.sandbox.request import Step
from interactions.sandbox.runs import Later
from interactions.sandbox.script import Script
from interactions.sandbox.table import TABLE, Scenario

QUESTION = re.compile(
    r"\W*(?:how|why|what|when|which|who|is|are|do|does|did|explain (?:how|why|what))\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.?!])\s+|\n")
WISH = 1000  # characters of a sentence that are looked at; the table is long, and so are some prompts


@lru_cache(maxsize=32)
def playing(prompt: str) -> tuple[Scenario, ...]:
    wishes = [sentence[:WISH] for sentence in SENTENCE.split(prompt) if not QUESTION.match(sentence)]
    named = _named(prompt[:WISH])
    return tuple(one for one in TABLE if one in named or any(one.asked.search(wish) for wish in wishes))


def _named(start: str) -> list[Scenario]:
    """“slow finish” is not “slow”."""
    named = [one for one in TABLE if one.named.match(start)]
    return [one for one in named if not any(other.name.startswith(f"{one.name} ") for other in named)]


def plays(prompt: str, name: str) -> bool:
    return any(scenario.name == name for scenario in playing(prompt))


def subject(prompt: str) -> str:
    """What the prompt is about, apart from its scenarios."""
    return reduce(lambda rest, scenario: scenario.asked.sub("", rest), playing(prompt), prompt)


def output(prompt: str, salt: str) -> tuple[Step, ...]:
    """What the scenarios say instead of an answer of the sandbox's own; () if they leave it to it."""
    return tuple(step for one in playing(prompt) if one.output for step in one.output(f"{salt}/{one.name}"))


def ending(prompt: str) -> str:
    return next((one.ending for one in playing(prompt) if one.ending), "")


def rehearse(script: Script, scenarios: Iterable[Scenario], prompt: str) -> Script:
    """How the run goes."""
    manners = (scenario.manner for scenario in scenarios if scenario.manner)
    return reduce(lambda script, manner: manner(script, prompt), manners, script)


def direct(script: Script, scenarios: Iterable[Scenario], prompt: str) -> Script:
    """How its first stream goes."""
    faults = (scenario.fault for scenario in scenarios if scenario.fault)
    return reduce(lambda script, fault: fault(script, prompt), faults, script)


def later(scenarios: Iterable[Scenario]) -> frozenset[Later]:
    return frozenset(scenario.later for scenario in scenarios if scenario.later)

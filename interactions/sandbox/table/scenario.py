"""One row of the table: something that a prompt can ask for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from interactions.sandbox.refusals import Refusal
from interactions.sandbox.request import Step
from interactions.sandbox.runs import Later
from interactions.sandbox.script import Script
from interactions.sandbox.wire import Json

Fault = Callable[[Script, str], Script]  # the prompt is for the number in it
Output = Callable[[str], tuple[Step, ...]]  # of a salt for ids and signatures
Refuse = Callable[[Json], Refusal | None]  # of a request's body

ASK = (
    r"\b(?:add|answer|end|fail|give|include|inject|insert|make|play|produce|reply|respond|return|send|simulate"
    r"|speak|stop|stream|try|use|want|with|write)\b[^.?!\n]{0,40}?\b"
)
DO = r"(?:^|[.!?:;,\n]\s*|\b(?:please|and|then|but|now|you|(?:want|like) (?:you|it) to) )"
WITH = r"\b(?:answer|reply|respond)\b[^.?!\n]{0,20}?\bwith (?:an? |some |the |two )?"  # for common nouns


@dataclass(frozen=True)
class Scenario:
    name: str
    example: str
    does: str
    pattern: str
    fault: Fault | None = None  # of the first stream
    manner: Fault | None = None  # of the run, and so of every stream of it
    output: Output | None = None  # the steps after the thought
    ending: str = ""  # the final status
    busy: int = 0  # the HTTP status that refuses the request for a while
    refuse: Refuse | None = None
    later: Later | None = None

    @cached_property
    def named(self) -> re.Pattern[str]:
        name = re.escape(self.name)
        return re.compile(
            rf"\W*(?:an? |the )?{name}(?:,? please)?\W*$|[^\n]*\bscenario: *{name}\b", re.IGNORECASE
        )

    @cached_property
    def asked(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

"""Schedules: a turn, and what befalls each of its requests; and how hypothesis draws them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from interactions.conversations.request import Options
from tests.faulty import Asked, Cut, Edit, Fault, lasting
from tests.sandbox.calls import MODEL, WEATHER

PACES = (0.0, 0.03)
BASES = (
    "Hello",
    "Grüße aus 東京 🌉",
    "Answer with a Google search.",
    "Answer in two hops, with a continuation token. Grüße aus 東京 🌉",
    "Call a function: what is the weather in Ålesund?",
    "Give an incomplete answer. Grüße",
    "Play every step.",
    "Finish later. Grüße aus 東京 🌉",
    "Finish later. Answer with a Google search.",
    "Refuse to stream again. Grüße",
    "Answer with an exceeded deadline. Grüße",
    "Answer with an error event. Grüße",
    "End with status failed. Grüße",
    "Answer until the budget is exceeded. Grüße",
    "Answer with plain JSON. Grüße",
    "Use BOM and CRLF framing. Grüße",
    "Answer in the legacy schema. Grüße",
    "Send a garbage frame. Grüße",
    "Answer without step.start. Grüße",
)
MORE = ("", " Replay on resume.", " Answer without usage.", " Be slow to cancel.", " End without completion.")


@dataclass(frozen=True)
class Schedule:
    """One turn and what befalls its requests. `for_ever` are those whose last fault stays; `stop` is the
    number of frames after which the visitor stops, `dies` after which the process is gone and another takes
    the turn up, `pace` that of the sandbox."""

    prompt: str
    pace: float = 0.0
    background: bool = False
    store: bool = True
    forgotten: bool = False
    stop: int | None = None
    dies: int | None = None
    create: tuple[Fault, ...] = ()
    get: tuple[Fault, ...] = ()
    stream: tuple[Fault, ...] = ()
    cancel: tuple[Fault, ...] = ()
    for_ever: frozenset[Asked] = frozenset()

    @property
    def faults(self) -> dict[Asked, Iterator[Fault]]:
        of_kind: dict[Asked, tuple[Fault, ...]] = {
            "create": self.create,
            "get": self.get,
            "stream": self.stream,
            "cancel": self.cancel,
        }
        return {asked: lasting(faults, for_ever=asked in self.for_ever) for asked, faults in of_kind.items()}

    @property
    def options(self) -> Options:
        return Options(
            MODEL,
            tools=(WEATHER,) if "function" in self.prompt else (),
            thinking_summaries="auto",
            background=self.background,
            store=self.store or self.background,
        )


HOWS = st.sampled_from(("closed", "ended", "closed", "ended", "silent"))
CUTS = st.one_of(
    st.builds(Cut, st.integers(0, 5000), st.just("body"), HOWS, st.booleans()),
    st.builds(Cut, st.integers(0, 120), st.sampled_from(("head", "end")), HOWS, st.booleans()),
)
FRAMINGS = st.sampled_from(("chunked", "length", "close"))
REFUSALS = st.builds(Fault, st.sampled_from((429, 500, 502, 503, 504)), st.sampled_from((0, 0, 0, 3600)))
LOST = st.builds(Fault, lost=st.sampled_from(("before", "behind", "left")))
LEFT_OUT = st.sampled_from([Edit("no completion"), Edit("no usage"), Edit("no done")])
MUDDLED = st.builds(Edit, st.sampled_from(("again", "swapped")), st.integers(0, 40), st.integers(1, 6))


NEVER = st.none()
STALE = st.just(Fault(stale=True))


def _broken(edits: st.SearchStrategy[Edit] | None = None, *, stale: bool = False) -> st.SearchStrategy[Fault]:
    return st.builds(
        Fault,
        stale=st.booleans() if stale else st.just(False),
        edits=st.just(()) if edits is None else st.lists(edits, max_size=2).map(tuple),
        framing=FRAMINGS,
        cut=st.none() | CUTS,
    )


def _some(*faults: st.SearchStrategy[Fault], most: int) -> st.SearchStrategy[tuple[Fault, ...]]:
    return st.lists(st.one_of(*faults), max_size=most).map(tuple)


SCHEDULED = st.builds(
    Schedule,
    prompt=st.builds(str.__add__, st.sampled_from(BASES), st.sampled_from(MORE)),
    pace=st.sampled_from(PACES),
    background=st.booleans(),
    store=st.sampled_from((True, True, True, False)),
    forgotten=st.sampled_from((False, False, False, True)),
    stop=NEVER | NEVER | st.integers(1, 60),
    dies=NEVER | NEVER | NEVER | st.integers(1, 60),
    create=_some(_broken(LEFT_OUT), _broken(LEFT_OUT), REFUSALS, LOST, most=3),
    get=_some(_broken(stale=True), STALE, REFUSALS, LOST, most=4),
    stream=_some(_broken(LEFT_OUT | MUDDLED), REFUSALS, LOST, most=4),
    cancel=_some(_broken(), REFUSALS, LOST, most=2),
    for_ever=st.sets(st.sampled_from(("create", "get", "stream", "cancel")), max_size=2).map(frozenset),
)
# As above, but the first stream breaks when the interaction has a name, and the server goes on.
RESUMED = st.builds(
    Schedule,
    prompt=st.builds(str.__add__, st.sampled_from(BASES[:8]), st.sampled_from(MORE[:3])),
    pace=st.sampled_from(PACES),
    background=st.booleans(),
    stop=NEVER | NEVER | NEVER | st.integers(10, 80),
    dies=NEVER | NEVER | NEVER | st.integers(1, 60),
    create=st.builds(Fault, cut=st.builds(Cut, st.integers(350, 5000), how=HOWS)).map(lambda one: (one,)),
    get=st.builds(
        lambda first, others: (first, *others),
        STALE,
        _some(_broken(stale=True), STALE, STALE, REFUSALS, LOST, most=5),
    ),
    stream=_some(_broken(LEFT_OUT | MUDDLED), _broken(LEFT_OUT | MUDDLED), REFUSALS, LOST, most=5),
    cancel=_some(_broken(), REFUSALS, LOST, most=2),
    for_ever=st.sets(st.sampled_from(("get", "stream")), max_size=1).map(frozenset),
)

"""What a prompt offers to fill a value with: places, numbers, quoted words, dates, addresses."""

import re
from collections.abc import Iterator

_CAPITAL = r"[A-ZÀ-ÖØ-ÞА-ЯЁ]"
_NAME = rf"{_CAPITAL}[\w’'-]*(?: (?:de |la |of )?{_CAPITAL}[\w’'-]*)*"
_NAMES = rf"{_NAME}(?:(?:, (?:and )?| and | & | or ){_NAME})*"
_PLACES = re.compile(rf"\b(?:in|at|for|near|from|of|to|between) ({_NAMES})")
_LOWER_PLACE = re.compile(r"\b(?:in|at|for|near) ([a-z]{3,})\b(?! (?:function|tool|weather))")
_NOT_PLACES = re.compile(
    r"(?:the|this|that|these|those|its|your|both|all|any|each|more|less|general|detail|short|order|case|fact|example"
    r"|once|today|tomorrow|now|json|english|german|french|plain|two|one|parallel|celsius|fahrenheit)"
)
_QUOTED = re.compile(r"[“\"„«`]([^”\"“»`]+)[”\"“»`]|(?<!\w)'([^']+)'(?!\w)")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_SUM = re.compile(r"[(\d][\d\s.()]*(?:[-+*/^%×÷][\s(]*\d[\d\s.()]*)+")
_PATTERNS = {
    "date": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+\w"),
    "uri": re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]"),
    "timezone": re.compile(r"\b(?:[A-Z][a-z]+/[A-Z]\w+|UTC)\b"),
}


def places(prompt: str) -> list[str]:
    """ "Paris and Tokyo" are two; "Paris, France" is one."""
    found = _PLACES.findall(prompt)
    if found:
        return [place for names in found for place in _separate(names)]
    words = [word for word in _LOWER_PLACE.findall(prompt) if not _NOT_PLACES.fullmatch(word)]
    return [word.capitalize() for word in words]


def _separate(names: str) -> list[str]:
    several = re.search(r" and | & | or ", names)
    return re.split(r",? and | & | or |, " if several else r"\n", names)


class Clues:
    """Numbers and quotations are handed out in their order, each once."""

    def __init__(self, prompt: str, place: str = "") -> None:
        self.prompt = prompt
        self.place = place or next(iter(places(prompt)), "")
        self._numbers: Iterator[float] = map(float, _NUMBER.findall(prompt))
        self._quoted: Iterator[str] = (one or other for one, other in _QUOTED.findall(prompt))

    def number(self) -> float | None:
        return next(self._numbers, None)

    def quotation(self) -> str:
        return next(self._quoted, "")

    def arithmetic(self) -> str:
        found = _SUM.search(self.prompt)
        return found[0].strip() if found else ""

    def like(self, kind: str) -> str:
        found = _PATTERNS[kind].search(self.prompt)
        return found[0] if found else ""

    def mentions(self, word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.prompt, re.IGNORECASE) is not None

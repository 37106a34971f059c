"""What a call has brought, drawn as what it is: prints, pages, places, a decision, a screen."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from html import escape

from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.ui import words
from interactions.ui.answer.citations import link
from interactions.ui.answer.foreign_html import links_in
from interactions.ui.answer.stack import Leaf
from interactions.ui.answer.tools.drawn import (
    Drawn,
    content,
    heading,
    json_leaf,
    note,
    parts,
    said,
    text_leaf,
)
from interactions.ui.answer.tools.given import in_words
from interactions.ui.words.answer import cards


def printed(result: object) -> Drawn:
    return Drawn(text_leaf(result)) if isinstance(result, str) else content(result)


def suggestions(result: object) -> Drawn:
    """The search suggestions, which Google's terms want shown. Of their HTML only the links are used."""
    html = "".join(word(part, "search_suggestions") for part in _mappings(result))
    chips = "".join(f"<li>{link(text, url)}</li>" for text, url in links_in(html))
    if not chips:
        return Drawn(rest=result)
    shown = f'<ul class="chips" aria-label="{words.SUGGESTIONS}">{chips}</ul>'
    return Drawn((Leaf("html", shown),), _besides(result, {"search_suggestions"}))


def pages(result: object) -> Drawn:
    seen = ((str(page.get("url")), str(page.get("status", ""))) for page in _mappings(result))
    rows = "".join(f"<li>{link(url, url)} <b>{escape(status)}</b></li>" for url, status in seen)
    shown = (Leaf("html", f'<ul class="sources">{rows}</ul>'),) if rows else ()
    return Drawn(shown, _besides(result, {"url", "status"}))


def places(result: object) -> Drawn:
    found = [place for part in _mappings(result) for place in each(part, "places")]
    rows = "".join(f"<li>{link(str(place.get('name')), str(place.get('url')))}</li>" for place in found)
    shown = (Leaf("html", f'<ul class="sources">{rows}</ul>'),) if rows else ()
    return Drawn((*shown, json_leaf(result)))


def runs(result: object) -> Drawn:
    """What the commands of a shell have printed, and how each has ended."""
    listed = result if isinstance(result, list) else [result]
    told = [run for run in listed if isinstance(run, Mapping) and {"stdout", "stderr"} & set(run)]
    if not told or len(told) < len(listed):
        return printed(result)
    rest = [more for run in told if (more := said(run, {"stdout", "stderr", "exit_code", "outcome"}))]
    return Drawn(tuple(leaf for run in told for leaf in _run(run)), rest)


def _run(run: Wire) -> Iterator[Leaf]:
    yield from text_leaf(word(run, "stdout"))
    if stderr := word(run, "stderr"):
        yield from (heading(cards.STDERR), *text_leaf(stderr))
    outcome = inner(run, "outcome")
    code, ended = (
        run.get("exit_code", outcome.get("exit_code")),
        word(run, "outcome") or word(outcome, "type"),
    )
    if code is not None:
        yield note(cards.EXIT_CODE.format(code))
    elif ended:
        yield note(cards.ENDINGS.get(ended, ended))


def patched(result: object) -> Drawn:
    """How a patch went, in a word, and what was said to it."""
    if not isinstance(result, Mapping) or not (status := word(result, "status")):
        return printed(result)
    output = text_leaf(word(result, "output"))
    return Drawn((note(cards.OUTCOMES.get(status, status)), *output), said(result, {"status", "output"}))


def decided(result: object) -> Drawn:
    """Whether a call was approved, and why."""
    if not isinstance(result, Mapping) or not isinstance(result.get("approve"), bool):
        return printed(result)
    decision, reason = cards.APPROVED if result["approve"] else cards.REFUSED, word(result, "reason")
    sentence = cards.REASON.format(decision, reason) if reason else decision
    return Drawn((note(sentence),), said(result, {"approve", "reason"}))


def screen(result: object) -> Drawn:
    """A picture of a screen, and what was accepted for it."""
    if not isinstance(result, Mapping) or "content" not in result:
        return printed(result)
    shown = parts(result["content"])
    accepted = (note(cards.CHECKED.format(in_words(check))) for check in each(result, _ACCEPTED))
    return Drawn((*shown, *accepted), said(result, {_ACCEPTED, *(["content"] if shown else [])}))


_ACCEPTED = "acknowledged_safety_checks"


def _mappings(value: object) -> list[Wire]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _besides(value: object, shown: Container[str]) -> object:
    """The parts of a list that have more than is shown; what is no list, as a whole."""
    if not isinstance(value, list):
        return value
    return [part for part in value if not isinstance(part, Mapping) or any(key not in shown for key in part)]

"""A tool's call and its result as one card: what went in, what came out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple, assert_never

from interactions.turns.steps import Media, OtherStep, Text, ToolCall, ToolResult, Wire, contents
from interactions.turns.values import word
from interactions.ui import words
from interactions.ui.answer.citations import link
from interactions.ui.answer.foreign_html import links_in
from interactions.ui.answer.media import media
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.drawing.plain import compact
from interactions.ui.log.rows import pretty

BRIEF = 60  # characters of a label
_ADDRESSES = frozenset({"type", "id", "call_id", "name", "signature", "server_name", "is_error"})

_LANGUAGE = re.compile(r"[a-z0-9+#-]{1,20}")

Leaves = Iterable[Leaf]


def call_card(call: ToolCall, result: ToolResult | None, over: bool) -> Group:
    """The card of a call; `over` says that no result will come any more."""
    kind = _KINDS.get(call.type, _PLAIN)
    leaves = [*kind.given(call), *(() if result is None else _result(kind, result))]
    # A function's call stands open: somebody has to answer it.
    label = _label(words.tool(call), _brief(call), _state(call, result, over))
    return Group("card" if call.server_executed else "call", label, tuple(leaves))


def _state(call: ToolCall, result: ToolResult | None, over: bool) -> str:
    """The state of a call in words, or "". A server that does not send a result may say in the call that it
    has completed."""
    said = call.data.get("status")
    if said == "failed" or (result is not None and result.data.get("is_error")):
        return words.TOOL_FAILED
    if said == "completed" or result is not None or not call.server_executed:
        return ""
    return words.TOOL_NO_RESULT if over else words.TOOL_RUNS


def result_card(result: ToolResult) -> Group:
    """The card of a result whose call is in no step of this turn."""
    kind = _KINDS.get(result.type.removesuffix("_result") + "_call", _PLAIN)
    state = words.TOOL_FAILED if result.data.get("is_error") else ""
    return Group("card", _label(words.tool(result), words.TOOL_RESULT, state), tuple(_result(kind, result)))


def other_card(step: OtherStep) -> Group:
    """The card of a step of an unknown type: all of it, as it came."""
    label = words.OTHERS_STEPS.get(step.type) if step.native else None
    match step.data.get("to"):
        case {"model": str(model)} if label:
            label = _label(label, model)
    return Group("card", label or step.type or words.NAMELESS_STEP, (json_leaf(dict(step.data)),))


def json_leaf(value: object) -> Leaf:
    return Leaf("code", pretty(value if isinstance(value, str) else compact(value)), "json")


def _label(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _brief(call: ToolCall) -> str:
    arguments = call.arguments
    if not isinstance(arguments, Mapping):
        return ""
    told = next((arguments[key] for key in ("queries", "urls", "function_names") if key in arguments), "")
    brief = ", ".join(map(str, told)) if isinstance(told, list) else ""
    return brief if len(brief) <= BRIEF else brief[: BRIEF - 1] + "…"


def _result(kind: _Kind, result: ToolResult) -> Iterator[Leaf]:
    found = tuple(kind.got(result.data.get("result"))) if "result" in result.data else ()
    yield Leaf("html", f'<div class="part">{words.TOOL_OUTPUT}</div>')
    yield from found or _rest(result.data)


def _rest(data: Wire) -> Iterator[Leaf]:
    """The fields of a step besides its type and ids, as JSON; a sentence if there are none."""
    said = {key: value for key, value in data.items() if key not in _ADDRESSES and value not in ("", {}, [])}
    yield json_leaf(said) if said else Leaf("html", f'<p class="dim">{words.TOOL_SILENT}</p>')


def _arguments(call: ToolCall) -> Iterator[Leaf]:
    yield json_leaf(call.arguments)


def _listed(call: ToolCall) -> Iterator[Leaf]:
    """The arguments of a call as lines, if they are one list of queries, addresses or names."""
    arguments = call.arguments
    values = list(arguments.values()) if isinstance(arguments, Mapping) else []
    if len(values) == 1 and isinstance(values[0], list):
        yield Leaf("text", "\n".join(map(str, values[0])))
    else:
        yield from _rest({"arguments": arguments})


def _code(call: ToolCall) -> Iterator[Leaf]:
    arguments = call.arguments
    if isinstance(arguments, Mapping) and isinstance(arguments.get("code"), str):
        language = word(arguments, "language").lower() or "python"
        yield Leaf("code", arguments["code"], language if _LANGUAGE.fullmatch(language) else "text")
    else:
        yield from _rest({"arguments": arguments})


def _json(result: Any) -> Iterator[Leaf]:
    yield from _contents(result) or (json_leaf(result),)


def _contents(result: Any) -> tuple[Leaf, ...]:
    """The texts and media of a result that is a list of content parts; nothing for any other."""
    known = isinstance(result, list) and all(isinstance(each, Mapping) and "type" in each for each in result)
    parts = contents(result) if known else ()
    texts, files = list[Leaf](), list[Media]()
    for part in parts:
        match part:
            case Text():
                texts.append(Leaf("text", str(part.text)))
            case Media():
                files.append(part)
            case _:
                assert_never(part)
    return (*texts, *media(files))


def _printed(result: Any) -> Iterator[Leaf]:
    if isinstance(result, str):
        yield Leaf("code", result, "text")
    else:
        yield from _json(result)


def _suggestions(result: Any) -> Iterator[Leaf]:
    """The search suggestions, which Google's terms want shown. Of their HTML only the links are used."""
    html = "".join(word(each, "search_suggestions") for each in _mappings(result))
    chips = "".join(f"<li>{link(text, url)}</li>" for text, url in links_in(html))
    if chips:
        yield Leaf("html", f'<ul class="chips" aria-label="{words.SUGGESTIONS}">{chips}</ul>')
    rest = [each for each in _mappings(result) if set(each) - {"search_suggestions"}]
    if rest:
        yield json_leaf(rest)


def _pages(result: Any) -> Iterator[Leaf]:
    seen = ((str(each.get("url")), str(each.get("status", ""))) for each in _mappings(result))
    rows = "".join(f"<li>{link(url, url)} <b>{escape(status)}</b></li>" for url, status in seen)
    if rows:
        yield Leaf("html", f'<ul class="sources">{rows}</ul>')


def _places(result: Any) -> Iterator[Leaf]:
    places = [place for each in _mappings(result) for place in _mappings(each.get("places"))]
    rows = "".join(f"<li>{link(str(place.get('name')), str(place.get('url')))}</li>" for place in places)
    if rows:
        yield Leaf("html", f'<ul class="sources">{rows}</ul>')
    yield json_leaf(result)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


class _Kind(NamedTuple):
    given: Callable[[ToolCall], Leaves]
    got: Callable[[Any], Leaves]


_PLAIN = _Kind(_arguments, _json)
_KINDS = {
    "google_search_call": _Kind(_listed, _suggestions),
    "google_maps_call": _Kind(_listed, _places),
    "url_context_call": _Kind(_listed, _pages),
    "code_execution_call": _Kind(_code, _printed),
    "retrieval_call": _Kind(_listed, _json),
    "tool_search_call": _Kind(_listed, _json),
    "file_search_call": _Kind(_listed, _json),
    "processing_call": _Kind(_listed, _json),
}

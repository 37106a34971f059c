"""The models that a server lists, read from any of the known forms of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from interactions.errors import UpstreamError
from interactions.providers.shared.foreign import refused
from interactions.stream.documents import Document
from interactions.turns.steps import Wire
from interactions.turns.values import word
from interactions.turns.wire import load_json

MOST = 1000  # ids, and so many are asked for at once where a server can be told
PAGES = 10

_GENERATING = frozenset({"generateContent", "createInteraction"})


class Page(msgspec.Struct, frozen=True):
    """A page of a list. `following` asks for the next page; "" if there is none."""

    ids: tuple[str, ...]
    following: str = ""


def gathered(fetch: Callable[[str], Document]) -> tuple[str, ...]:
    """The ids on all pages in the server's order, each once, `MOST` of them at most. `fetch` is given what
    asks for a page, and "" for the first. Raises `UpstreamError`."""
    ids: dict[str, None] = {}
    mark = ""
    for _ in range(PAGES):
        found = page(fetch(mark))
        known = len(ids)
        ids |= dict.fromkeys(found.ids)
        mark = found.following
        # A server that ignores the mark sends the same page for ever: a page without news is the last.
        if not mark or len(ids) == known or len(ids) >= MOST:
            break
    return tuple(ids)[:MOST]


def page(document: Document) -> Page:
    """The page in an answer. Raises `UpstreamError` for a refusal, and for an answer that is no list of
    models."""
    value = load_json(document.body.decode("utf-8", "replace"))
    entries = _entries(value)
    if document.status >= 300 or entries is None:
        raise UpstreamError(_complaint(document, value), status=document.status, host=document.host)
    ids = tuple([id for entry in entries if (id := _id(entry))])
    return Page(ids, _following(value) if isinstance(value, Mapping) else "")


def _entries(value: object) -> list[object] | None:
    """Google has `models` and the others `data`, which is null at an Ollama that has none; a few send a bare
    list. LM Studio answers with an error, and that all is well."""
    if isinstance(value, Mapping):
        key = next((key for key in ("data", "models") if key in value), None)
        if key is None or value.get("error"):
            return None
        value = [] if value[key] is None else value[key]
    return value if isinstance(value, list) else None


def _id(entry: object) -> str:
    """The id of a model that can be asked to write, as far as the list says so; else ""."""
    if not isinstance(entry, Mapping):
        return entry if isinstance(entry, str) else ""
    methods = entry.get("supportedGenerationMethods")
    mute = isinstance(methods, list) and not any(
        method in _GENERATING for method in methods if isinstance(method, str)
    )
    if mute or entry.get("lifecycle") == "retired" or entry.get("type") == "embedding":
        return ""
    return word(entry, "id") or word(entry, "key") or word(entry, "name").removeprefix("models/")


def _following(value: Wire) -> str:
    return word(value, "nextPageToken") or (word(value, "last_id") if value.get("has_more") is True else "")


def _complaint(document: Document, value: object) -> str:
    if document.status < 300 and not (isinstance(value, Mapping) and value.get("error")):
        return "What came is no list of models: check that the address leads to an API of this kind."
    said = refused(document.status, document.body.decode("utf-8", "replace")).message or ""
    words = said[:500].rstrip(". ")
    return f"The server lists no models (HTTP {document.status}): {words}. Check the key and the address."

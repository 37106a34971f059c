"""The form of a body: an event stream, JSON a line, a list of events, or one document.

Servers and proxies name the wrong one. So the first bytes decide, and the header only where they leave it
open. Who cuts a body and who reads what was stored of one ask the same function.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from interactions.turns.values import too_deep
from interactions.turns.wire import load_json

Form: TypeAlias = Literal["stream", "lines", "list", "document"]

BOM = "\ufeff"
BLANK = 1024  # bytes of empty lines in front, behind which the header decides
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"\0{", b"{\0", b"\0d", b"d\0", b"\0<", b"<\0")
_DOCUMENTS = frozenset({"application/json", "text/html"})
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_STREAM = "text/event-stream"
_SPACE = b" \t\r\n"

_FIELD = re.compile(rb"(?:data|event|id|retry)?[ \t]*:")
_FIELDS = (b"data", b"event", b"id", b"retry")
# No line of a JSON text begins like that, be it ever so broken.
_FIELD_LINE = re.compile(rb"[\r\n][ \t]*(?:data|event):")
_EVENT_LINE = re.compile(rb"[\r\n](?:data|event):")
_TAG = re.compile(rb"<(?:[!?a-zA-Z]|\Z)")
_PAGE = re.compile(rb"<(?:!doctype\b|!--|\?xml\b|(?:html|head|body|title|center|h[1-6])\b)", re.IGNORECASE)
# A whole string, a bracket, or the quotation mark of a string that is not over.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]"]', re.DOTALL)
_LEVEL = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}

_MARKED = re.compile(r"<[!?a-zA-Z]")
_TITLE = re.compile(r"<(title|h1|h2)\b[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>|\s+", re.IGNORECASE | re.DOTALL)
_LONGEST_TITLE = 200
_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = re.compile(r"[\s,]*")


def media_type(content_type: str) -> str:
    """Without parameters, in lower case (RFC 9110, 8.3.1: case means nothing); of several, the first."""
    return re.split("[;,]", content_type, maxsplit=1)[0].strip().lower()


def form_of(status: int, content_type: str, head: bytes) -> Form | None:
    """The form of a body that begins like that; None if that cannot be told yet: a body that ends so is a
    document. What was told once stays, whatever follows. A refusal is a document."""
    if status >= 300:
        return "document"
    kind, text = media_type(content_type), head.lstrip(_SPACE + BOM.encode())
    if head.startswith(_UTF16):
        return "document"
    if not text:
        return by_header(kind) if len(head) > BLANK else None
    if text[:1] in b"{[":
        return _of_json(kind, text)
    if _TAG.match(text):
        return _of_markup(text)
    return _of_text(kind, text)


def by_header(content_type: str) -> Form:
    """The form that a body has by its header alone."""
    kind = media_type(content_type)
    if kind in _DOCUMENTS:
        return "document"
    return "lines" if kind in _LINES else "stream"


def _of_json(kind: str, text: bytes) -> Form | None:
    """A list of objects is one of events. One object alone is a document; what follows tells whether there
    are more."""
    if text[:1] == b"[" and text[1:].lstrip(_SPACE)[:1] in (b"", b"{"):
        return "list" if text[1:].lstrip(_SPACE) else None
    end = _end(text)
    if _FIELD_LINE.search(text, 0, len(text) if end < 0 else end):
        return "stream"
    rest = text[end:].lstrip(_SPACE) if end >= 0 else b""
    if not rest:
        return None
    if rest[:1] in b"{[":
        return "lines" if kind in _LINES and b"\n" not in text[:end].strip() else "stream"
    return _of_text(kind, rest)


def _end(text: bytes) -> int:
    """Where the value ends that a JSON text begins with, or -1 if it is not over."""
    level = 0
    for token in _TOKEN.finditer(text):
        if token[0] == b'"':
            return -1
        level += _LEVEL.get(token[0], 0)
        if level <= 0:
            return token.end()
    return -1


def _of_markup(text: bytes) -> Form | None:
    """A web page, unless an event follows what a server has complained of in markup."""
    if _PAGE.match(text):
        return "document"
    return "stream" if _EVENT_LINE.search(text) else None


def _of_text(kind: str, text: bytes) -> Form | None:
    """Text with the name of a field in front is an event stream, whatever it is called."""
    if kind == _STREAM or _FIELD.match(text):
        return "stream"
    return None if any(field.startswith(text) for field in _FIELDS) else by_header(kind)


def unreadable(body: bytes) -> str:
    """What is wrong with a body that is no text, as a sentence; "" if nothing is."""
    if body.startswith(_UTF16):
        return "The server sent its answer as UTF-16, which no client reads: it has to be UTF-8."
    return ""


def page_title(text: str) -> str | None:
    """The title of a web page, or the first words that a reader would see of one that has none; None for what
    is no web page."""
    text = text.lstrip(f"{BOM} \t\r\n")
    if not _MARKED.match(text) or (text.startswith("<?xml") and "<html" not in text.lower()):
        return None
    titles = (found[2] for found in _TITLE.finditer(text))
    shown = (" ".join(html.unescape(_MARKUP.sub(" ", part)).split()) for part in (*titles, text))
    return next(filter(None, shown), "")[:_LONGEST_TITLE]


def page_message(title: str) -> str:
    """The sentence for a web page that came where an answer should."""
    return f"The server sent a web page instead of an answer{f': {title}' if title else ''}".rstrip(".") + "."


def is_whole(text: str) -> bool:
    """Whether a text is a JSON object or list, and has come to its end."""
    return text.lstrip()[:1] in {"{", "["} and not isinstance(load_json(text), str)


def json_values(text: str) -> list[str]:
    """The JSON values that follow one another in a text, as texts; last, what is none."""
    return [text] if is_whole(text) or too_deep(text) else list(_following(text.strip()))


def _following(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        try:
            _, end = _DECODER.raw_decode(text, at)
        except ValueError:
            end = len(text)
        yield text[at:end]
        between = _BETWEEN.match(text, end)
        at = between.end() if between else end

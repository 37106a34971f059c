"""One frame as a row of the event log: a summary line that opens to all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from html import escape
from typing import Any, NamedTuple, assert_never

import msgspec

from interactions.providers.profile import Gist
from interactions.providers.shared import gists
from interactions.stream import notes
from interactions.stream.journal import Frame
from interactions.stream.notes import Note, fields_of, read_note
from interactions.stream.sse import read_frame
from interactions.turns.wire import error_in, load_json
from interactions.ui.drawing.boundary import attempt
from interactions.ui.drawing.plain import compact, visible
from interactions.ui.words import AFRESH, RUNGS, log

HEAD = 20_000  # characters of a row that stand in the page; the rest is a link away

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{1000,}+={0,2}")  # possessive: never tried twice
KEPT = 60  # characters that remain of base64
TYPE = 21  # characters of the column
_BAD = frozenset({"error", "response.failed"})


class Row(NamedTuple):
    """The columns of a row and all that it opens to. `tone` is its colour: "", "note", "bad" or "odd"."""

    type: str
    step: str
    gist: str
    full: str
    tone: str


def describe(frame: Frame, gist: Gist = gists.gist) -> Row:
    """The row of a frame; `gist` makes the gist of an event in its protocol. Never raises: garbage is a row
    as well."""
    said = _note if frame.kind == "note" else partial(_wire, gist)
    return attempt(lambda: said(frame.raw), lambda: _unread(frame.raw))


def _unread(raw: bytes) -> Row:
    text = raw.decode("utf-8", "replace")
    return Row("unread", "", text.strip(), text, "odd")


def _note(raw: bytes) -> Row:
    note, fields = read_note(raw), fields_of(raw)
    del fields["note"]
    full = pretty(compact(fields)) if fields else ""
    return Row(note.name, "", _gist_of(note), full, "bad" if note.bad else "note")


def _gist_of(note: Note) -> str:
    match note:
        case notes.Request():
            again = log.REQUEST_AGAIN.format(note.attempt) if note.attempt > 1 else ""
            history = log.REQUEST_HISTORY.format(note.history) if note.history else ""
            return f"{log.REQUEST.format(note.method, note.url)}{again}{history}"
        case notes.Response():
            return log.RESPONSE.format(note.http_version, note.status, note.reason)
        case notes.Retry():
            return log.RETRY.format(note.seconds, note.attempt, note.of)
        case notes.Refused():
            return log.REFUSED.format(note.status)
        case notes.Resume():
            return AFRESH if note.afresh and note.rung == "stream" else RUNGS.get(note.rung, note.rung)
        case notes.Wait():
            return log.WAIT.format(note.status, note.seconds)
        case notes.Stop():
            return log.STOP.format(note.by or log.YOU)
        case notes.LeftOut():
            return log.LEFT_OUT.format(", ".join(note.parts))
        case notes.End():
            return log.END
        case notes.Cut() | notes.Unreachable() | notes.Crash() | notes.Partial() | notes.Unchecked():
            return note.message
        case notes.Other():
            return str(note.said.get("message", ""))
        case _:
            assert_never(note)


def _wire(gist: Gist, raw: bytes) -> Row:
    reading = read_frame(raw)
    text = raw.decode("utf-8", "replace")
    if reading.data == "[DONE]":
        return Row("done", "", "[DONE]", text, "note")
    body = reading.data or reading.bare
    if not body:
        comment = text.strip().startswith(":")
        return Row("comment" if comment else "unread", "", text.strip(), text, "note" if comment else "odd")
    value = error_in(load_json(body))
    if not isinstance(value, Mapping):
        return Row(_named(reading.event) or "garbage", "", body, text, "odd")
    kind = str(value.get("event_type") or value.get("type") or _named(reading.event) or _guess(value))
    index = value.get("index", value.get("output_index", ""))
    bad = kind in _BAD or value.get("error") is not None
    full = text if len(reading.values) > 1 else pretty(body)
    return Row(kind, str(index)[: gists.GIST], str(gist(kind, value)), full, "bad" if bad else "")


def _named(event: str) -> str:
    return "" if event == "message" else event


def _guess(value: Mapping[str, Any]) -> str:
    return "error" if value.get("error") is not None else str(value.get("object") or "untyped")


def pretty(text: str) -> str:
    """JSON, indented; nothing in it is changed, as a decoder would do with numbers and escapes. What msgspec
    does not take for JSON (NaN) stays as it is."""
    try:
        return msgspec.json.format(text, indent=2)
    except (ValueError, RecursionError):
        return text


def without_base64(text: str) -> str:
    """A long text without the middle of it that is base64, so that all else of it is to be seen."""
    return text if len(text) <= HEAD else _BASE64.sub(_cut, text)


def _cut(run: re.Match[str]) -> str:
    return log.LONG_BASE64.format(run[0][:KEPT], len(run[0]) - KEPT)


@lru_cache(maxsize=4096)
def row_html(frame: Frame, before: int | None, raw_url: str, gist: Gist = gists.gist) -> str:
    """The HTML of a row. `before` is the arrival of the row above in ns; `raw_url` leads to its bytes.

    The columns are spaces in a monospace line, and there are few attributes: Streamlit's front end cleans
    every element and attribute anew, and that is most of what a row costs.
    """
    row = describe(frame, gist)
    at = f"{frame.at / 1e6:,.1f}".rjust(9)
    gap = ("" if before is None else f"+{(frame.at - before) / 1e6:.1f}").rjust(8)
    # OpenAI's types all begin alike; what is left of them is told apart.
    kind = row.type if len(row.type) <= TYPE else row.type.removeprefix("response.")
    kind = visible(kind if len(kind) <= TYPE else kind[: TYPE - 1] + "…")
    step, told = escape(visible(row.step)), escape(visible(row.gist[: gists.GIST]))
    said = log.MASKED if frame.masked == 1 else log.MASKED_OFTEN.format(frame.masked)
    hidden = f'<i title="{log.MASKED_HINT}">{said}</i> ' if frame.masked else ""
    columns = f"{at} {gap} <b>{escape(kind)}</b>{' ' * (TYPE - len(kind))} {step:>2} {hidden}{told}"
    full = without_base64(row.full)
    rest = len(full) - HEAD
    more = log.LONG_ROW.format(rest) if rest > 0 else ""
    link = f'<a href="{escape(raw_url)}">{log.RAW.format(len(frame.raw))}</a>'
    return (
        f'<details class="row {row.tone}" data-seq="{frame.seq}"><summary>{columns}</summary>'
        f"<pre>{escape(full[:HEAD] + more)}\n\n{link}</pre></details>"
    )

"""An answer that is no stream: one JSON document, events in a list, or a web page from whatever stands in
between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from interactions.providers.protocol import Documents, Explains, Finishes, Provider
from interactions.providers.shared.foreign import detail, refused
from interactions.stream.forms import BOM, json_values, page_message, page_title, unreadable
from interactions.stream.journal import Frame
from interactions.turns.events import Body, Error, ErrorDetail, Remark, Unknown
from interactions.turns.wire import error_in, load_json

EMPTY = "The server has sent an empty body"


def read_whole(provider: Provider, state: Any, frames: tuple[Frame, ...], status: int) -> Iterator[Body]:
    """What the frames of a body say that is no stream, or was too short to be known as one."""
    body = b"".join(frame.raw for frame in frames)
    text = body.decode("utf-8", "replace").lstrip(BOM).strip()
    if wrong := unreadable(body):
        yield Error(ErrorDetail(code="utf_16", message=wrong))
    elif not text:
        yield Remark(EMPTY)
    elif (title := page_title(text)) is not None:
        yield Error(ErrorDetail(code="web_page", message=page_message(title)))
    else:
        yield from _said(provider, state, text, frames[-1], status)


def _said(provider: Provider, state: Any, text: str, frame: Frame, status: int) -> Iterable[Body]:
    """The whole answer, an error, events that follow one another, or anything else."""
    value = error_in(load_json(text))
    wrong = isinstance(value, Mapping) and value.get("error") is not None
    bodies: tuple[Body, ...] = ()
    if isinstance(value, Mapping) and isinstance(provider, Documents):
        bodies = provider.document(state, value)
    if not bodies and not wrong:
        bodies = _events(provider, state, json_values(text), frame)
    if not bodies and isinstance(value, Mapping | list) and isinstance(provider, Documents):
        return (refusal(provider, status, text),)
    return bodies or (Unknown("", value),)


def _events(provider: Provider, state: Any, values: Iterable[str], frame: Frame) -> tuple[Body, ...]:
    """What the values say as events of a stream that has ended behind them; nothing if none is known."""
    said: tuple[Body, ...] = ()
    for value in _elements(values):
        state, bodies = provider.read(state, msgspec.structs.replace(frame, raw=value))
        said += bodies
    if all(isinstance(body, Unknown) for body in said):
        return ()
    return (*said, *provider.finish(state)) if isinstance(provider, Finishes) else said


def _elements(values: Iterable[str]) -> Iterator[bytes]:
    for value in values:
        found = load_json(value)
        for element in found if isinstance(found, list) else (found,):
            yield msgspec.json.encode(element) if isinstance(element, Mapping) else value.encode()


def refusal(provider: Provider, status: int, text: str, retry_after: int | None = None) -> Error:
    detail_of = provider.detail if isinstance(provider, Explains) else detail
    return Error(refused(status, text, detail_of, retry_after))

"""Files that go out with a message."""

from __future__ import annotations

import io
import json
import wave
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.attachments import (
    LARGEST,
    File,
    editable,
    line,
    message,
    mime_type,
    names_in,
    reworded,
    text_in,
)
from interactions.conversations.request import Input
from interactions.conversations.words import title_of, words_of
from interactions.errors import FileRefused
from interactions.providers.anthropic.body import VERSION
from interactions.providers.anthropic.body import body as anthropic_body
from interactions.providers.chat import body as chat_body
from interactions.providers.gemini import body as gemini
from interactions.providers.gemini.steps import ACCEPTED
from interactions.providers.responses import body as openai_body
from interactions.sandbox.pictures import png
from interactions.turns.steps import Wire
from tests.judges import Client, body_of
from tests.vendors import asking

ALL = ("image/", "audio/", "video/", "application/pdf", "text/")
PICTURE = File("dot.png", "image/png", b64decode(png(2, 2)))
NOTE = File("notes.txt", "text/plain", "Grüße".encode())
PDF = File("paper.pdf", "application/pdf", b"%PDF-1.7\n%\xe2\xe3")
FILM = File("film.mp4", "video/mp4", b"\0\0\0\x18ftypisom\0")
RESULTS: Input = ({"type": "function_result", "call_id": "c", "name": "f", "result": "21"},)

BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n\0",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a\0",
    "image/webp": b"RIFF\x10\0\n\0WEBPVP8 ",
    "image/heic": b"\0\0\0\x18ftypheic",
    "audio/wav": b"RIFF\x10\0\n\0WAVEfmt ",
    "audio/aiff": b"FORM\0\0\n\0AIFF",
    "audio/mpeg": b"ID3\x04\0\0",
    "audio/aac": b"\xff\xf1\x50",
    "audio/flac": b"fLaC\0",
    "audio/ogg": b"OggS\0",
    "audio/m4a": b"\0\0\0\x18ftypM4A ",
    "application/pdf": b"%PDF-1.7",
}


def parts(said: Input) -> list[Wire]:
    """Those of a message with files, which is one step."""
    assert not isinstance(said, str)
    (step,) = said
    assert step["type"] == "user_input"
    return list(step["content"])


def spoken() -> bytes:
    """A hundredth of a second of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(320))
    return file.getvalue()


def test_a_text_without_files_stays_a_text() -> None:
    """To any endpoint, also to one that takes no files."""
    assert message("Hello", (), ()) == "Hello"


def test_files_follow_the_text_each_with_its_type_its_bytes_and_its_name() -> None:
    said = message("Look", (PICTURE, NOTE), ALL)
    assert parts(said) == [
        {"type": "text", "text": "Look"},
        {"type": "image", "data": png(2, 2), "mime_type": "image/png", "name": "dot.png"},
        {
            "type": "document",
            "data": b64encode(NOTE.data).decode(),
            "mime_type": "text/plain",
            "name": "notes.txt",
        },
    ]


def test_files_alone_are_a_message() -> None:
    assert [part["type"] for part in parts(message(" ", (FILM, PDF), ALL))] == ["video", "document"]


@pytest.mark.parametrize("mime", BEGINNINGS)
@pytest.mark.parametrize("guess", ["", "application/octet-stream", "application/zip"])
def test_what_is_in_a_file_says_what_it_is(mime: str, guess: str) -> None:
    """Whatever a browser takes it for, and whatever it is called."""
    assert mime_type(File("file.zip", guess, BEGINNINGS[mime])) == mime


@pytest.mark.parametrize(
    ("name", "guess", "data", "mime"),
    [
        ("main.ts", "video/mp2t", b"let a = 1", "text/plain"),
        ("a.json", "application/json", b"{}", "text/plain"),
        ("logo.svg", "image/svg+xml", b"<svg/>", "text/plain"),
        ("a.csv", "text/csv; charset=utf-8", b"a,b", "text/csv"),
        ("README", "", b"# Hello", "text/plain"),
        ("a.mov", "video/quicktime", b"\0\0\0\x14ftypqt  ", "video/mov"),
        ("a.mp4", "", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("a", "", b"\0\1", "application/octet-stream"),
    ],
)
def test_a_text_is_a_text_and_all_else_is_what_the_browser_or_the_name_says(
    name: str, guess: str, data: bytes, mime: str
) -> None:
    assert mime_type(File(name, guess, data)) == mime


@given(st.binary(min_size=1), st.sampled_from(["", "image/png", "application/zip"]))
def test_any_bytes_have_a_type_and_go_out_to_the_byte(data: bytes, guess: str) -> None:
    (part,) = parts(message("", [File("file", guess, data)], ("",)))
    assert b64decode(part["data"]) == data
    assert "/" in part["mime_type"]


@pytest.mark.parametrize(
    ("files", "media", "said"),
    [
        ((File("a.txt", "text/plain", b""),), ALL, "“a.txt” is empty"),
        (
            (File("a.zip", "application/zip", b"PK\3\4\0"),),
            ALL,
            r"“a.zip” \(application/zip\) cannot be sent",
        ),
        ((FILM,), ("image/", "text/"), r"this endpoint takes image/\*, text/\*\. Choose"),
        ((PDF,), ("image/png",), "takes image/png. Choose"),
        ((NOTE,), (), "takes text only"),
        ((File("a.txt", "text/plain", "ä".encode("utf-16")),), ALL, "not in UTF-8. Save it"),
        ((PICTURE, File("b", "", b"x" * LARGEST)), ALL, "have 20.0 MB together, .* at most 20 MB"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    files: tuple[File, ...], media: tuple[str, ...], said: str
) -> None:
    with pytest.raises(FileRefused, match=said) as caught:
        message("Look", files, media)
    assert caught.value.name in {"", *(file.name for file in files)}
    assert bool(caught.value.name) == ("“" in str(caught.value))


def test_a_message_is_told_in_a_line_by_its_text_or_else_by_its_files() -> None:
    """Titles and the queue say so; what is in a file is neither title nor searched."""
    both, alone = message("Look\nhere", (PICTURE, NOTE), ALL), message("", (PICTURE, NOTE), ALL)
    assert line("Hello") == "Hello"
    assert title_of(both) == "Look here"
    assert title_of(alone) == line(alone) == "dot.png, notes.txt"
    assert title_of(RESULTS) == line(RESULTS) == ""
    assert words_of(both) == "Look\nhere"


def test_another_text_keeps_the_files() -> None:
    said = message("Look", (PICTURE, NOTE), ALL)
    again = reworded(said, "See")
    assert (text_in(again), names_in(again)) == ("See", ("dot.png", "notes.txt"))
    assert parts(again)[1:] == parts(said)[1:]
    assert reworded("Hello", "Bye") == "Bye"
    assert [editable(each) for each in ("Hello", said, RESULTS)] == [True, True, False]


def test_google_gets_no_key_that_a_part_does_not_have() -> None:
    """It refuses a name, but for films. What waits to be sent keeps all of them."""
    said = message("Look", (PICTURE, NOTE, FILM), ALL)
    body = gemini.body(asking(input=said))
    for part in body["input"][0]["content"][1:]:
        assert set(part) <= {"type", *ACCEPTED.media.get(part["type"], ("text",))}
    assert [part.get("name") for part in body["input"][0]["content"]] == [None, None, None, "film.mp4"]
    assert names_in(said) == ("dot.png", "notes.txt", "film.mp4")


@pytest.mark.parametrize(
    ("client", "body"),
    [
        ("anthropic", lambda request: anthropic_body(request, VERSION)),
        ("openai responses", openai_body.body),
        ("openai chat", chat_body.body),
    ],
    ids=["anthropic", "responses", "chat"],
)
def test_the_vendors_clients_take_a_message_with_files(client: Client, body: Any) -> None:
    """With the picture and the PDF as bytes, and the note as a text."""
    said = message("Look", (PICTURE, NOTE, PDF), ALL)
    made = json.loads(msgspec.json.encode(body(asking(input=said, max_output_tokens=10))))
    _whole(body_of(client).validate_python(made))
    written = json.dumps(made, ensure_ascii=False)
    assert all(each in written for each in (png(2, 2), "Grüße", b64encode(PDF.data).decode()))


def _whole(value: Any) -> None:
    """The clients' types check a list only as far as somebody looks at it."""
    if isinstance(value, Mapping):
        for each in value.values():
            _whole(each)
    elif not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        for each in value:
            _whole(each)

"""Attached files: what type they are, whether they can be sent, and the message that carries them."""

from __future__ import annotations

import mimetypes
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from interactions.conversations.request import Input
from interactions.errors import FileRefused
from interactions.files.signatures import PDF, UNKNOWN, is_text, signature
from interactions.turns.steps import Wire

# Bytes of all files of a message. Google's documentation names 20 MB for what comes inline.
LARGEST = 20 * 2**20

# The names that Google's client has for what browsers call otherwise (google-genai 3.4.0).
_NAMES = {
    "audio/mp4": "audio/m4a",
    "audio/x-m4a": "audio/m4a",
    "video/quicktime": "video/mov",
    "video/x-msvideo": "video/avi",
    "video/x-ms-wmv": "video/wmv",
}
# The media types with a content type of their own in Interactions; others are documents.
_KINDS = ("image", "audio", "video")


class File(msgspec.Struct, frozen=True):
    """An attached file; `guess` is the MIME type that the browser takes it for, or ""."""

    name: str
    guess: str
    data: bytes


def message(text: str, files: Sequence[File], media: Sequence[str]) -> Input:
    """The input made of a text and files; without files it is the text itself. `media` are the beginnings of
    the MIME types that the endpoint takes. Raises `FileRefused`."""
    if not files:
        return text
    size = sum(len(file.data) for file in files)
    if size > LARGEST:
        raise FileRefused(
            f"The files have {size / 2**20:,.1f} MB together, and a message takes at most"
            f" {LARGEST / 2**20:,.0f} MB. Send fewer or smaller ones."
        )
    return _message(text, [_part(file, tuple(media)) for file in files])


def editable(said: Input) -> bool:
    """Whether the input is a message of the user, whose text can be changed; results of tools are none."""
    return isinstance(said, str) or [step.get("type") for step in said] == ["user_input"]


def text_in(said: Input) -> str:
    """The text of a message, without that of its files; "" for results of tools."""
    if isinstance(said, str):
        return said
    return "\n".join(str(part.get("text", "")) for part in _parts(said) if part.get("type", "text") == "text")


def names_in(said: Input) -> tuple[str, ...]:
    """The names of the files in a message; the MIME type stands for a name that is missing."""
    files = () if isinstance(said, str) else _files(said)
    return tuple(str(part.get("name") or part.get("mime_type") or part.get("type")) for part in files)


def line(said: Input) -> str:
    """A message as a line of text: what it says, else the names of its files; "" for results of tools."""
    return text_in(said) if text_in(said).strip() else ", ".join(names_in(said))


def reworded(said: Input, text: str) -> Input:
    """The message with another text and the same files."""
    return text if isinstance(said, str) else _message(text, list(_files(said)))


def _message(text: str, files: Sequence[Wire]) -> Input:
    said = [{"type": "text", "text": text}] if text.strip() else []
    return ({"type": "user_input", "content": [*said, *files]},)


def _part(file: File, media: tuple[str, ...]) -> Wire:
    if not file.data:
        raise FileRefused(f"“{file.name}” is empty. Choose a file that has something in it.", name=file.name)
    mime = mime_type(file)
    if not mime.startswith(media):
        raise FileRefused(_not_taken(file.name, mime, media), name=file.name)
    kind = mime.partition("/")[0]
    data = b64encode(file.data).decode()
    return {
        "type": kind if kind in _KINDS else "document",
        "data": data,
        "mime_type": mime,
        "name": file.name,
    }


def _not_taken(name: str, mime: str, media: tuple[str, ...]) -> str:
    if not media:
        return f"“{name}” cannot be sent: this endpoint takes text only. Choose another endpoint."
    known = ", ".join(f"{each}*" if each.endswith("/") else each for each in media)
    return (
        f"“{name}” ({mime}) cannot be sent: this endpoint takes {known}. Choose another file, or another"
        " endpoint."
    )


def mime_type(file: File) -> str:
    """The MIME type of a file: by its content, else as the browser says, else by its name. Raises
    `FileRefused` for a text that is not in UTF-8: servers take no other."""
    guess = file.guess.partition(";")[0].strip().lower()
    if guess in {"", UNKNOWN}:
        guess = mimetypes.guess_type(file.name)[0] or UNKNOWN
    # Some PDFs are all text, so their signature is looked at first. Any other text is one whatever signature
    # it may happen to begin with.
    found = signature(file.data, guess)
    if found is not None and found.mime == PDF:
        return PDF
    if is_text(file.data):
        return guess if guess.startswith("text/") else "text/plain"
    if guess.startswith("text/"):
        raise FileRefused(
            f"“{file.name}” is a text that is not in UTF-8. Save it in UTF-8, and attach it again.",
            name=file.name,
        )
    mime = guess if found is None else found.mime
    return _NAMES.get(mime, mime)


def _parts(said: Sequence[Wire]) -> Iterator[Wire]:
    """The parts of the user's message. Steps may come from an imported file, and have anything in them."""
    for step in said:
        content = step.get("content") if step.get("type") == "user_input" else ()
        if isinstance(content, list | tuple):
            yield from (part for part in content if isinstance(part, Mapping))


def _files(said: Sequence[Wire]) -> Iterator[Wire]:
    return (part for part in _parts(said) if part.get("type", "text") != "text")

"""What stands in the `delta` of a chunk, or in a whole `message`, under whichever key a server has for it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from interactions.files.signatures import signature
from interactions.providers.shared.fields import set_only
from interactions.providers.shared.foreign import pictured
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word

Kind: TypeAlias = Literal["thought", "text", "refusal"]

# The first of these that says something is the thought; the others are copies for other readers.
_THOUGHTS = ("reasoning", "reasoning_content", "reasoning_text", "thinking", "thinking_content")
# Thoughts in parts, which a server wants back as they are. Their texts are mostly copies as well.
DETAILS = ("reasoning_details", "thinking_blocks")
_WORDS = ("text", "content", "summary", "thinking")  # where the text of a part of a thought is
# What goes back beside what it came with: signatures, and thoughts that nobody else can read.
CARRIED = (
    *("extra_content", "provider_specific_fields"),
    *("reasoning_opaque", "reasoning_signature", "thought_signature", "signature"),
)
_SAID = ("text", "refusal")
# A channel is told by the kind of the step, and a token by its text.
_SAYS_NOTHING = ("role", "id", "index", "object", "created", "obfuscation", "channel", "token_id")
READ = frozenset(
    {
        *_THOUGHTS,
        *DETAILS,
        *CARRIED,
        *_SAYS_NOTHING,
        *("content", "refusal", "tool_calls", "function_call", "audio", "images", "usage"),
        *("annotations", "citations", "search_results"),
    }
)
_RAW_SOUND: Wire = {"mime_type": "audio/l16", "sample_rate": 24_000}  # what OpenAI streams, in one channel
_SNIFFED = 400  # characters of base64 that tell what a sound is


def texts(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """In the order of one chunk: thoughts come before what they lead to."""
    yield "thought", thought(delta)
    for kind, text in _content(delta):
        yield ("thought" if kind == "text" and marked(delta) else kind), text
    yield "text", word(inner(delta, "audio"), "transcript")
    yield "refusal", word(delta, "refusal")


def thought(delta: Wire) -> str:
    """Several names in one chunk are the same text several times."""
    told = (_words(delta.get(key)) for key in (*_THOUGHTS, *DETAILS))
    return next(filter(None, told), "")


def _words(value: object) -> str:
    """The text of a thought, which may be a list of parts."""
    match value:
        case str():
            return value
        case list():
            return "".join(map(_words, value))
        case Mapping():
            return next(filter(None, (_words(value.get(key)) for key in _WORDS)), "")
    return ""


def marked(delta: Wire) -> bool:
    """Whether the content is a thought by a mark beside it, as Google's servers set it."""
    return any(
        isinstance(mark, Mapping) and mark.get("thought") is True
        for mark in inner(delta, "extra_content").values()
    )


def _content(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """Mistral's content is a list once its model thinks, with a list of texts in each thought."""
    yield "text", word(delta, "content")
    for part in _parts(delta):
        if _thinks(part):
            yield "thought", _words(part)
        else:
            yield (
                ("refusal", word(part, "refusal")) if word(part, "refusal") else ("text", word(part, "text"))
            )


def _parts(delta: Wire) -> list[Wire]:
    content = delta.get("content")
    if not isinstance(content, list):
        return [content] if isinstance(content, Mapping) else []
    parts = ({"text": part} if isinstance(part, str) else part for part in content)
    return [part for part in parts if isinstance(part, Mapping)]


def _thinks(part: Wire) -> bool:
    return word(part, "type") in {"thinking", "reasoning", "thought"}


def pictures(delta: Wire) -> list[Wire]:
    """In the words of Interactions: those beside the text, and those in it."""
    urls = map(_address, [*each(delta, "images"), *_parts(delta)])
    return [pictured(url) for url in urls if url]


def _address(picture: Wire) -> str:
    """Where a picture is, or the picture itself; some leave out the object around its address."""
    data = word(picture, "b64_json")
    address = word(inner(picture, "image_url"), "url") or word(picture, "image_url") or word(picture, "url")
    return address or (f"data:{_format(data, 'image')};base64,{data}" if data else "")


def sound(delta: Wire, known: str = "") -> Wire:
    """A piece of what is heard, in the words of Interactions, or nothing. A stream has raw samples, and a
    whole answer the format that was asked for. `known` is what its first piece was."""
    data = word(inner(delta, "audio"), "data")
    if not data:
        return {}
    mime = known or _format(data, "audio")
    form: Wire = _RAW_SOUND if mime in {"", _RAW_SOUND["mime_type"]} else {"mime_type": mime}
    return {"data": data, **form}


def _format(data: str, kind: str) -> str:
    """The MIME type of what is a picture or a sound, by its first bytes, or "" if nobody knows them."""
    try:
        found = signature(b64decode(data[:_SNIFFED]), f"{kind}/")
    except ValueError:
        return ""
    return found.mime if found and found.mime.startswith(f"{kind}/") else ""


def carried(raw: Wire) -> Wire:
    """What goes back with a delta or a call, as it came. That a piece was a thought is no news of the whole
    message."""
    found = {key: raw.get(key) for key in CARRIED}
    if marked(raw):
        extra = inner(raw, "extra_content")
        found["extra_content"] = set_only({key: _unmarked(value) for key, value in extra.items()})
    return set_only(found)


def _unmarked(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {key: inside for key, inside in value.items() if key != "thought"}


def merged(before: Wire, more: Wire) -> Wire:
    """Both, and in objects that both have the fields of both."""
    together = {
        key: merged(before[key], value)
        for key, value in more.items()
        if isinstance(value, Mapping) and isinstance(before.get(key), Mapping)
    }
    return {**before, **more, **together}


def details(delta: Wire) -> dict[str, list[Wire]]:
    """The parts of thoughts that go back, by the key of their list."""
    return {key: found for key in DETAILS if (found := each(delta, key))}


def joined(parts: Iterable[Wire]) -> list[dict[str, Any]]:
    """The parts of thoughts as they were before they were streamed: pieces of one text are one part."""
    made: list[dict[str, Any]] = []
    for part in parts:
        last = made[-1] if made else {}
        key = next((key for key in _WORDS if isinstance(part.get(key), str)), "")
        if made and _continues(last, part) and (key or "signature" in part):
            more = {name: value for name, value in part.items() if value is not None}
            made[-1] = {**last, **more, **({key: word(last, key) + part[key]} if key else {})}
        else:
            made.append(dict(part))
    return made


def _continues(last: Wire, part: Wire) -> bool:
    """Whether a part is a piece of the one before. What is signed is whole."""
    same = all(last.get(key) == part.get(key) for key in ("type", "index") if key in part and key in last)
    named = "id" not in part or part["id"] is None or part["id"] == last.get("id")
    return same and named and not last.get("signature") and "data" not in part


def unread(delta: Wire) -> Wire:
    """The fields that say something and that nobody reads."""
    left: dict[str, object] = {key: value for key, value in delta.items() if key not in READ}
    content = [
        part for part in _listed(delta.get("content")) if not (_read_part(part) or isinstance(part, str))
    ]
    images = [picture for picture in _listed(delta.get("images")) if not _picture(picture)]
    heard = inner(delta, "audio")
    left["audio"] = {key: heard[key] for key in heard if key not in {"id", "data", "transcript"}}
    left |= {"content": content, "images": images, **_unlike(delta)}
    left |= {key: delta[key] for key in ("refusal", "audio") if _odd(delta.get(key), key)}
    return telling(left)


def telling(fields: Wire) -> Wire:
    """The fields that say something; one that is false does not."""
    return {key: value for key, value in set_only(fields).items() if value is not False}


def _unlike(delta: Wire) -> Wire:
    """Thoughts under another name than the one that is read, if they are no copies."""
    read = thought(delta)
    return {key: delta[key] for key in _THOUGHTS if delta.get(key) and not _copied(delta[key], read)}


def _copied(value: object, read: str) -> bool:
    return bool(_words(value)) and _words(value) in read


def _listed(value: object) -> list[object]:
    """What is not a plain text, part by part."""
    if isinstance(value, str) or value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _read_part(part: object) -> bool:
    known = isinstance(part, Mapping) and (
        _thinks(part) or any(isinstance(part.get(key), str) for key in _SAID)
    )
    return known or _picture(part)


def _picture(picture: object) -> bool:
    return isinstance(picture, Mapping) and bool(_address(picture))


def _odd(value: object, key: str) -> bool:
    """Whether a value is of another type than its key says."""
    return value is not None and not isinstance(value, str if key == "refusal" else Mapping)

"""Images, sound, film and files in a turn: their bytes say what they are, and none of them is a page."""

from __future__ import annotations

import base64
import io
import json
import wave
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.files.signatures import PDF, SHOWN, SIGNATURES, UNKNOWN, signature
from interactions.sandbox import sounds
from interactions.sandbox.pictures import png
from interactions.turns.steps import Media
from interactions.ui.answer.media import CARD, attached, harmless, media
from interactions.ui.answer.stack import Leaf
from tests.conversations.test_attachments import BEGINNINGS

SCRIPT = b"<!doctype html><script>window.ran = 1</script>"
FOREIGN = {
    "a page": SCRIPT,
    "a program": b"window.ran = 1",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran = 1"/>',
    "XML": b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">ran = 1</x:script>',
    "a page with a byte order mark": b"\xef\xbb\xbf" + SCRIPT,
    "a page in UTF-16": SCRIPT.decode().encode("utf-16"),
    "an archive": b"PK\3\4\0",
    "a module": b"\0asm\1\0\0\0",
}
CLAIMS = (
    "text/html",
    "text/javascript",
    "image/svg+xml",
    "image/png",
    "audio/wav",
    "video/mp4",
    "application/xhtml+xml",
    "application/pdf",
    "AUDIO/L17; x=y",
    "",
    'a/b"\r\nset-cookie: x=y',
)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def part(kind: str, mime: str, data: bytes, **more: Any) -> Media:
    return Media({"type": kind, "mime_type": mime, "data": base64_of(data), **more})


def only(drawn: Any) -> Leaf:
    (leaf,) = drawn
    assert isinstance(leaf, Leaf)
    return leaf


@pytest.mark.parametrize("kind", ["audio", "image", "video", "document", "hologram"])
@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_picture_sound_or_film_is_a_download_whatever_it_claims(
    kind: str, claim: str, data: bytes
) -> None:
    """Under a type that nothing opens, and a name that nothing runs; a text can be read beside it."""
    for draw in (lambda each: media([each]), attached):
        file, *rest = draw(part(kind, claim, data, name="run.html"))
        assert (file.kind, file.form) == ("file", UNKNOWN)
        assert file.name.endswith((".txt", ".bin"))
        assert base64.b64decode(file.value) == data
        assert {leaf.kind for leaf in rest} <= {"code"}


@pytest.mark.parametrize("kind", ["audio", "image", "video", "hologram"])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_picture_is_one_whatever_it_claims(kind: str, claim: str) -> None:
    leaf = only(media([part(kind, claim, base64.b64decode(png(2, 2)))]))
    assert leaf == Leaf("image", f"data:image/png;base64,{png(2, 2)}")


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_document_is_a_download_under_the_ending_that_it_has(claim: str) -> None:
    leaf = only(media([part("document", claim, base64.b64decode(png(2, 2)), name="run.html")]))
    assert (leaf.kind, leaf.form, leaf.name) == ("file", UNKNOWN, "run.html.png")


@pytest.mark.parametrize("mime", ["audio/wav", "text/html", "text/javascript", "image/png", ""])
def test_sound_is_sound_whatever_it_claims(mime: str) -> None:
    leaf = only(media([part("audio", mime, base64.b64decode(sounds.wav(440, 0.1)))]))
    assert (leaf.kind, leaf.form, leaf.value) == ("audio", "audio/wav", sounds.wav(440, 0.1))


@pytest.mark.parametrize(
    ("claim", "data", "kind", "form"),
    [
        ("video/mp4", b"\0\0\0\x18ftypisom\0", "video", "video/mp4"),
        ("audio/mp4", b"\0\0\0\x18ftypisom\0", "audio", "audio/mp4"),
        ("", b"\0\0\0\x18ftypmp42\0", "video", "video/mp4"),
        ("audio/webm;codecs=opus", b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", "audio", "audio/webm"),
        ("text/html", b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", "video", "video/webm"),
        ("audio/webm", b"\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska", "file", UNKNOWN),
        ("application/pdf", b"%PDF-1.7", "file", PDF),
        ("image/heic", b"\0\0\0\x18ftypheic", "file", UNKNOWN),
        ("audio/aiff", b"FORM\0\0\n\0AIFF", "file", UNKNOWN),
    ],
)
def test_what_is_said_counts_only_where_a_file_may_be_either(
    claim: str, data: bytes, kind: str, form: str
) -> None:
    leaf = only(media([part("video", claim, data)]))
    assert (leaf.kind, leaf.form) == (kind, form)


@pytest.mark.parametrize("mime", BEGINNINGS)
def test_files_that_go_out_and_files_that_come_are_known_by_one_table(mime: str) -> None:
    """Google's name for one sound is another."""
    found = signature(BEGINNINGS[mime], mime)
    assert found is not None
    assert found.mime == mime.replace("audio/m4a", "audio/mp4")


def test_what_is_shown_is_nothing_that_can_run() -> None:
    assert all(mime.startswith(("image/", "audio/", "video/")) for mime in SHOWN)
    assert not any("svg" in mime or "xml" in mime for mime in SHOWN)
    assert len({(each.begins, each.mime) for each in SIGNATURES}) == len(SIGNATURES)


@pytest.mark.parametrize(
    ("name", "ending", "shown"),
    [
        ("notes.txt", "txt", "notes.txt"),
        ("Grüße 東京.md", "txt", "Grüße 東京.md"),
        ("run.html", "txt", "run.html.txt"),
        ("run.SVG", "txt", "run.SVG.txt"),
        ("setup.exe", "bin", "setup.exe.bin"),
        ("photo.jpeg", "png", "photo.jpeg"),
        ("invoice\u202efdp.exe", "bin", "invoice fdp.exe.bin"),
        ("../../.ssh/config", "txt", "ssh config.txt"),
        ('a"\r\nset-cookie: b', "txt", "a set-cookie b.txt"),
        ("...", "bin", "file.bin"),
        ("", "png", "file.png"),
        ("\0", "txt", "file.txt"),
        ("x" * 5_000, "txt", "x" * 100 + ".txt"),
    ],
)
def test_the_name_of_a_download_opens_nothing_but_a_viewer(name: str, ending: str, shown: str) -> None:
    assert harmless(name, ending) == shown


def test_pieces_of_speech_are_one_sound_with_a_header_when_they_are_whole() -> None:
    pieces = [part("audio", "audio/l16", samples) for samples in (b"\0\1" * 10, b"\2\3" * 5)]
    forming = only(media(pieces, whole=False))
    assert "2 pieces so far" in forming.value
    sound = only(media(pieces))
    with wave.open(io.BytesIO(base64.b64decode(sound.value))) as read:
        assert (read.getframerate(), read.getnchannels()) == (24_000, 1)
        assert read.readframes(99) == b"\0\1" * 10 + b"\2\3" * 5


@pytest.mark.parametrize(
    ("shape", "played"),
    [
        ({"channels": 8, "sample_rate": 192_000}, True),
        ({"channels": 1, "sample_rate": 8_000}, True),
        ({"channels": None, "sample_rate": None}, True),
        ({"channels": 9}, False),
        ({"channels": 0}, False),
        ({"channels": 70_000}, False),
        ({"channels": -1}, False),
        ({"channels": "2"}, False),
        ({"channels": [1]}, False),
        ({"sample_rate": 7_999}, False),
        ({"sample_rate": 999_999}, False),
        ({"sample_rate": 10**400}, False),
        ({"sample_rate": 1e999}, False),
        ({"sample_rate": {}}, False),
    ],
)
def test_samples_that_no_player_takes_are_shown_as_they_came(shape: dict[str, Any], played: bool) -> None:
    leaf = only(media([part("audio", "audio/L16;rate=1", b"\0\1" * 80, **shape)]))
    assert (leaf.kind, leaf.form) == (("audio", "audio/wav") if played else ("code", "json"))


def test_what_lies_elsewhere_is_named_and_never_loaded() -> None:
    leaf = only(media([Media({"type": "image", "mime_type": "image/png", "uri": "https://x.org/i.png?a&b"})]))
    assert leaf.kind == "html"
    assert "<img" not in leaf.value
    assert 'href="https://x.org/i.png?a&amp;b"' in leaf.value


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "image", "mime_type": "image/png", "data": "not base64!"},
        {"type": "image", "mime_type": "image/png", "data": "Grüße"},
        {"type": "audio", "mime_type": "audio/wav", "data": "\u202e"},
        {"type": "video", "data": ["AAAA"]},
        {"type": "image", "data": ""},
        {"type": "image", "data": "\ud800"},
        {"type": ["image"], "data": {"a": 1}, "mime_type": 7, "uri": [1], "name": {}},
        {"type": "hologram", "depth": 3},
    ],
)
def test_media_that_cannot_be_shown_are_json(raw: dict[str, Any]) -> None:
    leaf = only(media([Media(raw)]))
    assert (leaf.kind, leaf.form) == ("code", "json")


def test_one_piece_that_is_no_sound_spoils_no_page() -> None:
    """All pieces are shown as they came."""
    leaf = only(media([part("audio", "audio/l16", b"\0\1"), Media({"type": "audio", "data": "Ä"})][:1]))
    assert leaf.kind == "audio"
    broken = {"type": "audio", "mime_type": "audio/l16", "data": "Ä"}
    leaf = only(media([part("audio", "audio/l16", b"\0\1"), Media(broken)]))
    assert (leaf.kind, leaf.form) == ("code", "json")
    assert "AAE=" in leaf.value


def test_what_is_huge_is_shown_by_its_beginning() -> None:
    leaf = only(media([Media({"type": "image", "data": "Ä" * 5_000_000})]))
    assert len(leaf.value) < CARD + 100
    nested: object = 0
    for _ in range(100_000):
        nested = [nested]
    assert only(media([Media({"type": "image", "data": nested})])).kind == "code"


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.text(st.characters(categories=["Cs", "Cc", "Cf"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
DATA = (
    st.sampled_from([*BEGINNINGS.values(), *FOREIGN.values(), b"\0\1" * 40]).map(base64_of)
    | st.binary(max_size=40).map(base64_of)
    | ANY
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["image", "audio", "video", "document", "thing"]) | ANY,
        "mime_type": st.sampled_from([*CLAIMS, "audio/l16"]) | ANY,
        "data": DATA,
        "uri": st.sampled_from(["https://x.org", "javascript:alert(1)", "http://["]) | ANY,
        "name": st.sampled_from(["a.png", "run.html", "\u202e.exe"]) | ANY,
        "channels": st.integers(-1, 10) | ANY,
        "sample_rate": st.integers(0, 300_000) | ANY,
        "text": ANY,
    },
)


@given(parts=st.lists(PARTS.map(Media), max_size=4), whole=st.booleans())
def test_any_json_is_drawn(parts: list[Media], whole: bool) -> None:
    """Each leaf is of a kind and a form that the page knows, and can be sent to it."""
    drawn = [*media(parts, whole), *(leaf for each in parts for leaf in attached(each))]
    for leaf in drawn:
        "".join(leaf).encode()
        assert leaf.kind in {"html", "code", "image", "audio", "video", "file"}
        if leaf.kind in {"audio", "video"}:
            assert leaf.form in SHOWN
        if leaf.kind == "image":
            assert leaf.value.removeprefix("data:").partition(";")[0] in SHOWN
        if leaf.kind == "file":
            assert leaf.form in {PDF, UNKNOWN}
        if leaf.kind == "html":
            assert "javascript:" not in leaf.value.partition("href=")[2]


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document"])
def test_what_is_said_of_a_part_and_is_not_drawn_stands_below_it(kind: str) -> None:
    """But for what says nothing, and for that it is a draft."""
    data = {"image": base64.b64decode(png(2, 2)), "audio": base64.b64decode(sounds.wav(440, 0.1))}
    said = part(kind, "", data.get(kind, b"%PDF-1.7"), revised_prompt="A cat", seed=None, partial=True)
    *_, more = media([said])
    assert json.loads(more.value) == {"revised_prompt": "A cat"}
    *_, more = media([Media({"type": kind, "uri": "https://a.test/x", "revised_prompt": "A cat"})])
    assert json.loads(more.value) == {"revised_prompt": "A cat"}


def test_what_is_heard_can_be_read_below_it() -> None:
    pieces = [
        part("audio", "audio/l16", b"\0\1" * 50, sample_rate=24_000, transcript=text)
        for text in ("Hel", "lo.")
    ]
    sound, text = media(pieces)
    assert (sound.kind, sound.form) == ("audio", "audio/wav")
    assert text == Leaf("text", "Hello.")


def test_a_sound_whose_base64_was_cut_anywhere_is_heard() -> None:
    """Some servers cut the text and not the sound."""
    whole = base64_of(b"\0\1" * 50)
    pieces = [
        Media({"type": "audio", "mime_type": "audio/l16", "data": data}) for data in (whole[:7], whole[7:])
    ]
    (sound,) = media(pieces)
    assert (sound.kind, sound.form) == ("audio", "audio/wav")
    assert b"\0\1" * 50 in base64.b64decode(sound.value)

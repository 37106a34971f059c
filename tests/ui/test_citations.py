"""Citations: bytes become places in the text, and addresses become links only if they are of the web."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.turns.events import Requested, StepStart
from interactions.turns.rope import Rope
from interactions.turns.steps import Text
from interactions.turns.turn import Turn
from interactions.ui.answer.citations import cited, link, other_notes, source, sources, web_url
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.turn import drawing
from interactions.ui.drawing.markdown import as_written, blocks, code_spans
from tests.folding import after


def url(end: int | None, address: str = "https://example.org/a", **more: Any) -> dict[str, Any]:
    return {"type": "url_citation", "url": address, "title": "A page", "end_index": end, **more}


def part(text: str, *annotations: dict[str, Any]) -> Text:
    return Text(Rope(text), annotations)


def drawn(text: Text) -> str:
    return cited(text, sources([text]))


MARK = "[\\[1\\]](<https://example.org/a>)"


def test_an_offset_counts_utf8_bytes_and_its_end_is_exclusive() -> None:
    """Two bytes for “é”, four for the emoji; the mark stands right behind what is cited."""
    text = "Café 🎉 is open. It is not far."
    cut = len("Café 🎉 is open.".encode())
    assert drawn(part(text, url(cut))) == f"Café 🎉 is open.{MARK} It is not far."


def test_an_offset_within_a_character_counts_the_characters_before_it() -> None:
    assert drawn(part("aé", url(2))) == f"a{MARK}é"


def test_several_sources_at_one_place_stand_side_by_side_and_one_that_comes_twice_has_one_number() -> None:
    text = part("One. Two.", url(4), url(4, "https://example.org/b"), url(9))
    second = "[\\[2\\]](<https://example.org/b>)"
    assert drawn(text) == f"One.{MARK}{second} Two.{MARK}"
    assert [each.url for each in sources([text])] == ["https://example.org/a", "https://example.org/b"]


@pytest.mark.parametrize("end", [None, 0, -3, "7", 2.5])
def test_without_a_usable_end_the_source_is_listed_and_the_text_is_left_alone(end: Any) -> None:
    text = part("Some text.", url(end))
    assert drawn(text) == "Some text."
    assert len(sources([text])) == 1


def test_an_end_beyond_the_text_is_its_end() -> None:
    assert drawn(part("Short.\n", url(999))) == f"Short.{MARK}\n"


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("See [the page](https://x.org/y) now.", 8, f"See [the page](https://x.org/y){MARK} now."),
        ("Use `pip install` first.", 9, f"Use `pip install`{MARK} first."),
        ("```\ncode here\n```\nAfter.", 8, "```\ncode here\n```\nAfter."),
    ],
)
def test_a_mark_breaks_neither_links_nor_code(text: str, end: int, expected: str) -> None:
    assert drawn(part(text, url(end))) == expected


def test_a_file_has_its_name_and_page_and_no_link() -> None:
    annotation = {"type": "file_citation", "file_name": "rfc.pdf", "page_number": 7, "end_index": 4}
    assert source(annotation) == ("rfc.pdf", "", "page 7")
    assert drawn(part("Text.", annotation)) == "Text\\[1\\]."


def test_a_place_has_its_name_and_its_address() -> None:
    annotation = {"type": "place_citation", "name": "Café", "url": "https://maps.google.com/?cid=1"}
    assert source(annotation) == ("Café", "https://maps.google.com/?cid=1", "maps.google.com")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//host/x",
        "https://",
        "http://[x",
        "https://a b",
        "https://a\nb",
        None,
        3,
    ],
)
def test_what_is_no_web_address_is_never_a_link(address: object) -> None:
    assert web_url(address) == ""
    assert link("<b>x", str(address)) == "&lt;b&gt;x"


@given(st.text(max_size=60), st.lists(st.integers(-5, 200), max_size=4))
def test_without_its_marks_a_cited_text_is_the_text(text: str, ends: list[int]) -> None:
    text = text.replace("[", "(")
    marked = drawn(part(text, *(url(end) for end in ends)))
    assert marked.replace(MARK, "") == text
    assert "".join(blocks(marked)) == marked


def test_an_address_is_still_itself_when_it_is_drawn() -> None:
    """Streamlit would make symbols of some of its characters."""
    address = "https://example.org/a--b?x~=1&y=$2"
    text = as_written(drawn(part("Text.", url(5, address))))
    assert "\u2060" not in text
    assert "a-%2Db?x%7E=1" in text


def test_what_a_thought_cites_is_numbered_and_listed_like_the_sources_of_an_answer() -> None:
    """One list for both, in the order of the text."""
    answer = [{"type": "text", "text": "No.", "annotations": [url(3), url(3, "https://example.org/b")]}]
    said: tuple[dict[str, Any], ...] = (
        {"type": "thought", "summary": [{"type": "text", "text": "Yes.", "annotations": [url(4)]}]},
        {"type": "model_output", "content": answer},
    )
    turn = after(Turn(), Requested((), "m", None, True), *(StepStart(at, raw) for at, raw in enumerate(said)))
    spans = drawing(turn).elements
    (thought,) = (leaf for span in spans if isinstance(span, Group) for leaf in span.leaves)
    assert thought.value == f"Yes.{MARK}"
    (shown,) = (span.value for span in spans if isinstance(span, Leaf) and span.kind == "markdown")
    assert shown == f"No.{MARK}[\\[2\\]](<https://example.org/b>)"
    (listed,) = (span.value for span in spans if isinstance(span, Leaf) and "<ol" in span.value)
    assert listed.count("<li>") == 2


@pytest.mark.parametrize("kind", [["url_citation"], {}, None, 7, True])
def test_an_annotation_whose_type_is_no_word_cites_nothing(kind: Any) -> None:
    """It is shown with the others that are not known here."""
    text = part("Some text.", {**url(4), "type": kind})
    assert drawn(text) == "Some text."
    assert [dict(each) for each in other_notes(text)] == [{**url(4), "type": kind}]


def test_a_source_that_nobody_has_listed_has_no_mark() -> None:
    """A number would lead nowhere."""
    assert cited(part("Some text.", url(4)), ()) == "Some text."


@given(st.text(st.sampled_from("`a \n"), max_size=40))
def test_a_code_span_goes_to_the_next_run_of_backticks_that_is_as_long(text: str) -> None:
    """As CommonMark says it (0.31, 6.1), in one pass."""
    plain = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
    assert list(code_spans(text)) == [found.span() for found in plain.finditer(text)]


def test_a_mark_parts_no_number() -> None:
    """Servers have been recorded to count one character too few."""
    assert re.sub(r"\]\(<[^>]*>\)", "]", drawn(part("At 14:05.", url(7)))) == "At 14:05[\\[1\\]]."

"""A text that grows, as a value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interactions.turns.rope import Rope
from interactions.turns.steps import ToolCall, step_from_wire


def test_a_rope_reads_like_the_text_that_was_added() -> None:
    """`str`, `len`, truth and `repr` are those of the text."""
    rope = Rope("a") + "" + "bç"
    assert (str(rope), len(rope), repr(rope)) == ("abç", 3, "Rope('abç')")
    assert not Rope()
    assert rope


def test_an_older_version_stays_what_it_was_when_a_newer_one_grows() -> None:
    """Versions share their pieces, and none of them shows what was added later."""
    old = Rope("one")
    new = old + " two"
    newest = new + " three"
    assert [str(old), str(new), str(newest)] == ["one", "one two", "one two three"]


def test_two_texts_can_grow_from_one_beginning() -> None:
    """Adding to a version that has already grown copies; the first branch does not show in the second."""
    root = Rope("root")
    left = root + " left"
    right = root + " right"
    assert [str(root), str(left), str(right)] == ["root", "root left", "root right"]


@given(st.lists(st.tuples(st.integers(min_value=0), st.text(max_size=5)), max_size=30))
def test_every_version_is_a_value_however_they_branch(additions: list[tuple[int, str]]) -> None:
    """Pieces added to arbitrary earlier versions give the same texts as strings do."""
    ropes, texts = [Rope()], [""]
    for choice, piece in additions:
        source = choice % len(ropes)
        ropes.append(ropes[source] + piece)
        texts.append(texts[source] + piece)
    assert [str(rope) for rope in ropes] == texts
    assert [len(rope) for rope in ropes] == [len(text) for text in texts]


@given(st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)))
def test_equality_and_hash_are_those_of_the_text(ones: list[str], others: list[str]) -> None:
    """How a text was put together does not matter."""
    one, other = Rope(), Rope()
    for piece in ones:
        one += piece
    for piece in others:
        other += piece
    assert (one == other) is ("".join(ones) == "".join(others))
    assert one == Rope("".join(ones))
    assert hash(one) == hash(Rope("".join(ones)))


def test_a_rope_is_no_string() -> None:
    """Comparing with the text itself is false, so that a forgotten `str` is found."""
    assert Rope("a") != "a"


def test_two_calls_never_share_the_pieces_of_their_arguments() -> None:
    """A rope that was the default of two calls would grow in two threads at once."""
    raw = {"type": "function_call", "name": "f"}
    one, other = (step_from_wire(raw, hop=0, index=0, frame=0) for _ in range(2))
    assert isinstance(one, ToolCall)
    assert isinstance(other, ToolCall)
    assert one.fragments is not other.fragments

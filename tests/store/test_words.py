"""Text as it is searched."""

from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.words import LONGEST, found_in, hit, phrases, storable, words


def test_case_accents_and_forms_make_no_difference() -> None:
    """Nor do full width and ligatures."""
    assert words("Ärger ARGER ｗｉｄｅ ﬁn") == ["arger", "arger", "wide", "fin"]


def test_scripts_without_spaces_are_split_into_characters() -> None:
    """Between other words, too."""
    assert words("Das 東京 ABC漢字") == ["das", "東", "京", "abc", "漢", "字"]


def test_a_last_word_may_be_a_beginning_unless_something_follows_it() -> None:
    assert [phrase.begun for phrase in phrases("one two")] == [False, True]
    assert [phrase.begun for phrase in phrases("one two ")] == [False, False]


@given(st.text())
def test_every_text_is_found_by_each_of_its_words(text: str) -> None:
    """And the index takes all of them."""
    for word in words(text):
        assert 0 < len(word) <= LONGEST
        assert found_in(text, phrases(word + " "))


@given(st.text(), st.text(max_size=10))
def test_a_hit_is_one_line_whatever_is_looked_for(text: str, query: str) -> None:
    shown = hit(text, phrases(query))
    assert "\n" not in shown
    assert len(shown) <= 122


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_storable_is_what_was_said_but_for_what_no_database_takes(text: str) -> None:
    assert storable(text) == text.replace("\0", "")
    assert storable("a\ud800b") == "a?b"

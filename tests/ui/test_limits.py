"""How much is drawn, how deeply nested, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.turns.events import Requested, StepStart
from interactions.turns.steps import Wire, contents
from interactions.turns.turn import Turn
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.turn import Drawing, _parts, drawing
from interactions.ui.drawing.limits import BLOCK, LONGEST, TEXT, beginning, brief, nested, shortened
from interactions.ui.drawing.markdown import as_label
from interactions.ui.words.limits import LONG_BLOCK, LONG_TEXT, NESTED, WIDE
from tests.folding import after

# What costs a browser the square of its levels, or worse, by how many there are.
COSTLY: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "[" * n,
    "links in links": lambda n: "[a](b)[" * n + "](c)" * n,
    "pictures": lambda n: "![" * n,
    "quotes": lambda n: "> " * n + "a",
    "quotes without spaces": lambda n: ">" * n + "a",
    "lists": lambda n: "* " * n + "a",
    "numbered lists": lambda n: "1. " * n + "a",
    "lists and quotes": lambda n: "> - " * n + "a",
    "lists by indentation": lambda n: "\n".join("  " * level + "* a" for level in range(n)),
    "emphasis": lambda n: "**a _b " * n + "b_ a**" * n,
    "stars": lambda n: "*" * n + "a" + "*" * n,
    "strikethrough": lambda n: "~~a " * n,
    "over lines": lambda n: "**a _b\n" * n,
    "over lines that look like rows": lambda n: "x\n" + "| **a _b\n" * n + "| b_ a**\n" * n,
    "over lines that look like rules": lambda n: "**a _b\n|\n" * n,
    "over lines that look like items": lambda n: "a\n" + "2) **a _b\n" * n,
    "over lines that are too deep for items": lambda n: "a\n" + "    - **a _b\n" * n,
    "behind an item and a heading": lambda n: "- a\n    - b\n# h\na\n" + "    - **a _b\n" * n,
    "behind a fence that its item ends": lambda n: "- ~~~\n\n" + "**a _b " * n,
    "quotes behind such a fence": lambda n: "- ~~~\n\n" + "> " * n + "a",
    "behind what is no fence": lambda n: "a\n      ~~~\n" + "[" * n,
    "lists that look like a rule": lambda n: "- " * n + "|",
}
# What people and models write, and what is like it.
USUAL = {
    "a long list of links": "".join(f"- [**{n}**](https://a.test/{n}_b_c) and *more*\n" for n in range(500)),
    "a table": "|a|**b**|\n|-|-|\n" + "|*c*|_d_|\n" * 500,
    "marks in a table": "|a|b|\n|-|-|\n" + "|~5|*c|\n" * 500,
    "marks in items": "1. a\n2. *b\n" + "- ~5\n    - ~5\n    - *c\n" * 200,
    "code in an item": "1. a\n\n   ```\n" + "   a[0][\n" * 300 + "   ```\n2. b\n",
    "code": "```\n" + "a[0][" * 300 + "* " * 300 + "\n" + " " * 300 + "- x\n```\n",
    "indented code": "words\n\n    " + "[" * 300 + "\n",
    "names": "snake_case_name __init__ " * 300,
    "bullets with stars": "* a* b\n" * 300,
    "a rule": "- " * 200 + "\n",
    "escaped": "\\[\\*\\_" * 300,
    "quotes in quotes": "> " * 20 + "a\n",
    "lists in lists": "\n".join("  " * level + "* a" for level in range(20)),
}


@pytest.mark.parametrize("make", COSTLY.values(), ids=COSTLY)
def test_what_is_nested_too_deeply_is_drawn_as_plain_text_with_a_sentence(make: Callable[[int], str]) -> None:
    """Nothing of it is lost; a few levels are Markdown as ever."""
    leaf, said = answer(make(120))
    assert (leaf.kind, leaf.value) == ("text", make(120))
    assert NESTED in said.value
    assert [leaf.kind for leaf in answer(make(8))] == ["markdown"]


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL)
def test_what_people_write_is_markdown_however_much_of_it_there_is(text: str) -> None:
    """Marks that are closed, apart, or code are not nested."""
    assert not nested(text)


@given(
    st.text(st.sampled_from("[]*_~>- `1.\na\\|"), max_size=300),
    st.text(st.sampled_from("[]*_`\na"), max_size=50),
)
def test_what_is_nested_stays_so_while_it_grows(text: str, more: str) -> None:
    """A stream that goes on never turns plain text into Markdown again."""
    costly = COSTLY["brackets"](150) + text
    assert nested(costly)
    assert nested(costly + more)


WIDE_TABLES = {
    "short rows": "|a" * 150 + "|\n" + "|-" * 150 + "|\n" + "a\n" * 600,
    "no pipes at the ends": "a|" * 150 + "a\n" + "-|" * 150 + "-\n" + "a\n" * 600,
    "in a quote": "> " + "|a" * 150 + "|\n> " + "|-" * 150 + "|\n" + "> a\n" * 600,
    "in an item": "- " + "|a" * 150 + "|\n  " + "|:-:" * 150 + "|\n" + "  a\n" * 600,
}


@pytest.mark.parametrize("text", WIDE_TABLES.values(), ids=WIDE_TABLES)
def test_a_table_of_too_many_cells_is_drawn_as_plain_text_with_a_sentence(text: str) -> None:
    """Each row is as wide as the first, however short it is written."""
    leaf, said = answer(text)
    assert (leaf.kind, leaf.value) == ("text", text)
    assert WIDE in said.value


def test_the_cells_of_all_tables_of_a_text_are_counted() -> None:
    """What is beyond is plain text; what is no table stays Markdown."""
    table = "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "abcd\n" * 300 + "\n"
    leaves = answer(f"{table}Words.\n\n" * 3 + "word " * 300)
    assert [leaf.kind for leaf in leaves[:2]] == ["markdown", "text"]
    assert leaves[-1].kind == "markdown"


def test_a_table_that_people_read_is_drawn() -> None:
    """Ten columns, and a thousand rows."""
    text = "|a" * 10 + "|\n" + "|-" * 10 + "|\n" + ("|word" * 3 + "|\n") * 1_000
    assert [leaf.kind for leaf in answer(text)] == ["markdown"]


@pytest.mark.parametrize("depth", [50_000])
def test_a_thought_and_the_output_of_a_tool_have_the_same_limits(depth: int) -> None:
    """As has what a visitor has sent."""
    deep = "[" * depth
    content = [{"type": "text", "text": deep}]
    raw: tuple[Wire, ...] = (
        {"type": "thought", "summary": content},
        {"type": "google_search_call", "id": "1", "arguments": {"a": deep}},
        {"type": "google_search_result", "call_id": "1", "result": content},
    )
    turn = after(
        Turn(), Requested((), "m", None, True), *(StepStart(at, each) for at, each in enumerate(raw))
    )
    groups = [span for span in drawing(turn).elements if isinstance(span, Group)]
    assert len(groups) == 2
    assert not any(leaf.kind == "markdown" for group in groups for leaf in group.leaves)


def test_of_a_block_that_is_too_long_the_beginning_is_drawn_with_a_sentence() -> None:
    """By characters, and by lines: a line may be a heading or a row."""
    for text in ("word " * 20_000, "# a\n" * 5_000, "```\n" + "x\n" * 5_000):
        leaf, said = answer(text)
        assert leaf.kind == "markdown"
        assert text.startswith(leaf.value)
        assert len(leaf.value) <= BLOCK[0]
        assert leaf.value.count("\n") <= BLOCK[1]
        assert LONG_BLOCK in said.value


def test_of_a_text_that_is_too_long_the_first_blocks_are_drawn_with_a_sentence() -> None:
    """So a text of five megabytes costs no more than one of half of one."""
    leaves = answer("Some words of a paragraph.\n\n" * 200_000)
    assert LONG_TEXT in leaves[-1].value
    assert sum(len(leaf.value) for leaf in leaves[:-1]) <= TEXT[0]


def test_a_long_answer_is_drawn_whole() -> None:
    """The longest that today's models give is about 260,000 characters."""
    text = "".join(f"Paragraph {number} has some words in it, as all have.\n\n" for number in range(4_000))
    assert "".join(leaf.value for leaf in answer(text)) == text
    assert {leaf.kind for leaf in answer(text)} == {"markdown"}


def test_what_grows_beyond_a_limit_is_not_streamed_into_any_more() -> None:
    """Its beginning is the same at every look: it is sent once."""
    for text in ("[" * 200, "word " * 20_000, "Words.\n\n" * 60_000):
        first, second = (growing(text + more) for more in ("", "more words, more lines\n" * 20))
        assert first.growing is None
        assert first.elements == second.elements or NESTED in str(first.elements)


def test_a_text_is_shortened_only_beyond_the_limit_and_says_by_how_much() -> None:
    """Code and plain text; a label and a title are one line."""
    assert shortened("a" * LONGEST) == "a" * LONGEST
    assert shortened("a" * (LONGEST + 1500)).endswith("a\n… 1,500 characters more are in the event log.")
    assert beginning("a\nb\nc\n", 100, 2) == "a\nb"
    assert brief("a" * 400) == "a" * 299 + "…"
    assert len(as_label("a" * 10_000)) <= 1_000


def answer(text: str) -> list[Leaf]:
    """The leaves of an answer that is this text."""
    return list(_parts(contents(text), (), True))


def growing(text: str) -> Drawing:
    raw = {"type": "model_output", "content": [{"type": "text", "text": text}]}
    return drawing(after(Turn(), Requested((), "m", None, True), StepStart(0, raw)))

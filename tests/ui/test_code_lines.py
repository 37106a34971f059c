"""What is left alone as code is code: a CommonMark parser is the judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from streamlit.string_util import clean_text

from interactions.ui.drawing.code_lines import code_lines
from interactions.ui.drawing.markdown import as_written

JUDGE = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
FOREIGN = "![y](https://evil.test/x.png) $x^2$ :red[boo]"

# Lines are made of what stands before them and of what is in them.
BEFORE = st.lists(
    st.sampled_from(["", " ", "  ", "    ", "\t", "> ", ">", "- ", "* ", "-   ", "1. ", "2) ", "10. ", "| "]),
    max_size=4,
).map("".join)
WORDS = st.lists(
    st.sampled_from(
        [
            *(
                "",
                "a",
                "b c",
                FOREIGN,
                FOREIGN,
                "```",
                "~~~",
                "````py",
                "~~~~",
                "`",
                "``",
                "\\",
                "\\`",
                "|",
                "---",
            ),
            *(
                "|-|-|",
                "===",
                "#",
                "# ",
                "<div>",
                "<!--",
                "-->",
                "<pre>",
                "</pre>",
                '<a href="',
                '">',
                "[a]: /u",
            ),
            *("[a](", ")", "'", "](<", "<http://a.b/", "-", "*", "1.", "-|", " "),
        ]
    ),
    max_size=5,
).map("".join)
ENDS = st.sampled_from(["\n", "\n", "\n", "\n\n", "\r\n", "\r", ""])
TEXTS = st.lists(st.tuples(BEFORE, WORDS, ENDS).map("".join), max_size=9).map("".join)


@settings(max_examples=1_500)
@given(TEXTS)
def test_nothing_foreign_is_drawn_outside_code(text: str) -> None:
    """No image, formula or directive, however fences, lists, quotes, tables and spans are mixed."""
    assert not list(foreign(as_written(text)))


@pytest.mark.parametrize(
    "before",
    [
        "a\n      ~~~\n",
        "- ~~~\n\n",
        "- ~~~\n",
        "1. a\n\n   ```\n\nb\n",
        "> ```\n",
        "a\n2. ```\n   ",
        "<!--\n```\n-->\n",
        "<div>\n```\n\n",
        "    ",
        "  a\n\n     ",
        "    x\r",
        "# a `\n",
        "\\` ",
        "|a|b|\n|-|-|\n| ` | ",
        "a\n-|\n`\n",
        "<a href='`'> ",
        "[a](`) ",
        "- a `\n- ",
        "a `\nb </pre>\nc ",
        "[^a]:\n    ~~~\n\n",
        ":::note\n~~~\n:::\n",
        "http://a.b/` ",
    ],
)
def test_what_only_looks_like_code_is_protected(before: str) -> None:
    """What stands behind it is drawn as its author wrote it; footnotes, directives and bare addresses are
    Streamlit's, so that the judge does not know them."""
    drawn = as_written(f"{before}{FOREIGN} `")
    assert "\\!" in drawn
    assert "\\$x" in drawn
    assert ":red" not in drawn
    assert not list(foreign(drawn))


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{FOREIGN}\n```\n",
        f"1. a\n\n   ```sh\n   {FOREIGN}\n\n   {FOREIGN}\n   ```\n\n2. b\n   ~~~\n   {FOREIGN}\n   ~~~\n",
        f"- a\n  - b\n\n    ```\n    {FOREIGN}\n    ```\n\nWords.\n\n```\n{FOREIGN}\n```\n",
        f"- a\n\n      {FOREIGN}\n",
        f"Words<br>\n<b>more</b>\n\n```\n{FOREIGN}\n```\n",
        f'[a](https://a.test), [b](<https://b.test> "c"), <https://c.test>: `{FOREIGN}` `{FOREIGN}`.\n',
        f"| `{FOREIGN}` |\n|---|\n| `{FOREIGN}` |\n",
        f"> ## a\n\n  ```\n  {FOREIGN}\n  ```\n",
        f"  ```\n  {FOREIGN}\n  ```\n",
    ],
)
def test_code_that_people_write_stays_as_it_is(text: str) -> None:
    """In lists, behind tags and addresses, in tables."""
    assert as_written(text) == text


@given(TEXTS)
def test_the_lines_joined_are_the_text(text: str) -> None:
    assert "".join(line for line, _ in code_lines(text)) == text


def foreign(drawn: str) -> Iterator[Token]:
    """What Streamlit, which cleans a text first, would make more of than words."""
    return _found(JUDGE.parse(clean_text(drawn)))


def _found(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "image" or (
            token.type == "text" and ("$" in token.content or ":red" in token.content)
        ):
            yield token
        yield from _found(token.children or ())

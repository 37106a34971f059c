"""Markdown in blocks, and as its author wrote it."""

from __future__ import annotations

import re
import time
from html import unescape
from string import punctuation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.ui.drawing.markdown import ENOUGH, as_label, as_written, blocks

JOINER = "\u2060"
LONG = "word " * (ENOUGH // 5) + "\n"

LINES = st.lists(
    st.sampled_from(
        [
            "\n",
            "  \n",
            "words\n",
            LONG,
            "- item\n",
            "    deeper\n",
            "```\n",
            "```py\n",
            "~~~\n",
            "    ```\n",
            "- ```sh\n",
            "```inline``` and on\n",
            "| a | b |\n|---|---|\n",
            "> quoted\n",
            "# Heading\n",
            "form\x0cfeed\x85next\u2028line\u2029\n",
            "carriage\rreturn\r\n",
            "open",
        ]
    ),
    max_size=25,
).map("".join)
PROSE = st.text(st.sampled_from("ab1 \n\t`~-<>=:_+/[]|$*#.é\u2028"), max_size=60)


def undone(drawn: str) -> str:
    """What `as_written` was given, if that held neither joiners nor entities nor backslashes."""
    return drawn.replace(JOINER, "").replace("&#58;", ":").replace("\\$", "$")


@given(LINES | st.text())
def test_blocks_joined_are_the_text(text: str) -> None:
    """Nothing is lost at a border."""
    assert "".join(blocks(text)) == text


@given(LINES, LINES | st.text(max_size=20))
def test_all_blocks_but_the_last_stay_when_the_text_grows(text: str, more: str) -> None:
    """What has been drawn never has to be drawn again."""
    final = blocks(text)[:-1]
    assert blocks(text + more)[: len(final)] == final


@given(LINES)
def test_a_block_that_is_closed_is_long_and_ends_at_a_blank_line(text: str) -> None:
    """A border is only worth its cost behind enough text, and only where a paragraph ends."""
    for block in blocks(text)[:-1]:
        assert len(block) >= ENOUGH
        assert not block.splitlines()[-1].strip()


@pytest.mark.parametrize("line", ["Next\n", "# Next\n", "```\n", "**Next**\n"])
def test_a_long_text_is_cut_before_what_begins_anew(line: str) -> None:
    """A paragraph, a heading, a fence."""
    if line == "**Next**\n":
        assert len(blocks(f"{LONG}\n{line}")) == 1, "an asterisk may go on with a list"
    else:
        assert blocks(f"{LONG}\n{line}") == [f"{LONG}\n", line]


@pytest.mark.parametrize("line", ["- item\n", "* item\n", "2. item\n", "  more\n", "> quote\n", "| cell |\n"])
def test_nothing_that_may_go_on_is_cut(line: str) -> None:
    """Lists, quotes and tables stay whole, and so do the numbers of a list."""
    assert len(blocks(f"{LONG}\n{line}")) == 1


def test_a_border_waits_for_its_line() -> None:
    """The beginning of a line may yet become a list."""
    assert len(blocks(f"{LONG}\n1")) == 1
    assert len(blocks(f"{LONG}\n1. item\n")) == 1


@pytest.mark.parametrize("fence", ["```", "~~~", "````md", "   ```py"])
def test_a_fence_is_never_cut(fence: str) -> None:
    """However long the code, and whatever blank lines are in it."""
    assert len(blocks(f"{fence}\n{LONG}\n{LONG}\ndef f():\n")) == 1


def test_after_a_fence_the_text_is_cut_again() -> None:
    """A shorter fence inside does not close it, its own does."""
    text = f"````\n{LONG}```\n\n````\n\nNext\n"
    assert blocks(text) == [text[:-5], "Next\n"]


def test_a_line_of_inline_code_opens_no_fence() -> None:
    """Backticks behind the first run make it a code span (CommonMark 4.5)."""
    text = f"```code``` is meant\n{LONG}\nNext\n"
    assert blocks(text) == [text[:-5], "Next\n"]


@pytest.mark.parametrize(
    "written", ["a -> b", "a <- b", "a <-> b", "so -- there", "a >= b", "a <= b", "~= 3", "->"]
)
def test_symbols_are_not_turned_into_others(written: str) -> None:
    """Streamlit makes arrows and dashes of them; an invisible joiner keeps it from that."""
    drawn = as_written(written)
    assert drawn.replace(JOINER, "") == written
    assert not any(symbol in drawn for symbol in ("->", "<-", "--", ">=", "<=", "~="))


@pytest.mark.parametrize(
    "written", [":smile:", ":red[x]", ":material/home:", "12:30:45", ":+1:", ":blue-badge[x]", ":a{b=c}"]
)
def test_colons_name_neither_emoji_nor_colour(written: str) -> None:
    """The first one becomes an entity, which is drawn as a colon."""
    drawn = as_written(written)
    assert "&#58;" in drawn
    assert undone(drawn) == written


@pytest.mark.parametrize(
    "written", ["https://example.test/a:b", "http://localhost:8080/x", "a: b", "std::vector", "10:30", "::"]
)
def test_other_colons_are_left_alone(written: str) -> None:
    """Links most of all."""
    assert as_written(written) == written


def test_dollars_are_no_formula() -> None:
    """Each is escaped once: one that its author has escaped is shown as a dollar already."""
    assert as_written("$x$ costs $5") == r"\$x\$ costs \$5"
    assert as_written(r"\$5 and \$6") == r"\$5 and \$6"
    assert as_written(r"\\$5") == r"\\\$5"


CODE = "a -> b -- c >= d :smile: :red[x] $x$"


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{CODE}\n```\n",
        f"~~~sh\n{CODE}\n~~~\n",
        f"````\n```\n{CODE}\n````\n",
        f"- ```sh\n  {CODE}\n  ```\n",
        f"1. item\n\n    ```py\n    {CODE}\n    ```\n",
        f"```\n\n{CODE}\n",
        f"words\n\n    {CODE}\n",
        f"words\n\n    {CODE}\n\n    {CODE}\n",
        f"words\n\n\t{CODE}\n",
        f"`{CODE}`",
        f"``{CODE} ` {CODE}``",
        f"```{CODE}```\n",
        f"`a\n{CODE}`",
        "| a | b |\n|---|:--:|\n",
        "Heading\n--\n",
        "---\n",
    ],
)
def test_code_and_rules_stay_as_they_are(text: str) -> None:
    """Fences, open ones too, indented code, code spans, and the rules of tables and headings."""
    assert as_written(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"```\ncode\n```\n{CODE}\n",
        f"```inline``` {CODE}\n{CODE}\n",
        f"`a` {CODE} `b`\n",
        f"`a`    {CODE}\n",
        "`a` -- `b`\n",
        f"*   item\n    *   {CODE}\n",
        f"1.  item\n\n    {CODE}\n",
        f"words\n    {CODE}\n",
        f"- item\n\nwords\n    {CODE}\n",
        f"a ` b\n\n{CODE} ` c\n",
        f"| {CODE} | b |\n",
        f"# {CODE}\n",
        f"- ```sh\n  code\n  ```\n{CODE}\n",
        f"a\u2028    {CODE}\n",
        f"    {CODE}\n",
        f"\t{CODE}\n",
        f"a\n      ~~~\n{CODE}\n",
        f"- ~~~\n\n{CODE}\n",
    ],
)
def test_prose_beside_code_is_protected(text: str) -> None:
    """Behind fences and between spans, in nested lists, tables, headings, and behind a lone backtick."""
    drawn = as_written(text)
    assert undone(drawn) == text
    assert drawn != text
    assert all(sign not in drawn for sign in (" -> ", " -- ", " >= ", ":smile:", " :red[", " $x"))


@given(PROSE)
def test_what_is_drawn_reads_like_what_was_written(text: str) -> None:
    """Only joiners, entities and backslashes are added."""
    assert undone(as_written(text)) == text


@given(st.text())
def test_any_text_can_be_drawn(text: str) -> None:
    """Nothing raises."""
    assert isinstance(as_written(text), str)


@given(PROSE | st.text(st.sampled_from(punctuation + "ab \n")))
def test_a_label_is_plain_text_on_one_line(text: str) -> None:
    """Every sign that could be markup is an entity, and is drawn as itself."""
    label = as_label(text)
    assert unescape(label).replace(JOINER, "") == " ".join(text.split())
    assert not set(re.sub(r"&#\d+;", "", label)) & set(punctuation)


@pytest.mark.parametrize(
    "text",
    [
        *("`" * 20_000, "` `` " * 4_000, "-" * 20_000, "a:" * 10_000, ":a" * 10_000, "\\" * 20_000),
        *("- " * 10_000, "* " * 25_000 + "a", "a`\n" * 10_000, "<a " * 10_000 + "`x`", "](" * 10_000 + "`x`"),
    ],
    ids=[
        *("backticks", "spans", "dashes", "colons", "names", "backslashes"),
        *("markers", "items", "lines", "tags", "links"),
    ],
)
def test_hostile_text_is_drawn_in_time(text: str) -> None:
    """No pattern here takes the square of a long line to fail."""
    began = time.process_time()
    as_written(text)
    blocks(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("see ![a](http://x/y.png)", r"see \![a](http://x/y.png)"),
        (r"\![a](u)", r"\![a](u)"),
        (r"\\![a](u)", r"\\\![a](u)"),
        ("`![a](u)`", "`![a](u)`"),
        ("wow! [a](u)", "wow! [a](u)"),
    ],
)
def test_an_image_is_drawn_as_a_link(text: str, drawn: str) -> None:
    """An image is fetched from wherever the model says, by everyone who reads the answer."""
    assert as_written(text) == drawn


def test_what_would_not_be_seen_in_a_label_has_a_sign() -> None:
    """A title that turns the direction of text would turn what stands beside it."""
    drawn = unescape(as_label("report\u202efdp.exe \x1b[31m"))
    assert "report[U+202E]fdp" in drawn
    assert "␛[31m" in drawn

"""Where things of the page stand: its state, and its words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.harness import ROOT

UI = ROOT / "interactions" / "ui"
PAGES = (ROOT / "streamlit_app.py", *(ROOT / "pages").glob("*.py"), *UI.rglob("*.py"))
ELSEWHERE = {UI / "words", UI / "server"}
STATE = {"session_state", "query_params"}
# Two words in a row, in what is neither a tag nor an attribute nor an icon.
PROSE = re.compile(r"[A-Za-z]{2,}[,.:;]? [A-Za-z]{2,}")
MARKUP = re.compile(r"<[^>]*>?|[\w-]+=|:material/\w+:")


def state_in(tree: ast.AST) -> Iterator[int]:
    """The lines that touch the state of a tab: `st.session_state`, or an import of it."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name("st" | "streamlit"), attr=name) if name in STATE:
                yield node.lineno
            case ast.ImportFrom(module="streamlit", names=names) if STATE & {each.name for each in names}:
                yield node.lineno


def prose_in(tree: ast.AST) -> Iterator[str]:
    """The sentences in the code of a module: no docstrings, and nothing that is for the log."""
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) == "background.report":
            passed |= {id(node) for node in ast.walk(call)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in passed and PROSE.search(
                MARKUP.sub(" ", text)
            ):
                yield text


def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_only_the_tabs_own_modules_touch_its_state() -> None:
    """What one browser tab remembers stands in `ui/tab`, whoever asks for it."""
    touching = {path for path in PAGES if any(state_in(read(path)))}
    assert touching
    assert {where(path) for path in touching if path.parent != UI / "tab"} == set()


def test_every_sentence_of_the_page_stands_among_its_words() -> None:
    """But for what a browser is answered in the place of a page, and what a content policy says."""
    spoken = [path for path in PAGES if not {path, *path.parents} & ELSEWHERE]
    found = [f"{where(path)}: {said}" for path in spoken for said in prose_in(read(path))]
    assert found == []
    assert any(prose_in(read(UI / "words" / "limits.py")))


@pytest.mark.parametrize(
    "code",
    [
        'st.button("Send it now")',
        'st.html(f"<p>Turn {number} is over</p>")',
        'HINT = "The model, as it is called"',
        'f"asking again in {seconds} s"',
    ],
)
def test_a_sentence_in_the_code_is_found(code: str) -> None:
    assert list(prose_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        '"""What it does."""',
        'st.html(\'<p class="dim note" aria-label="x">\')',
        'background.report("the page", error)',
    ],
)
def test_what_is_no_sentence_of_the_page_is_not(code: str) -> None:
    assert not list(prose_in(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ['st.session_state["a"]', "state: Any = st.session_state", "from streamlit import session_state"]
)
def test_a_look_at_the_state_is_found(code: str) -> None:
    assert list(state_in(ast.parse(code)))

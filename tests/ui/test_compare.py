"""One prompt to several models, in the page that shows their answers side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from interactions.conversations.conversation import Conversation
from interactions.sandbox import Server
from interactions.turns.turn import text_of
from interactions.ui import words
from interactions.ui.server.root import workspace
from interactions.ui.words import compare as said
from tests.browser.scripted import numbered, scripted
from tests.ui.conftest import whole_app

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

KEY = "planted-key-4c0e"
COMPARE = "pages/compare.py"
FIRST, SECOND = "gemini-2.5-flash", "gemini-3.8-flash"


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    """The page on a sandbox that does not pause; Anthropic has no key."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", KEY)
    return opened()


def opened() -> AppTest:
    return whole_app().run().switch_page(COMPARE).run()


def ask(page: AppTest, text: str) -> AppTest:
    return page.chat_input[0].set_value(text).run()


def choose(page: AppTest, place: int, endpoint: str) -> None:
    page.selectbox(key=f"compare_endpoint_{place}").set_value(endpoint).run()


def ids(page: AppTest) -> list[str]:
    """The conversations of the comparison, as the URL names them."""
    value = page.query_params.get("compare", "")
    return [each for each in (value if isinstance(value, str) else value[0]).split(",") if each]


def columns(page: AppTest) -> list[Conversation]:
    """What the store holds of them for this visitor."""
    return [workspace().library.conversation(page.session_state["_owner"], each) for each in ids(page)]


def drawn(page: AppTest) -> str:
    return "\n".join(str(each.value) for each in page.main if isinstance(each, Html))


def statuses(page: AppTest) -> list[str]:
    return re.findall(r'<div class="status \w+"><span>(.*?)</span>', drawn(page))


def figures(page: AppTest) -> list[dict[str, str]]:
    """The figures above each column."""
    lists = re.findall(r'<dl class="figures">(.*?)</dl>', drawn(page))
    return [
        {
            name: re.sub("<.*?>", "", value)
            for name, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", each)
        }
        for each in lists
    ]


def differences(page: AppTest) -> dict[str, list[str]]:
    """The cells of the table by row; the name of a row that differs ends with a sign."""
    table = drawn(page).split('class="differences"')[1]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table)
    return {re.sub("<.*?>", "", name): re.findall("<td>(.*?)</td>", cells) for name, cells in rows}


def test_one_prompt_is_answered_in_every_column_by_its_own_model(page: AppTest) -> None:
    """Each column is a conversation of its own in the store, and the URL names them."""
    ask(page, "Hello")
    assert [each.turns[0].prompt.options.model for each in columns(page)] == [FIRST, SECOND]
    assert [each.turns[0].prompt.input for each in columns(page)] == ["Hello", "Hello"]
    assert statuses(page) == ["completed", "completed"]
    assert [text.value for text in page.main.text] == ["Hello", "Hello"]
    assert not page.exception


def test_there_are_up_to_four_columns_each_with_a_model_of_its_choice(page: AppTest) -> None:
    page.segmented_control(key="compare_count").set_value(4).run()
    page.selectbox(key="compare_model_3_gemini").set_value(FIRST).run()
    ask(page, "Hello")
    assert len(columns(page)) == 4
    assert columns(page)[3].turns[0].prompt.options.model == FIRST
    assert statuses(page) == ["completed"] * 4


def test_figures_stand_above_each_column_on_one_clock(page: AppTest) -> None:
    """Usage as reported; times since the prompt was sent, which no column's own request comes before."""
    ask(page, "Hello")
    began = min(each.turns[0].created for each in columns(page))
    for found, each in zip(figures(page), columns(page), strict=True):
        (stored,) = each.turns
        late = (stored.created - began).total_seconds()
        assert found[said.STATUS] == "completed"
        assert found[said.FIRST] == said.SECONDS.format(late + stored.turn.first_token_at / 1e9)
        assert found[said.END] == said.SECONDS.format(late + stored.turn.ended_at / 1e9)
        assert "≈" not in found[said.SPEED]
        assert found[said.TOKENS].startswith("2 in · ")


def test_the_common_settings_go_to_every_column(page: AppTest) -> None:
    """With the model that the column has, not the one of the settings."""
    page.text_area(key="system_instruction").set_value("Be brief.")
    page.number_input(key="temperature").set_value(0.0)
    page.selectbox(key="model").set_value("gemini-3.5-flash-lite").run()
    ask(page, "Hello")
    sent = [each.turns[0].prompt.options for each in columns(page)]
    assert [options.model for options in sent] == [FIRST, SECOND]
    assert [(options.system_instruction, options.temperature) for options in sent] == [("Be brief.", 0.0)] * 2


def test_a_column_that_refuses_says_so_and_the_others_answer(page: AppTest) -> None:
    """Anthropic has no key: nothing is sent or stored there, and the sentence stands in its column."""
    choose(page, 1, "anthropic")
    ask(page, "Hello")
    assert statuses(page) == ["completed"]
    assert ["API key" in error.value for error in page.main.error] == [True]
    assert [found[said.STATUS] for found in figures(page)] == ["completed", said.UNSENT]
    assert page.button(key=f"compare_continue_{ids(page)[1]}").disabled


def test_a_column_that_fails_has_the_usual_trouble_words_and_the_others_answer(
    environ: pytest.MonkeyPatch,
) -> None:
    """A server that does not run is a failed turn in its own column."""
    environ.setenv("OPENAI_API_KEY", KEY)
    environ.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    page = opened()
    choose(page, 1, "openai")
    ask(page, "Hello")
    assert statuses(page) == ["completed", "failed"]
    assert drawn(page).count('class="trouble bad"') == 1
    assert "the server is not running; nothing was sent" in drawn(page)
    first, second = differences(page)[f"{said.STATUS} ≠"]
    assert (first, second[:8]) == ("completed", "failed (")


def test_where_all_refuse_nothing_begins_and_the_text_stays(page: AppTest) -> None:
    for place in range(2):
        choose(page, place, "anthropic")
    ask(page, "Hello")
    assert ids(page) == []
    assert len(page.main.error) == 2
    composer = page.chat_input(key="compare_composer").proto
    assert (composer.set_value, composer.value) == (True, "Hello")


def test_a_column_without_a_model_is_not_sent_anything(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("INTERACTIONS_LOCAL_SERVERS", "1")
    page = opened()
    choose(page, 1, "ollama")
    ask(page, "Hello")
    assert [unescape(error.value) for error in page.main.error] == [said.NO_MODEL]
    assert statuses(page) == ["completed"]


def test_what_a_provider_ignores_is_listed_in_its_column(
    sandbox: Server, environ: pytest.MonkeyPatch
) -> None:
    """Before it is sent, after it, and after a reload."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", KEY)
    environ.setenv("ANTHROPIC_API_KEY", KEY)
    environ.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    page = opened()
    page.number_input(key="seed").set_value(7).run()
    choose(page, 1, "anthropic")
    assert any(caption.value.startswith(said.IGNORES) and "seed" in caption.value for caption in page.caption)
    ask(page, "Hello")
    assert [found[said.IGNORES] for found in figures(page)] == [said.NONE, "seed"]
    assert differences(page)[f"{said.IGNORES} ≠"] == [said.NONE, "seed"]
    assert [found[said.IGNORES] for found in figures(reloaded(page))] == [said.NONE, "seed"]


def reloaded(page: AppTest) -> AppTest:
    """The same visitor with the same URL, and nothing that the session knew."""
    fresh = whole_app()
    fresh.session_state["_owner"] = page.session_state["_owner"]
    fresh.switch_page(COMPARE)
    fresh.query_params["compare"] = ",".join(ids(page))
    return fresh.run()


def test_a_reload_shows_the_same_comparison(page: AppTest) -> None:
    """Answers, figures and the table are what they were."""
    ask(page, "Hello")
    again = reloaded(page)
    assert ids(again) == ids(page)
    assert (statuses(again), figures(again)) == (statuses(page), figures(page))
    assert differences(again) == differences(page)
    assert not again.warning


def test_a_conversation_from_a_file_is_a_column_as_any_other(page: AppTest) -> None:
    """The file does not name an endpoint; its turns belong to the one that speaks their protocol."""
    ask(page, "Hello")
    owner = page.session_state["_owner"]
    brought = workspace().cassettes.import_(owner, workspace().cassettes.export(owner, ids(page)[0]))
    page.query_params["compare"] = brought
    page.run()
    assert not page.exception
    assert statuses(page) == ["completed"]
    ask(page, "And again")
    assert len(columns(page)[0].turns) == 2
    assert statuses(page)[-1] == "completed"


def test_somebody_elses_comparison_shows_nothing(page: AppTest) -> None:
    """It is not told from one that there is not, and what is sent then begins one of the visitor's own."""
    ask(page, "A secret of mine.")
    other = opened()
    other.query_params["compare"] = ",".join(ids(page))
    other.run()
    assert words.NOT_FOUND in [unescape(warning.value) for warning in other.warning]
    assert "secret" not in "".join(str(node.proto) for node in other.main if node.proto is not None)
    ask(other, "Hello")
    assert not set(ids(other)) & set(ids(page))
    assert statuses(other) == ["completed", "completed"]


def test_of_a_mixed_url_only_the_visitors_own_column_is_shown(page: AppTest) -> None:
    ask(page, "Hello")
    page.query_params["compare"] = f"{ids(page)[0]},{'f' * 32}"
    page.run()
    assert statuses(page) == ["completed"]
    assert [warning.value for warning in page.warning] == [
        said.GONE.replace(",", "&#44;").replace(".", "&#46;")
    ]


@pytest.mark.parametrize("nonsense", ["", ",", "x", "../../etc", "f" * 31, "<script>"])
def test_an_url_that_names_nothing_is_a_fresh_comparison(page: AppTest, nonsense: str) -> None:
    page.query_params["compare"] = nonsense
    page.run()
    assert not page.warning
    assert not page.exception
    assert page.segmented_control(key="compare_count").value == 2


def test_the_next_prompt_goes_on_in_every_column(page: AppTest) -> None:
    """Each builds on its own answer."""
    ask(ask(page, "My name is Ada."), "What is my name?")
    assert [len(each.turns) for each in columns(page)] == [2, 2]
    for each in columns(page):
        assert each.turns[1].previous_interaction_id == each.turns[0].turn.id
        assert each.turns[1].prompt.options.model == each.turns[0].prompt.options.model
    assert sum("**Ada**" in markdown.value for markdown in page.main.markdown) == 2


def test_a_new_comparison_leaves_the_old_conversations_where_they_are(page: AppTest) -> None:
    ask(page, "Hello")
    old = ids(page)
    page.button(key="compare_new").click().run()
    assert ids(page) == []
    assert statuses(page) == []
    assert [page.selectbox(key=f"compare_endpoint_{place}").value for place in range(2)] == ["gemini"] * 2
    ask(page, "Hello again")
    assert not set(ids(page)) & set(old)
    assert len(workspace().library.conversations(page.session_state["_owner"])) == 4


def test_continue_opens_the_column_in_the_playground(page: AppTest) -> None:
    """As any conversation; back on the page the comparison is still there, with what was said meanwhile."""
    ask(page, "My name is Ada.")
    compared = ids(page)
    page.button(key=f"compare_continue_{compared[1]}").click().run()
    assert page.session_state["_conversation"] == compared[1]
    assert page.query_params["conversation"] in (compared[1], [compared[1]])
    page.chat_input(key="composer").set_value("What is my name?").run()
    assert any("**Ada**" in markdown.value for markdown in page.main.markdown)
    page.switch_page(COMPARE).run()
    assert ids(page) == compared
    assert [len(each.turns) for each in columns(page)] == [1, 2]
    assert len(statuses(page)) == 3


def test_the_raw_log_of_a_column_is_one_click_away(page: AppTest) -> None:
    """The rows of the playground, with links to the bytes."""
    ask(page, "Hello")
    first = ids(page)[0]
    assert "raw bytes" not in drawn(page)
    page.toggle(key=f"compare_log_{first}").set_value(True).run()
    (stored,) = columns(page)[0].turns
    assert drawn(page).count('<details class="row') == len(stored.journal)
    assert f'<a href="raw/{first}/{stored.id}/0">' in drawn(page)


def test_the_table_says_what_the_answers_differ_in(page: AppTest) -> None:
    """Steps by kind, calls by name, lengths and usage."""
    ask(page, "Hello")
    table = differences(page)
    assert table[said.STEPS] == ["2: thought, model_output"] * 2
    assert table[said.CALLS] == [said.NONE] * 2
    lengths = [len(text_of(each.turns[0].turn)) for each in columns(page)]
    assert table[said.TEXT] == [said.CHARACTERS.format(length) for length in lengths]


def test_what_a_model_is_called_is_text_and_never_markup(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("INTERACTIONS_MODEL", "<img src=x>")
    page = ask(opened(), "Hello")
    assert "<img" not in drawn(page)
    assert "&lt;img src=x&gt;" in drawn(page)


def test_no_key_is_in_any_element(page: AppTest) -> None:
    ask(page, "Hello")
    page.toggle(key=f"compare_log_{ids(page)[0]}").set_value(True).run()
    assert KEY not in "".join(str(node.proto) for node in [*page.main, *page.sidebar] if node.proto)


@pytest.fixture
def wordy(environ: pytest.MonkeyPatch) -> Iterator[AppTest]:
    _, body = numbered(300)
    with scripted({"Count.": body}) as url:
        environ.setenv("INTERACTIONS_BASE_URL", url)
        environ.setenv("GEMINI_API_KEY", KEY)
        yield opened()


def test_a_log_of_many_rows_shows_the_newest_ones(wordy: AppTest) -> None:
    ask(wordy, "Count.")
    wordy.toggle(key=f"compare_log_{ids(wordy)[0]}").set_value(True).run()
    assert "word299" in drawn(wordy)
    assert not wordy.exception

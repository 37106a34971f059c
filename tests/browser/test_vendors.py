"""Another vendor's model in a real browser, from the choice of the endpoint to the end of a tool round."""

from playwright.sync_api import Page, expect

from benchmarks.harness import Server
from interactions.ui import words
from interactions.ui.words.settings import FORGET_KEY, OWN_KEY
from tests.browser.conftest import StartApp
from tests.browser.playground import close_popover, composer, expect_ended, rows, send, turns, visit
from tests.peers import STREAM_HEAD
from tests.ui.answering import ANTHROPIC, DECLINED, KEY, answering, document, posts
from tests.vendors import RECORDINGS


def test_a_tool_round_a_refusal_an_overload_and_a_cut(page: Page, start_app: StartApp) -> None:
    """Each ends as it should in the page, is followed by the next, and what the server said is in the log."""
    busy = document(ANTHROPIC.busy[1], ANTHROPIC.busy[0], retry_after="0")
    cut = STREAM_HEAD + RECORDINGS[ANTHROPIC.text][:700]
    answers = (ANTHROPIC.called, ANTHROPIC.plain, DECLINED["anthropic"], busy, ANTHROPIC.plain, cut)
    with answering(*answers) as server:
        app = start_app({"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY})
        visit(page, app)
        _choose(page, "Anthropic")
        page.get_by_role("button", name="Function call").click()
        expect_ended(page, "waits for the result of a function")
        for field in page.get_by_label("Result of").all():
            field.fill('{"celsius": 21}')
        page.get_by_role("button", name=words.SEND_RESULTS).click()
        expect(turns(page)).to_have_count(2)
        expect_ended(page)
        for prompt, status in (
            ("Refuse.", "failed"),
            ("Be busy.", "completed"),
            ("Break off.", "interrupted"),
        ):
            before = turns(page).count()
            send(page, prompt)
            expect(turns(page)).to_have_count(before + 1)
            expect_ended(page, status)
        assert [row.type for row in rows(page)].count("retry") == 1
        assert len(posts(server)) == 6
    expect(page.get_by_role("button", name=words.TRY_AGAIN).last).to_be_visible()


def test_a_key_of_one_s_own_disturbs_nothing(page: Page, app: Server) -> None:
    """Where the sandbox answers without one, too: settings, messages and forgetting the key go on working."""
    visit(page, app)
    page.get_by_role("button", name=words.SETTINGS).click()
    page.get_by_role("textbox", name=OWN_KEY).fill("planted-key-77aa")
    page.get_by_role("textbox", name=OWN_KEY).press("Enter")
    expect(page.get_by_text(words.OWN_KEY_USED)).to_be_visible()
    page.get_by_role("spinbutton", name="Temperature").fill("0.5")
    page.get_by_role("spinbutton", name="Temperature").press("Enter")
    page.get_by_role("button", name=FORGET_KEY).click()
    expect(page.get_by_text(words.OWN_KEY_USED)).to_have_count(0)
    close_popover(page)
    send(page, "Hello")
    expect_ended(page)
    assert rows(page)[0].json["body"]["generation_config"]["temperature"] == 0.5


def _choose(page: Page, endpoint: str) -> None:
    page.get_by_role("button", name=words.SETTINGS).click()
    page.get_by_role("combobox", name="Endpoint").click()
    page.get_by_role("option", name=endpoint).click()
    expect(page.get_by_text(f"{endpoint} · claude")).to_be_visible()
    close_popover(page)
    expect(composer(page)).to_be_visible()

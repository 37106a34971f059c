"""Conversations and their pages: what is shown, to whom, and what never is."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Cookie, Page, expect

from benchmarks.harness import ROOT, Server
from interactions.ui import words
from interactions.ui.server.identity import COOKIE
from interactions.ui.words.examples import EXAMPLES
from tests.browser.playground import (
    JOINER,
    PATIENCE,
    button,
    close_popover,
    composer,
    expect_ended,
    look,
    poll,
    row,
    rows,
    send,
    turns,
    until,
    until_in_mid_stream,
    visit,
    watch,
)
from tests.browser.scripted import Answers, numbered, step, stream, words_of

ARTEFACTS = ROOT / "artefacts"
NOT_FOUND = "There is no such conversation here."


def test_messages_sent_in_mid_stream_wait_above_the_composer_and_are_sent_in_turn(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """One that was removed is never sent; the other follows the turn that ran, and builds on it."""
    prompt, following = "ant", "next"
    first_held, held = answers.hold(prompt), answers.hold(following)
    visit(page, scripted_app)
    send(page, prompt)
    until_in_mid_stream(page)
    queue = page.locator(".st-key-queue")
    for waiting in (following, "Never mind this."):
        send(page, waiting)
        expect(queue.get_by_text(waiting)).to_be_visible()
    queue_box, composer_box = queue.bounding_box(), composer(page).bounding_box()
    assert queue_box is not None
    assert composer_box is not None
    assert queue_box["y"] + queue_box["height"] <= composer_box["y"]
    queue.get_by_role("button", name="Remove").last.click()
    expect(queue.get_by_text("Never mind this.")).to_have_count(0)
    assert look(page).answering, "what was removed is gone while the turn streams"
    first_held.more()
    expect(turns(page)).to_have_count(2, timeout=PATIENCE * 1000)
    until(page, lambda shown: shown.turns == 2 and shown.answering)
    expect(queue).to_have_count(0)
    assert look(page).answering, "what was sent waits no longer while it streams"
    held.more()
    expect_ended(page)
    first = next(row.json["interaction"]["id"] for row in rows(page) if row.type == "interaction.created")
    bodies = [row.json["body"] for row in rows(page) if row.type == "request"]
    assert [body["input"] for body in bodies] == [prompt, following]
    assert bodies[1]["previous_interaction_id"] == first
    assert look(page).answer.split() == words_of(following)


def test_a_link_to_another_browsers_conversation_says_that_there_is_none(
    page: Page, scripted_app: Server, answers: Answers, browser: Browser
) -> None:
    """The id is no secret that opens anything; a message sent there starts a conversation of one's own."""
    held = answers.hold("bee")
    visit(page, scripted_app)
    send(page, "Hello")
    expect_ended(page)
    assert "conversation=" in page.url
    stranger = browser.new_context()
    other = stranger.new_page()
    other.goto(page.url)
    expect(other.get_by_text(NOT_FOUND)).to_be_visible()
    assert look(other).turns == look(other).rows == 0
    send(other, "bee")
    until_in_mid_stream(other)
    expect(other.get_by_text(NOT_FOUND)).to_have_count(0)
    expect(other.locator(".st-key-event_log")).to_have_count(1)
    expect(other.locator(".st-key-conversation")).to_have_count(1)
    assert look(other).answering, "nothing of the empty page is left while the turn streams"
    held.more()
    stranger.close()


@pytest.mark.parametrize(("path", "title"), [("/", words.TITLE), ("/diagnostics", words.DIAGNOSTICS)])
def test_a_deep_link_works_as_the_very_first_visit(
    page: Page, fresh_app: Server, path: str, title: str
) -> None:
    """The process has not run a page before, and knows all of them."""
    page.goto(fresh_app.url + path)
    expect(page).to_have_title(title)
    sign = composer(page) if path == "/" else page.get_by_text("Raw interaction")
    expect(sign).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_shorter_conversation_shows_nothing_of_the_longer_one_before_it(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """Not while it streams, not after it, and not when one is opened after the other."""
    answers.say({word: numbered(200, word)[1] for word in ("ant", "bee")})
    held = answers.hold("cat")
    visit(page, scripted_app)
    for word in ("ant", "bee"):
        send(page, word)
        until(page, lambda shown, last=word: f"{last}0" in shown.answer)  # type: ignore[misc]  # a default binds the loop's
        expect_ended(page)
    button(page, "new_conversation").click()
    expect(turns(page)).to_have_count(0)
    send(page, "cat")
    until(page, lambda shown: "cat0" in shown.answer)
    held.more()
    for shown in watch(page):
        assert "ant0" not in shown.conversation + shown.log
        assert "bee0" not in shown.conversation + shown.log
    _open(page, "ant")
    until(page, lambda shown: shown.turns == 2 and "cat0" not in shown.conversation + shown.log)
    _open(page, "cat")
    shown = until(page, lambda shown: shown.turns == 1 and "cat0" in shown.answer)
    assert "bee0" not in shown.conversation + shown.log


def _open(page: Page, title: str) -> None:
    page.locator(".st-key-library").get_by_role("button", name=title).click()


def test_a_new_conversation_leaves_the_stream_before_it_running(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """The page is empty at once; opened again, the turn is there from its start to its end."""
    held = answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page)
    button(page, "new_conversation").click()
    until(page, lambda shown: shown.turns == shown.rows == 0)
    expect(page.get_by_text(words.EMPTY)).to_be_visible()
    _open(page, "ant")
    shown = until(page, lambda shown: "ant0" in shown.answer)
    assert shown.answering
    held.more()
    expect_ended(page)
    assert look(page).answer.split() == words_of("ant")
    assert look(page).rows == len(rows(page)) > 20


def test_the_form_of_a_function_call_is_gone_while_its_result_is_worked_in(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """Results are sent once: what asked for them does not stay beside the answer."""
    call = step(0, {"type": "function_call", "id": "f", "name": "get_weather", "arguments": {}})
    (prompt,) = [example.prompt for example in EXAMPLES if example.label == "Function call"]
    answers.say({prompt: stream(call, "requires_action")})
    held = answers.hold("function_result")
    visit(page, scripted_app)
    page.get_by_role("button", name="Function call").click()
    field = page.get_by_role("textbox", name="Result of")
    field.fill("sunny, all day")
    page.get_by_role("button", name="Send results").click()
    until(page, lambda shown: shown.turns == 2 and shown.answering)
    expect(field).to_have_count(0)
    assert look(page).answering, "the form is gone while the turn streams"
    held.more()
    expect_ended(page)
    (result,) = [row.json["body"]["input"] for row in rows(page) if row.type == "request"][-1]
    assert (result["call_id"], result["result"]) == ("f", "sunny, all day")
    assert look(page).answer.split() == words_of("function_result")


def test_a_users_text_is_shown_as_it_was_typed(page: Page, app: Server) -> None:
    """No markup, no formula, no picture and no tag is made of it."""
    text = "*a* $x$ :smile: <b>"
    visit(page, app)
    send(page, text)
    expect_ended(page)
    user = page.get_by_test_id("stChatMessage").get_by_test_id("stText")
    assert user.text_content() == text
    assert user.locator("em, b, strong, .katex").count() == 0
    assert rows(page)[0].json["body"]["input"] == text


def test_the_models_markdown_is_drawn_without_streamlits_own(page: Page, app: Server) -> None:
    """What Streamlit would rewrite stands there as the model wrote it; Markdown is still Markdown."""
    text = "a -> b, $x$ and $y$, :smile: and :red[r], c -- d, e >= f, *bold*"
    visit(page, app)
    send(page, text)
    expect_ended(page)
    drawn = look(page).answer.replace(JOINER, "")
    assert "a -> b, $x$ and $y$, :smile: and :red[r], c -- d, e >= f, bold" in drawn
    answer = turns(page).locator(".stMarkdown blockquote")
    expect(answer.locator("em")).to_have_text("bold")
    expect(answer.locator(".katex")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_both_themes_are_drawn(browser: Browser, app: Server, scheme: str) -> None:
    """The page takes the visitor's colour scheme; a picture of each is left in artefacts/."""
    context = _context(browser, scheme)
    page = context.new_page()
    visit(page, app)
    page.get_by_role("button", name="Function call").click()
    expect_ended(page, words.STATUSES["requires_action"])
    row(page, 0).locator("summary").click()
    expect(page.get_by_role("button", name="Send results")).to_be_visible()
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"playground-{scheme}.png")
    assert (_brightness(page) < 64) == (scheme == "dark")
    context.close()


def _context(browser: Browser, scheme: str) -> BrowserContext:
    dark = scheme == "dark"
    size = {"width": 1440, "height": 900}
    return browser.new_context(color_scheme="dark" if dark else "light", viewport=size)  # type: ignore[arg-type]  # a dict is documented


def _brightness(page: Page) -> float:
    """Of the page's background, 0 to 255."""
    colour: list[int] = page.evaluate(
        "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/\\d+/g).map(Number)"
    )
    return sum(colour[:3]) / 3


def test_the_visitors_cookie_is_out_of_reach_of_scripts_and_other_sites(page: Page, app: Server) -> None:
    """HttpOnly and SameSite=Lax, from the first page on, and the same at the second."""
    visit(page, app)
    cookie = _cookie(page)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["value"] not in page.evaluate("document.cookie")
    page.reload()
    expect(composer(page)).to_be_visible()
    assert _cookie(page)["value"] == cookie["value"]


def _cookie(page: Page) -> Cookie:
    (found,) = [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]
    return found


def test_settings_are_sent_as_they_were_left_whatever_was_opened_since(page: Page, app: Server) -> None:
    """Over a visit to another page, and with their popover opened, and not, before the message is sent."""
    visit(page, app)
    page.get_by_role("button", name=words.SETTINGS).click()
    page.get_by_label("Temperature").fill("0.4")
    page.get_by_label("System instruction").fill("Be brief.")
    close_popover(page)
    page.get_by_role("link", name="Diagnostics").click()
    expect(page.get_by_role("heading", name="Diagnostics")).to_be_visible()
    page.get_by_role("link", name="Playground").click()
    expect(composer(page)).to_be_visible()
    for number in (1, 2):
        send(page, f"Hello {number}")
        until(page, lambda shown, number=number: shown.turns == number)  # type: ignore[misc]
        expect_ended(page)
        body = [row.json["body"] for row in rows(page) if row.type == "request"][-1]
        assert body["generation_config"] == {"temperature": 0.4}
        assert body["system_instruction"] == "Be brief."
        assert body["store"] is True
        page.get_by_role("button", name=words.SETTINGS).click()
        expect(page.get_by_label("Temperature")).to_have_value("0.40")
        close_popover(page)


def test_what_has_just_begun_is_seen_at_its_end(page: Page, app: Server) -> None:
    """An answer to an example, a message that is sent from further up, and a conversation that is opened."""
    visit(page, app)
    page.get_by_role("button", name="Long answer").click()
    until_in_mid_stream(page, 60)
    _expect_at_their_ends(page)
    page.keyboard.press("Escape")
    expect_ended(page, "cancelled")
    _scroll_up(page)
    send(page, "Hello")
    expect(turns(page)).to_have_count(2)
    expect_ended(page)
    _expect_at_their_ends(page)
    _expect_at_its_end_when_opened_again(page, 2)


def test_a_conversation_that_is_left_and_opened_again_at_once_is_seen_at_its_end(
    page: Page, app: Server
) -> None:
    """The page looks seldom, as on a busy machine: it sees neither that all turns were gone nor that others
    have come."""
    page.add_init_script(
        "const every = setInterval; window.setInterval = (look, ms) => every(look, ms * 30);"
    )
    visit(page, app)
    page.get_by_role("button", name="Long answer").click()
    until_in_mid_stream(page, 60)
    page.keyboard.press("Escape")
    expect_ended(page, "cancelled")
    expect(page.get_by_role("status").filter(has_text="cancelled")).to_be_attached(timeout=PATIENCE * 1000)
    _expect_at_its_end_when_opened_again(page, 1)


def test_another_answer_that_is_asked_for_in_mid_stream_is_seen_alone(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """It waits for the later turn, which is not of its line: neither pane keeps anything of that, and a log
    that was paused goes on."""
    visit(page, scripted_app)
    send(page, "Hello")
    expect_ended(page)
    again, later = answers.hold("Hello"), answers.hold("bee")
    send(page, "bee")
    until_in_mid_stream(page, 30)
    button(page, "log_pause").click()
    expect(page.get_by_text("paused")).to_be_visible()
    page.get_by_role("button", name=words.REGENERATE).first.click()
    later.more()
    until(page, lambda shown: shown.turns == 1 and shown.answering)
    assert page.locator(".st-key-event_log .divider").count() == 1
    expect(page.get_by_text("paused")).to_have_count(0)
    again.more()
    expect_ended(page)


_BOTH = ".st-key-event_log, .st-key-conversation"
_PLACES = (
    "panes => panes.map(pane => [pane.scrollTop, pane.scrollHeight - pane.clientHeight - pane.scrollTop])"
)


def _expect_at_their_ends(page: Page) -> None:
    places = page.locator(_BOTH).evaluate_all(_PLACES)
    for _ in poll(page):
        places = page.locator(_BOTH).evaluate_all(_PLACES)
        if all(top > 0 and left <= 2 for top, left in places):
            return
    raise AssertionError(f"the panes stand at {places}")


def _expect_at_its_end_when_opened_again(page: Page, count: int) -> None:
    """The conversation, with so many turns, after its reader was further up and left it."""
    _scroll_up(page)
    button(page, "new_conversation").click()
    expect(turns(page)).to_have_count(0)
    button(page, "open_").click()
    expect(turns(page)).to_have_count(count)
    _expect_at_their_ends(page)


def _scroll_up(page: Page) -> None:
    for pane in (".st-key-event_log", ".st-key-conversation"):
        page.locator(pane).hover()
        page.mouse.wheel(0, -400)
        expect(page.locator(f"{pane} .to-end")).to_be_visible()

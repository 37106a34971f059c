"""The pages, run from the entry script without a browser."""

import re
from collections.abc import Mapping
from contextlib import closing
from html import unescape
from typing import Any

import httpx
import msgspec
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Code, Html, Json, Markdown, Text

from interactions.conversations.conversation import Conversation
from interactions.endpoints.endpoint import Route
from interactions.endpoints.endpoints import NOT_YOURS
from interactions.sandbox import Server, serve
from interactions.ui import words
from interactions.ui.diagnostics import HEAD
from interactions.ui.server.root import workspace
from interactions.ui.sidebar import sidebar
from interactions.ui.tab import choices
from interactions.ui.words.examples import EXAMPLES, Example
from interactions.workspace import Workspace
from tests.peers import peer, says
from tests.ui.conftest import whole_app

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

KEY = "planted-key-9f3a"
DIAGNOSTICS = "pages/diagnostics.py"
PAGES = ("pages/playground.py", DIAGNOSTICS)
UNSET = {"model": "gemini-2.5-flash", "stream": True, "store": True}

# The status that each example ends in, and something that it promises to show.
ENDINGS = {
    "How does streaming work?": ("completed", "server-sent events"),
    "Long answer": ("completed", "##"),
    "Slow": ("completed", "about two words a second"),
    "Function call": (words.STATUSES["requires_action"], words.RESULT_HINT),
    "Search with sources": ("completed", "Peberholm"),
    "Every kind of step": ("completed", '"depth": 3'),
    "Structured output": ("completed", "{"),
    "Cut after 8 events": ("completed", "brought back by a GET"),
    "Cut and forgotten": ("interrupted", "The connection broke before the answer was complete."),
    "Silence": ("cancelled", "The server said nothing for too long"),
    "Garbage frame": ("completed", "interaction.daydream"),
    "Error event": ("failed", "The model is overloaded or down (service_unavailable)."),
    "Ten-minute cut": ("failed", "The server ran out of time and ended the answer"),
    "Queue": ("completed", "queued"),
    "Bad key": ("failed", "The server does not accept the API key"),
    "HTTP 429": ("completed", "asking again in 1 s, attempt 3"),
    "HTTP 503": ("completed", "asking again in 1 s, attempt 3"),
}


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    """The playground with a key, on a sandbox that does not pause."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", KEY)
    environ.setenv("INTERACTIONS_SILENCE_SECONDS", "1")
    return entry().run()


def entry() -> AppTest:
    """The app from its entry script; a secrets file of the developer's is not read."""
    made = whole_app(15)
    made.secrets["UNRELATED"] = "anything"
    return made


def send(page: AppTest, text: str) -> AppTest:
    return page.chat_input(key="composer").set_value(text).run()


def press(page: AppTest, label: str) -> AppTest:
    button = next(button for button in page.button if button.label == label)
    return button.click().run()


def seen(page: AppTest) -> str:
    """All that the main part of the page says."""
    drawn = [node for node in page.main if isinstance(node, Markdown | Text | Html | Code | Json)]
    return "\n".join(str(element.value) for element in drawn)


def statuses(page: AppTest) -> list[str]:
    return re.findall(r'<div class="status \w+"><span>(.*?)</span>', seen(page))


def conversations(page: AppTest) -> list[Conversation]:
    """What the store holds for this visitor, newest first."""
    owner = page.session_state["_owner"]
    return [
        workspace().library.conversation(owner, entry.id)
        for entry in workspace().library.conversations(owner)
    ]


def requests(page: AppTest) -> list[Mapping[str, Any]]:
    """The bodies that the newest conversation sent, one a turn, from the notes in its journals."""
    firsts = (stored.journal.slice(0, 1)[0] for stored in conversations(page)[0].turns)
    return [msgspec.json.decode(frame.raw)["body"] for frame in firsts]


def test_without_a_key_the_playground_says_in_one_line_that_it_talks_to_the_sandbox() -> None:
    """No key and no endpoint: the embedded sandbox answers, and the page says how to leave it."""
    page = send(entry().run(), "Hello")
    assert [caption.value for caption in page.caption].count(words.SANDBOX) == 1
    assert "\n" not in words.SANDBOX
    assert statuses(page) == ["completed"]


def test_with_a_key_nothing_is_said_of_the_sandbox(page: AppTest) -> None:
    """The sandbox is named only where it answers."""
    assert words.SANDBOX not in seen(page)


def test_a_message_makes_a_turn_which_the_session_mirrors(page: AppTest) -> None:
    """`turns` and `previous_interaction_id` of the session are what the store holds."""
    send(page, "Hello")
    (conversation,) = conversations(page)
    assert statuses(page) == ["completed"]
    assert page.session_state["turns"] == [stored.turn for stored in conversation.turns]
    assert len(page.session_state["turns"]) == 1
    assert page.session_state["previous_interaction_id"] == conversation.turns[0].turn.id != ""
    assert page.query_params["conversation"] in (conversation.id, [conversation.id])


def test_a_turn_that_ends_while_the_page_is_drawn_leaves_nothing_out_of_date(
    page: AppTest, environ: pytest.MonkeyPatch
) -> None:
    """What a run drew before the end is drawn again after it, however close the two were."""
    original = sidebar.draw

    def draw_until_the_end(workspace: Workspace, conversation: Conversation) -> None:
        original(workspace, conversation)
        for stored in conversation.turns:
            while not stored.journal.closed:
                stored.journal.since(len(stored.journal), 15)

    environ.setattr(sidebar, "draw", draw_until_the_end)
    send(page, "Hello")
    assert statuses(page) == ["completed"]
    assert page.session_state["previous_interaction_id"] == conversations(page)[0].turns[0].turn.id
    assert page.session_state["previous_interaction_id"] in [code.value for code in page.sidebar.code]


def test_a_users_text_is_drawn_as_it_was_typed(page: AppTest) -> None:
    """It is an element that interprets nothing, and the request carries it unchanged."""
    text = "*a* $x$ :smile: <b> `c` -> d"
    send(page, text)
    assert text in [element.value for element in page.text]
    assert requests(page) == [{**UNSET, "input": text}]


def test_the_second_message_chains_onto_the_first(page: AppTest) -> None:
    """It names the first interaction, and the server remembers it."""
    send(page, "My name is Ada.")
    first = page.session_state["previous_interaction_id"]
    send(page, "What is my name?")
    assert [body.get("previous_interaction_id") for body in requests(page)] == [None, first]
    assert page.session_state["previous_interaction_id"] not in (None, first)
    assert "Your name is **Ada**" in seen(page)


@pytest.mark.parametrize("command", ["/new", "/reset", " /new "])
def test_a_command_starts_a_fresh_conversation(page: AppTest, command: str) -> None:
    """Nothing is sent, nothing is chained onto, and what was said before is kept."""
    send(send(page, "Hello"), command)
    assert page.session_state["turns"] == []
    assert page.session_state["previous_interaction_id"] is None
    assert len(conversations(page)) == 1
    send(page, "Hello again")
    assert len(conversations(page)) == 2
    assert "previous_interaction_id" not in requests(page)[0]


@pytest.mark.parametrize("text", ["/word", "/news", "/new one", "/"])
def test_any_other_word_with_a_slash_is_text(page: AppTest, text: str) -> None:
    """Only the two commands are commands."""
    send(page, text)
    assert requests(page)[0]["input"] == text


def test_the_new_conversation_button_leaves_the_old_one_in_the_list(page: AppTest) -> None:
    """The fresh page is empty and offers the examples; the old conversation is a click away."""
    send(page, "Hello")
    (old,) = conversations(page)
    page.button(key="new_conversation").click().run()
    assert page.session_state["turns"] == []
    assert statuses(page) == []
    assert words.EMPTY in seen(page)
    page.button(key=f"open_{old.id}").click().run()
    assert statuses(page) == ["completed"]
    assert page.session_state["previous_interaction_id"] == old.turns[0].turn.id


def test_settings_that_were_left_alone_are_not_sent(page: AppTest) -> None:
    """The request has the model, the input and what streaming needs, and no more."""
    send(page, "Hello")
    assert requests(page) == [{**UNSET, "input": "Hello"}]


def test_settings_are_sent_as_they_are_set_zero_included(page: AppTest) -> None:
    """Every widget of the settings reaches the request, also with the values that are falsy."""
    page.text_area(key="system_instruction").set_value("Be brief.")
    page.number_input(key="temperature").set_value(0.0)
    page.number_input(key="max_output_tokens").set_value(500)
    page.selectbox(key="thinking_level").set_value("low")
    page.selectbox(key="thinking_summaries").set_value("auto")
    page.selectbox(key="model").set_value("gemini-3.8-flash")
    send(page, "Hello")
    assert requests(page) == [
        {
            **UNSET,
            "model": "gemini-3.8-flash",
            "input": "Hello",
            "system_instruction": "Be brief.",
            "generation_config": {
                "temperature": 0.0,
                "max_output_tokens": 500,
                "thinking_level": "low",
                "thinking_summaries": "auto",
            },
        }
    ]
    assert "Thoughts" in [expander.label for expander in page.expander]


def test_a_failed_turn_does_not_advance_the_chain_and_says_what_to_do(page: AppTest) -> None:
    """The message after it builds on the last turn that ended well."""
    send(page, "My name is Ada.")
    good = page.session_state["previous_interaction_id"]
    send(page, "Answer with an error event.")
    assert statuses(page) == ["completed", "failed"]
    assert page.session_state["previous_interaction_id"] == good
    assert words.OUTSIDE_CHAIN in seen(page)
    assert "Try again in a while, or use another model." in seen(page)
    send(page, "What is my name?")
    assert requests(page)[-1]["previous_interaction_id"] == good
    assert "Your name is **Ada**" in seen(page)


def test_every_example_has_an_ending() -> None:
    """The table of this file and the chips of the page name the same examples."""
    assert list(ENDINGS) == [example.label for example in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_an_example_ends_in_what_it_promises(page: AppTest, example: Example) -> None:
    """A chip sends its prompt, and the turn ends as its label says, with the page in order."""
    status, shown = ENDINGS[example.label]
    page.button(key=f"example_{example.label}").click().run()
    assert statuses(page) == [status]
    assert shown in seen(page)
    assert requests(page)[0]["input"] == example.prompt
    assert not page.exception


@pytest.mark.parametrize(
    ("typed", "sent", "answered"),
    [
        ('{"temperature_c": 21}', {"temperature_c": 21}, "it is 21 °C"),
        ("Sunny", "Sunny", "said: Sunny"),
        ("", "", "said: "),
    ],
    ids=["JSON", "text", "nothing"],
)
def test_the_result_of_a_function_comes_back_worked_into_the_answer(
    page: AppTest, typed: str, sent: object, answered: str
) -> None:
    """The form under a call that waits sends its result, on top of the call and with the same tools."""
    page.button(key="example_Function call").click().run()
    call = page.session_state["previous_interaction_id"]
    (field,) = [area for area in page.text_area if area.label.startswith("Result of")]
    field.set_value(typed)
    press(page, "Send results")
    result = requests(page)[1]["input"][0]
    assert {key: result[key] for key in ("type", "name", "result")} == {
        "type": "function_result",
        "name": "get_weather",
        "result": sent,
    }
    assert requests(page)[1]["previous_interaction_id"] == call
    assert requests(page)[1]["tools"] == requests(page)[0]["tools"]
    assert statuses(page)[1:] == ["completed"]
    assert answered in seen(page)
    assert words.RESULT_HINT not in seen(page)


@pytest.mark.parametrize("answered", [True, False], ids=["its result", "a message"])
def test_a_call_waits_for_nothing_once_something_was_sent_after_it(page: AppTest, answered: bool) -> None:
    page.button(key="example_Function call").click().run()
    waiting = words.STATUSES["requires_action"]
    assert statuses(page) == [waiting]
    if answered:
        press(page, "Send results")
    else:
        send(page, "Hello")
    assert statuses(page) == [(words.ANSWERED if answered else words.PASSED_OVER)[0], "completed"]
    press(page, "Regenerate")  # of the call: nothing comes after it on this line
    assert statuses(page) == [waiting]


def test_a_conversation_that_is_not_there_is_said_to_be_not_there(page: AppTest) -> None:
    """A link from another browser or an earlier run opens an empty page that says so."""
    page.query_params["conversation"] = "f" * 32
    page.run()
    assert [warning.value for warning in page.warning] == [words.NOT_FOUND]
    assert statuses(page) == []


def test_a_message_to_a_conversation_that_is_not_there_starts_one_of_the_visitors_own(page: AppTest) -> None:
    """An id from somebody else's link is not taken for an id of one's own."""
    page.query_params["conversation"] = "f" * 32
    send(page.run(), "Hello")
    assert statuses(page) == ["completed"]
    assert not page.warning


def test_only_the_newest_five_turns_are_drawn_until_the_others_are_asked_for(page: AppTest) -> None:
    """A long conversation opens at its end."""
    for number in range(6):
        send(page, f"Message {number}")
    assert len(statuses(page)) == 5
    assert page.button(key="earlier_turns").label == "1 earlier turn"
    page.button(key="earlier_turns").click().run()
    assert len(statuses(page)) == 6


def test_diagnostics_shows_the_configuration_without_the_key(page: AppTest, sandbox: Server) -> None:
    """The key's source is named; the key itself is in no element of either page."""
    send(page, "Hello")
    playground = elements(page)
    page.switch_page(DIAGNOSTICS).run()
    assert f"{sandbox.url}/v1beta" in seen(page)
    assert "set by GEMINI_API_KEY" in seen(page)
    assert KEY not in playground + elements(page)


def elements(page: AppTest) -> str:
    """Every element of the page as it is sent to the browser."""
    nodes = [*page.main, *page.sidebar]
    sent = "".join(str(node.proto) for node in nodes if node.proto is not None)
    assert len(sent) > 1_000
    return sent


def test_diagnostics_asks_the_endpoint_when_it_is_told_to(page: AppTest) -> None:
    """The answer stands there with its status and its time."""
    page.switch_page(DIAGNOSTICS).run()
    page.button(key="reach").click().run()
    assert "models" in seen(page)
    assert any(caption.value.startswith("HTTP 200 in ") for caption in page.caption)


def test_diagnostics_fetches_an_interaction_by_its_id(page: AppTest, sandbox: Server) -> None:
    """The id of the last turn stands in the field; what comes is the server's own JSON."""
    send(page, "Hello")
    name = page.session_state["previous_interaction_id"]
    page.switch_page(DIAGNOSTICS).run()
    assert page.text_input[0].value == name
    press(page, "Fetch")
    url = f"{sandbox.url}/v1beta/interactions/{name}?include_input=true"
    wanted = httpx.get(url, headers={"x-goog-api-key": "any"}, trust_env=False).json()
    assert wanted in [msgspec.json.decode(element.value) for element in page.json]


def test_diagnostics_fetches_nothing_that_is_no_turn_of_the_visitors(page: AppTest, sandbox: Server) -> None:
    """The deployment's key would open it; a key of the visitor's own opens what it opens."""
    somebodys = interaction_at(sandbox)
    page.switch_page(DIAGNOSTICS).run()
    page.text_input[0].set_value(somebodys)
    press(page, "Fetch")
    assert [unescape(error.value) for error in page.error] == [NOT_YOURS]
    assert not any(caption.value.startswith("HTTP") for caption in page.caption)
    assert somebodys not in seen(page)


def test_diagnostics_shows_the_servers_error_for_an_id_that_it_does_not_know(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the server's is an answer: its status and its words."""
    with closing(serve(pace=0)) as other:
        name = interaction_at(other)
    monkeypatch.setattr(choices, "route", lambda: Route(key="my-own-key"))
    page.switch_page(DIAGNOSTICS).run()
    page.text_input[0].set_value(name)
    press(page, "Fetch")
    assert any(caption.value.startswith("HTTP 404 in ") for caption in page.caption)
    assert any(f"{name} was not found" in element.value for element in page.json)
    assert not page.exception


ANSWERS = {
    "deep JSON": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "JSON of a hundred levels": b"[" * 100 + b"]" * 100,
    "broken JSON": b'{"a": [1, 2',
    "a page": b"<!doctype html><script>window.ran = 1</script><h1>Sign in</h1>",
    "text": b"[link](javascript:alert(1)) :red[x] **bold**",
    "a JSON string": b'"[1, 2"',
    "bytes": bytes(range(256)) * 10,
    "nothing": b"",
    "one huge line": b"x" * 5_000_000,
    "huge JSON": b"[" + b"1," * 2_000_000 + b"1]",
}


@pytest.mark.parametrize("body", ANSWERS.values(), ids=ANSWERS)
def test_diagnostics_shows_any_answer_as_it_is(environ: pytest.MonkeyPatch, body: bytes) -> None:
    """As text; of a long one the beginning, and the rest as a file."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n" % len(body)
    environ.setenv("GEMINI_API_KEY", KEY)
    with peer(says(head, body)) as server:
        environ.setenv("INTERACTIONS_BASE_URL", server.url)
        page = entry().run().switch_page(DIAGNOSTICS).run()
        trees = len(page.json)
        page.button(key="reach").click().run()
    assert not page.exception
    assert len(page.json) == trees
    text = body.decode("utf-8", "replace")
    assert page.code[-1].value == text[:HEAD]
    assert len(page.main.download_button) == (len(text) > HEAD)


def interaction_at(server: Server) -> str:
    """The id of an interaction that only this server knows."""
    body = {"model": UNSET["model"], "input": "Hello"}
    answer = httpx.post(
        f"{server.url}/v1beta/interactions", json=body, headers={"x-goog-api-key": "any"}, trust_env=False
    )
    return str(answer.json()["id"])


def test_an_endpoint_that_cannot_be_reached_is_said_in_words(environ: pytest.MonkeyPatch) -> None:
    """On the diagnostics and in a turn: what is wrong, and what to check."""
    environ.setenv("INTERACTIONS_BASE_URL", "http://127.0.0.1:9")
    environ.setenv("GEMINI_API_KEY", KEY)
    page = entry().run().switch_page(DIAGNOSTICS).run()
    page.button(key="reach").click().run()
    assert "Check the endpoint." in page.error[0].value
    assert not page.exception


@pytest.mark.parametrize("path", PAGES)
def test_a_wrong_api_version_is_an_error_that_names_the_way_out(
    environ: pytest.MonkeyPatch, path: str
) -> None:
    """Both pages say which variable is wrong and what it takes, and show no traceback."""
    environ.setenv("INTERACTIONS_API_VERSION", "v3")
    page = entry().run().switch_page(path).run()
    (error,) = page.error
    assert "INTERACTIONS_API_VERSION is 'v3'; use one of v1beta, v1." in error.value
    assert not page.exception

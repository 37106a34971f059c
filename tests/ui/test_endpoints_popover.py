"""Endpoints in the sidebar: each with its models, its settings and its visitor's key."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.harness import free_port
from interactions.conversations.conversation import Conversation
from interactions.conversations.request import Options
from interactions.endpoints import endpoint as endpoints
from interactions.endpoints.endpoint import Route
from interactions.running.dispatch import NO_MODEL
from interactions.sandbox import Server
from interactions.turns.turn import text_of
from interactions.ui import words
from interactions.ui.server.root import workspace
from interactions.ui.words import endpoints as names
from interactions.ui.words.examples import EXAMPLES
from interactions.ui.words.settings import LABELS
from tests.peers import STREAM_HEAD, Peer, says
from tests.ui.conftest import whole_app
from tests.vendors import sse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

KEY = "sk-planted-1a7e"
SECOND_KEY = "sk-planted-9b2c"
SPOKEN = (
    STREAM_HEAD
    + sse({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hello."}}]})
    + sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    + b"data: [DONE]\n\n"
)
NO_SCHEMA = ("[1]", "{", '{"a": 1e999}', '{"a":' * 5_000, '{"type": NaN}')


def listing(*ids: str) -> bytes:
    body = json.dumps({"object": "list", "data": [{"id": id, "object": "model"} for id in ids]}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + body


def refusing(said: str) -> bytes:
    body = json.dumps({"error": {"message": said, "type": "invalid_request_error"}}).encode()
    return b"HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\n\r\n" + body


class Chat(Peer):
    """A server of the compatible kind, that lists models and says hello."""

    def __init__(self, *models: str) -> None:
        self.listed = listing(*models)
        self.connections = 0
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket, number: int) -> None:
        asked = self.requests[number - 1].startswith(b"GET")
        says(self.listed if asked else SPOKEN)(connection, number)

    def _play(self, connection: socket.socket) -> None:
        self.connections += 1
        super()._play(connection)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        posted = (request for request in self.requests if request.startswith(b"POST"))
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in posted]


@pytest.fixture
def servers() -> Iterator[Callable[..., Chat]]:
    with ExitStack() as stack:

        def start(*models: str) -> Chat:
            made = Chat(*models)
            stack.callback(made.close)
            return made

        yield start


@pytest.fixture
def first(servers: Callable[..., Chat]) -> Chat:
    return servers("one-large", "one-small")


@pytest.fixture
def second(servers: Callable[..., Chat]) -> Chat:
    return servers("two-large")


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch, first: Chat, second: Chat) -> AppTest:
    """The app with two servers beside Gemini."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "k")
    return opened({"one": {"base_url": first.url, "models": ["one-set"]}, "two": {"base_url": second.url}})


def opened(providers: Mapping[str, object]) -> AppTest:
    """The app from its entry script, with these sections `[providers.NAME]`."""
    made = whole_app()
    made.secrets["providers"] = dict(providers)
    return made.run()


def choose(page: AppTest, endpoint: str) -> AppTest:
    box = page.selectbox(key=field(page, "endpoint"))
    return box.set_value(names.title(endpoint)).run()


def field(page: AppTest, name: str) -> str:
    """The key that the widget has now."""
    (key,) = [
        str(node.key)
        for node in page.sidebar
        if (found := str(getattr(node, "key", ""))) == name
        or (found.rpartition("_")[0] == name and found.rpartition("_")[2].isdecimal())
    ]
    return key


def model(page: AppTest) -> Any:
    return page.selectbox(key=field(page, "model"))


def type_in(page: AppTest, name: str) -> AppTest:
    """A model that is not among the options; AppTest knows only those."""
    box = model(page)
    box.options.append(name)
    box.set_value(name)
    return page.run()


def send(page: AppTest, text: str) -> AppTest:
    return page.chat_input(key="composer").set_value(text).run()


def captions(page: AppTest) -> list[str]:
    return [unescape(each.value).replace("\u2060", "") for each in page.caption]


def everything(page: AppTest) -> str:
    """Every element as it is sent to the browser."""
    return "".join(str(node.proto) for node in [*page.main, *page.sidebar] if node.proto is not None)


def stored(page: AppTest) -> Conversation:
    return workspace().library.conversation(page.session_state["_owner"], page.session_state["_conversation"])


def labels(page: AppTest) -> set[str]:
    """The settings that are shown, by the names of their options."""
    shown = {getattr(node, "label", "") for node in page.sidebar}
    return {name for name, label in LABELS.items() if label in shown}


def test_a_turn_goes_to_the_endpoint_that_was_chosen(page: AppTest, first: Chat, second: Chat) -> None:
    """With a model of its own, the first that is configured; the summary says where to."""
    send(choose(page, "one"), "Hi")
    assert not page.exception
    assert [body["model"] for body in first.bodies] == ["one-set"]
    assert second.requests == []
    assert "one · one-set" in captions(page)
    assert text_of(stored(page).turns[-1].turn) == "Hello."


def test_a_key_in_an_address_is_sent_and_never_shown(environ: pytest.MonkeyPatch, first: Chat) -> None:
    """Not on the page, not in the log, not in a file."""
    page = opened({"one": {"base_url": f"{first.url}/v1?api-version=v1&api-key={KEY}", "models": ["m"]}})
    send(choose(page, "one"), "Hi")
    page.button(key="look").click().run()
    assert all(f"api-key={KEY}".encode() in request for request in first.requests)
    assert len(first.requests) == 2
    export = workspace().cassettes.export(page.session_state["_owner"], stored(page).id)
    assert b"api-version=v1&api-key=(masked)" in export
    assert KEY.encode() not in export
    assert KEY not in everything(page)
    assert KEY not in str(workspace().configuration())


def test_an_endpoint_is_offered_under_the_same_name_whatever_its_key(
    environ: pytest.MonkeyPatch, first: Chat
) -> None:
    """The browser says what was chosen by its name: one that has changed would be no choice any more. What
    the sandbox answers is said beside it."""
    page = opened({"mine": {"base_url": first.url, "protocol": "gemini"}})
    offered = page.selectbox(key=field(page, "endpoint")).options
    assert {names.title("gemini"), "mine"} <= set(offered)
    assert words.SANDBOX in captions(page)
    page.text_input(key="own_key_field").set_value(KEY).run()
    assert page.selectbox(key=field(page, "endpoint")).options == offered
    assert words.SANDBOX not in captions(page)


def test_each_endpoint_has_its_own_model(page: AppTest) -> None:
    """Chosen, or typed in; and it is there again when the endpoint is."""
    type_in(choose(page, "one"), "one-typed")
    choose(page, "two")
    assert model(page).value is None
    assert f"two · {words.MODEL_UNKNOWN}" in captions(page)
    type_in(page, "two-typed")
    assert model(choose(page, "one")).value == "one-typed"
    assert model(choose(page, "two")).value == "two-typed"
    assert model(choose(page, "gemini")).value == "gemini-2.5-flash"
    assert not page.exception


def test_a_key_goes_to_the_endpoint_that_it_was_typed_for(page: AppTest, first: Chat, second: Chat) -> None:
    """And to no other: neither with a turn nor with a question for models."""
    choose(page, "one").text_input(key="own_key_field").set_value(KEY).run()
    choose(page, "two").text_input(key="own_key_field").set_value(SECOND_KEY).run()
    for endpoint in ("one", "two"):
        choose(page, endpoint).button(key="look").click().run()
        page.button(key="test_key").click().run()
        send(page, "Hi")
    choose(page, "gemini")
    assert page.session_state["_own_keys"] == {"one": KEY, "two": SECOND_KEY}
    assert not page.exception
    for server, own, other in ((first, KEY, SECOND_KEY), (second, SECOND_KEY, KEY)):
        assert len(server.bodies) == 1
        assert all(f"bearer {own}".lower() in each.decode().lower() for each in server.requests)
        assert other not in b"".join(server.requests).decode()


def test_a_key_that_is_taken_late_goes_to_the_endpoint_that_its_field_was_shown_for(page: AppTest) -> None:
    """A page that is busy hears of several fields at once, in any order."""
    choose(page, "one")
    page.text_input(key="own_key_field").set_value(KEY)
    choose(page, "two")
    assert page.session_state["_own_keys"] == {"one": KEY}


def test_the_account_of_a_key_differs_by_endpoint(page: AppTest) -> None:
    """The same key at another address is another account; without one it is the deployment's there."""
    routes = [Route(name, key) for name in ("gemini", "one", "two") for key in ("", KEY, SECOND_KEY)]
    accounts = {workspace().endpoints.accounts.name(route) for route in routes}
    assert len(accounts) == len(routes)
    assert not any(KEY in account for account in accounts)


def test_only_what_the_provider_takes_is_shown(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    """For every endpoint there is; tools are set elsewhere."""
    known = workspace().endpoints.names
    assert set(known) >= {"gemini", "anthropic", "openai", "one", "two"}
    for endpoint in known:
        can = workspace().endpoints.can(endpoint)
        wanted = can.settings & set(LABELS)
        assert labels(choose(page, endpoint)) == wanted, endpoint
        for name in {"thinking_level", "thinking_summaries"} & wanted:
            offered = page.selectbox(key=field(page, name)).options
            assert offered == list(can.values[name]), endpoint
    assert not page.exception


def test_what_another_endpoint_takes_is_not_sent_and_comes_back_with_it(page: AppTest, second: Chat) -> None:
    """Also where it has another choice of values."""
    choose(page, "anthropic")
    page.selectbox(key=field(page, "thinking_level")).set_value("max")
    page.number_input(key=field(page, "thinking_budget")).set_value(2_048).run()
    choose(page, "gemini")
    assert page.selectbox(key=field(page, "thinking_level")).value is None
    page.toggle(key=field(page, "background")).set_value(True)
    page.text_input(key=field(page, "agent")).set_value("deep")
    page.number_input(key=field(page, "temperature")).set_value(0.5).run()
    send(type_in(choose(page, "two"), "m"), "Hi")
    options = stored(page).turns[-1].prompt.options
    assert options == Options("m", temperature=0.5, store=False)
    assert set(second.bodies[0]) <= {"model", "messages", "temperature", "stream", "stream_options"}
    choose(page, "anthropic")
    assert page.selectbox(key=field(page, "thinking_level")).value == "max"
    assert page.number_input(key=field(page, "thinking_budget")).value == 2_048
    choose(page, "gemini")
    assert page.text_input(key=field(page, "agent")).value == "deep"
    assert page.toggle(key=field(page, "background")).value is True


def test_models_are_listed_when_that_is_asked_for_and_then_remembered(page: AppTest, first: Chat) -> None:
    """Behind those that are configured, each once; what was typed in stays chosen."""
    choose(page, "one")
    assert model(page).options == ["one-set"]
    assert first.requests == []
    type_in(page, "one-typed")
    page.button(key="look").click().run()
    assert model(page).options == ["one-set", "one-large", "one-small", "one-typed"]
    assert model(page).value == "one-typed"
    assert "2 models" in captions(page)
    choose(choose(page, "two"), "one")
    assert "2 models" in captions(page)
    assert len(first.requests) == 1
    first.listed = listing("one-large")
    page.button(key="look").click().run()
    assert "1 model" in captions(page)


def test_a_listing_that_is_refused_shows_the_servers_words_without_the_key(
    page: AppTest, first: Chat
) -> None:
    """They are text, whatever they look like."""
    choose(page, "one").text_input(key="own_key_field").set_value(KEY).run()
    first.listed = refusing(f"No *such* key: {KEY} :red[now] ![x](http://x.test/y)")
    page.button(key="look").click().run()
    (said,) = [each for each in captions(page) if "HTTP 401" in each]
    assert "No *such* key: (masked) :red[now]" in said.replace("\u2060", "")
    assert KEY not in everything(page)
    assert "![x](" not in everything(page)
    assert not page.exception


def test_without_a_key_an_endpoint_says_where_one_is_taken_from(page: AppTest) -> None:
    """In the place of the models, and instead of sending."""
    choose(page, "anthropic").button(key="look").click().run()
    assert any("ANTHROPIC_API_KEY" in each for each in captions(page))
    send(page, "Hi")
    assert "ANTHROPIC_API_KEY" in unescape(page.error[0].value)
    assert page.session_state["_conversation"] == ""
    assert page.chat_input(key="composer").proto.value == "Hi"


@pytest.mark.parametrize("schema", NO_SCHEMA, ids=["list", "half", "large", "deep", "NaN"])
def test_a_schema_that_is_none_is_said_and_the_message_kept(page: AppTest, schema: str) -> None:
    """Nothing is stored; the message goes back into the composer."""
    page.text_area(key="response_schema").set_value(schema).run()
    send(page, "Hi")
    assert not page.exception
    assert "JSON schema of the answer" in unescape(page.error[0].value)
    assert page.chat_input(key="composer").proto.value == "Hi"
    assert page.session_state["_conversation"] == ""
    assert list(workspace().library.conversations(page.session_state["_owner"])) == []
    page.text_area(key="response_schema").set_value('{"type": "object"}').run()
    send(page, "Hi")
    assert stored(page).turns[-1].prompt.options.response_schema == {"type": "object"}


@pytest.mark.parametrize("schema", NO_SCHEMA, ids=["list", "half", "large", "deep", "NaN"])
def test_a_schema_that_is_none_is_marked_at_its_field(page: AppTest, schema: str) -> None:
    """Before anything is sent, and until it is corrected."""
    page.text_area(key="response_schema").set_value(schema).run()
    (mark,) = page.sidebar.error
    assert "JSON schema of the answer" in unescape(mark.value)
    for right in ('{"type": "object"}', ""):
        page.text_area(key="response_schema").set_value(right).run()
        assert not page.error


def test_without_a_model_nothing_is_sent(page: AppTest, second: Chat) -> None:
    """The message is kept; the sentence says where to choose one."""
    send(choose(page, "two"), "Hi")
    assert unescape(page.error[0].value) == NO_MODEL
    assert page.chat_input(key="composer").proto.value == "Hi"
    assert second.requests == []


def test_opening_a_conversation_brings_its_endpoint_and_settings_along(page: AppTest) -> None:
    """Once: what is chosen then stays chosen, through further messages and a visit to another page. To begin
    one resets nothing."""
    page.number_input(key=field(page, "seed")).set_value(7).run()
    page.number_input(key=field(page, "temperature")).set_value(0.5)
    send(choose(page, "one"), "Hi")
    begun = page.session_state["_conversation"]
    assert choices_of(page) == ("one", "one-set", 0.5)
    page.button(key="new_conversation").click().run()
    assert choices_of(page) == ("one", "one-set", 0.5)
    page.number_input(key=field(page, "temperature")).set_value(1.0)
    send(choose(page, "gemini"), "Hello")
    assert choices_of(page) == ("gemini", "gemini-2.5-flash", 1.0)
    page.button(key=f"open_{begun}").click().run()
    assert choices_of(page) == ("one", "one-set", 0.5)
    page.number_input(key=field(page, "temperature")).set_value(0.2)
    send(page, "Once more")
    page.switch_page("pages/diagnostics.py").run()
    page.switch_page("pages/playground.py").run()
    assert choices_of(page) == ("one", "one-set", 0.2)
    assert page.number_input(key=field(choose(page, "gemini"), "seed")).value == 7
    assert not page.exception


def choices_of(page: AppTest) -> tuple[object, ...]:
    temperature = page.number_input(key=field(page, "temperature")).value
    return page.selectbox(key=field(page, "endpoint")).value, model(page).value, temperature


def test_a_conversation_of_an_endpoint_that_is_gone_opens_and_says_so_when_it_is_asked_again(
    page: AppTest, environ: pytest.MonkeyPatch, sandbox: Server
) -> None:
    """After a restart without it. What was chosen stays chosen, and another endpoint can go on with it."""
    send(choose(page, "one"), "Hi")
    owner, conversation = page.session_state["_owner"], page.session_state["_conversation"]
    workspace().close()
    workspace.cache_clear()
    page = restarted(owner, conversation)
    assert not page.exception
    assert "Hello." in everything(page)
    assert page.selectbox(key=field(page, "endpoint")).value == "gemini"
    (again,) = [button for button in page.button if str(button.key).startswith("refresh_")]
    again.click().run()
    assert "There is no endpoint 'one' any more; choose another one" in unescape(page.error[0].value)
    assert len(stored(page).turns) == 1
    send(page, "And now?")
    assert [turn.prompt.endpoint for turn in stored(page).turns] == ["one", "gemini"]
    assert b"Hello." in workspace().cassettes.export(owner, conversation)


def restarted(owner: str, conversation: str) -> AppTest:
    """A browser that comes back to a new process without the endpoints."""
    made = whole_app()
    made.session_state["_owner"] = owner
    made.query_params["conversation"] = conversation
    return made.run()


def test_no_key_is_in_anything_that_leaves_the_process(
    page: AppTest, first: Chat, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Elements of both pages, the export, health, the configuration, presets, and all that is logged."""
    caplog.set_level(logging.DEBUG)
    choose(page, "one").text_input(key="own_key_field").set_value(KEY).run()
    first.listed = refusing(f"Not {KEY}!")
    page.button(key="test_key").click().run()
    page.button(key="look").click().run()
    send(page, "Hi")
    drawn = everything(page)
    owner, conversation = page.session_state["_owner"], page.session_state["_conversation"]
    rest = f"{workspace().health()} {workspace().configuration()} {workspace().presets.all(owner)}"
    rest += workspace().cassettes.export(owner, conversation).decode() + repr(stored(page))
    drawn += everything(page.switch_page("pages/diagnostics.py").run())
    assert KEY in b"".join(first.requests).decode()
    assert len(first.bodies) == 1
    assert KEY not in drawn + rest + caplog.text + "".join(capfd.readouterr())


def test_local_servers_are_absent_unless_they_are_asked_for(page: AppTest) -> None:
    """A public deployment has none."""
    assert not any(workspace().endpoints.endpoint(name).local for name in workspace().endpoints.names)
    shown = page.selectbox(key=field(page, "endpoint")).options
    assert not any("this machine" in title for title in shown)


@pytest.fixture
def machine(servers: Callable[..., Chat], environ: pytest.MonkeyPatch) -> Chat:
    """A machine on which LM Studio runs, and Ollama does not; their ports are others here."""
    server = servers("local-large", "local-small")
    ports = dict.fromkeys(("ollama", "vllm", "llamacpp"), free_port())
    environ.setattr(endpoints, "_LOCAL", {"lmstudio": int(server.url.rpartition(":")[2]), **ports})
    environ.setenv("INTERACTIONS_LOCAL_SERVERS", "1")
    return server


def test_a_local_server_is_not_contacted_before_it_is_chosen(machine: Chat, page: AppTest) -> None:
    """Neither at the start, nor by a page, nor by a message to somebody else. Then it shows what it has."""
    send(page, "Hi")
    page.switch_page("pages/diagnostics.py").run()
    page.switch_page("pages/playground.py").run()
    assert machine.connections == 0
    choose(page, "lmstudio")
    assert machine.connections == 1
    assert "2 models" in captions(page)
    assert model(page).options == ["local-large", "local-small"]
    assert model(page).value == "local-large"
    send(page, "Hi")
    assert machine.connections == 2
    assert [body["model"] for body in machine.bodies] == ["local-large"]
    assert not page.exception


def test_a_local_server_that_does_not_run_says_where_it_would_be(machine: Chat, page: AppTest) -> None:
    """And what to do; when it has been started, the button finds it."""
    choose(page, "ollama")
    address = workspace().endpoints.endpoint("ollama").base_url
    assert f"Not running at {address}. Start it there, then look again." in captions(page)
    choose(page, "lmstudio")
    machine.listed = listing()
    page.button(key="look").click().run()
    assert "It runs, and has no model loaded." in captions(page)
    assert not page.exception


def test_what_only_a_sandbox_does_at_will_is_offered_nowhere_else(page: AppTest) -> None:
    """The chips of the empty page at another endpoint are those that are worth a call."""

    def chips() -> list[str]:
        return [button.label for button in page.main.button if str(button.key).startswith("example_")]

    assert chips() == [example.label for example in EXAMPLES]
    choose(page, "one")
    assert chips() == [example.label for example in EXAMPLES if example.anywhere] != []

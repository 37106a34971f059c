"""What an application has its say in, and what becomes of a turn when it fails at that."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interactions.conversations.conversation import Conversation
from interactions.conversations.request import Options, Request
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.errors import HookError, NotFound, OverLimit, SettingsError, StoreError
from interactions.running.hooks import HOOKS, Hooks, Source, overridden, read_hooks
from interactions.running.host import UNLOADED, UNROUTED
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.stream.journal import Frame
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.folding import noted
from tests.parts import KEPT, Kept
from tests.peers import STREAM_HEAD, peer, says
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")
OWNERS = "AIza-planted-owners"
VISITORS = "AIza-planted-visitors"
Start = Callable[..., Workspace]


@pytest.fixture
def start(sandbox: Server, tmp_path: Path) -> Iterator[Start]:
    started: list[Workspace] = []

    def make(hooks: Hooks, folder: str = "data", url: str = sandbox.url, **others: Endpoint) -> Workspace:
        settings = Settings(api_key=OWNERS, base_url=url, data=str(tmp_path / folder))
        started.append(Workspace(settings, others, hooks))
        return started[-1]

    yield make
    for each in started:
        each.close()


def say(workspace: Workspace, text: str, route: Route = Route(), conversation: str = "c") -> Conversation:  # noqa: B008
    workspace.turns.send("ann", conversation, text, OPTIONS, route)
    until(lambda: not workspace.library.conversation("ann", conversation).busy)
    return workspace.library.conversation("ann", conversation)


class Keeping(Hooks):
    """Keeps conversations as an application's own store would; fails when it is told to."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}
        self.threads: list[str] = []
        self.failing = False

    def persist(self, *, owner: str, conversation: str, cassette: bytes) -> None:
        self.threads.append(threading.current_thread().name)
        if self.failing:
            raise RuntimeError("postgresql://planted")
        self.kept[owner, conversation] = cassette

    def load(self, *, owner: str, conversation: str) -> bytes | None:
        if self.failing:
            raise RuntimeError("postgresql://planted")
        return self.kept.get((owner, conversation))


def test_without_hooks_nothing_is_prepared() -> None:
    """Nor with those that nobody has overridden, whichever way they could be."""
    points = ("endpoint", "route", "system", "frames", "persist", "load")
    assert not any(overridden(read_hooks({}, {}), point) for point in points)
    assert [point for point in points if overridden(Keeping(), point)] == ["persist", "load"]
    hooks = Hooks()
    hooks.system = lambda *, owner, options: owner  # type: ignore[method-assign] # as a test or a script may
    assert overridden(hooks, "system")


def test_the_application_is_asked_and_told_by_a_part_that_is_made_alone(tmp_path: Path) -> None:
    """Of a store, and of cassettes that go in and out."""
    hooks, kept, said = Keeping(), Kept(tmp_path), (KEPT / "mixed.json").read_bytes()
    host = kept.host(hooks)
    hooks.kept["ann", "c"] = said
    assert host.conversation("ann", "c").turns
    host.persist("ann", "c")
    assert (hooks.kept, host.trouble) == ({("ann", "c"): said}, None)
    hooks.failing = True
    host.persist("ann", "c")
    assert "not taken by the hook `persist`" in str(host.trouble)
    with pytest.raises(StoreError, match=UNLOADED):
        host.load("bob", "c2")
    kept.store.close()


def test_every_default_does_what_happens_without_it() -> None:
    """So an override may go on to it."""
    hooks, endpoint = Hooks(), Endpoint("x", "gemini", "http://x")
    assert hooks.endpoint(endpoint) is endpoint
    assert hooks.route(owner="ann", conversation="c", options=OPTIONS, chosen="x") == "x"
    assert hooks.system(owner="ann", options=Options("m", "Rhyme.")) == "Rhyme."
    hooks.persist(owner="ann", conversation="c", cassette=b"")
    assert hooks.load(owner="ann", conversation="c") is None


@pytest.mark.parametrize("name", ["Keeping", "INSTANCE", "Nested.Inner"])
def test_hooks_are_a_class_or_an_instance(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over the secrets."""
    code = (
        "from interactions.running.hooks import Hooks\nclass Keeping(Hooks): ...\nINSTANCE = Keeping()\n"
        "class Nested:\n    Inner = Keeping\n"
    )
    (tmp_path / "an_application.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert type(read_hooks({}, {HOOKS: f" an_application:{name} "})).__name__ == "Keeping"
    assert type(read_hooks({HOOKS: f"an_application:{name}"}, {HOOKS: "x"})).__name__ == "Keeping"
    del sys.modules["an_application"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("somewhere", "module:object"),
        (":Ours", "module:object"),
        ("a_module_that_is_not_there:Ours", "No module named"),
        ("interactions.running.hooks:Ours", "Ours"),
        ("interactions.running.hooks:Source", "missing 4 required"),
        ("interactions.settings:DATABASE", "'endpoint'"),
    ],
)
def test_hooks_that_cannot_be_are_refused_at_start(value: str, said: str) -> None:
    """In a sentence that names the variable and what is wrong."""
    with pytest.raises(SettingsError, match=f"^{HOOKS} is '{value}'") as caught:
        read_hooks({HOOKS: value})
    assert said in str(caught.value)


def test_a_method_that_takes_something_else_is_refused_at_start(start: Start) -> None:
    """Also when the hooks were made in a script."""

    class Old(Hooks):
        def route(self, owner: str) -> str:  # type: ignore[override] # that is the point
            return owner

    with pytest.raises(SettingsError, match="'route': it has to take owner, conversation, options, chosen"):
        start(Old())


def test_the_endpoint_is_changed_without_a_look_at_its_secrets(start: Start) -> None:
    """Key, headers and a password in the address are not shown, and stay; what is added is sent."""
    shown: list[Endpoint] = []

    class Gateway(Hooks):
        def endpoint(self, endpoint: Endpoint) -> Endpoint:
            shown.append(endpoint)
            return Endpoint(
                endpoint.name, endpoint.protocol, endpoint.base_url, headers={"x-tenant": "planted-tenant"}
            )

    with peer(says(STREAM_HEAD)) as server:
        address = server.url.replace("//", "//ann:planted-password@") + "/v1"
        other = Endpoint("chat", "openai_chat", address, "planted-key", headers={"x-gate": "planted-gate"})
        workspace = start(Gateway(), url=server.url, chat=other)
        for route in (Route(), Route("chat")):
            say(workspace, "Hello", route, route.endpoint)
        default, chat = server.requests[0].lower(), server.requests[-1].lower()
    assert [each.name for each in shown] == [DEFAULT, "chat"]
    assert "planted" not in "".join(map(str, (shown[0].api_key, shown[1].api_key, shown[1].base_url)))
    assert not any(each.headers for each in shown)
    assert OWNERS.encode().lower() in default
    assert b"x-tenant: planted-tenant" in default
    assert b"authorization: basic" in chat or b"bearer planted-key" in chat
    for part in (b"x-gate: planted-gate", b"x-tenant: planted-tenant"):
        assert part in chat


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (None, "has to return an Endpoint"),
        (Endpoint("another", "gemini", "http://x"), "with the name 'gemini'"),
        (Endpoint(DEFAULT, "anthropic", "http://x"), "cannot change the protocol"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_at_start(
    start: Start, wanted: Endpoint | None, said: str
) -> None:
    class Wrong(Hooks):
        def endpoint(self, endpoint: Endpoint) -> Endpoint:
            return wanted  # type: ignore[return-value] # as somebody else's code may

    with pytest.raises(SettingsError, match=said):
        start(Wrong())


def test_a_visitors_key_does_not_follow_to_another_endpoint(start: Start) -> None:
    """It goes where it was meant to go, and nowhere else."""

    class Away(Hooks):
        def route(self, *, owner: str, conversation: str, options: Options, chosen: str) -> str:
            return "away" if conversation == "c" else chosen

    with peer(says(STREAM_HEAD)) as home, peer(says(STREAM_HEAD)) as away:
        workspace = start(Away(), url=home.url, away=Endpoint("away", "openai_chat", away.url))
        say(workspace, "Hello", Route(key=VISITORS))
        say(workspace, "Hello", Route(key=VISITORS), "another")
        assert VISITORS.encode() in home.requests[0]
        assert away.requests
        assert not any(VISITORS.encode() in request for request in away.requests)


def test_what_a_hook_says_of_a_route_is_said_and_what_befalls_it_is_not(start: Start) -> None:
    """An error with a sentence reaches the visitor; any other is in the log. Nothing is stored or sent."""

    class Refusing(Hooks):
        error: Exception = OverLimit("Ask for a seat first.")

        def route(self, *, owner: str, conversation: str, options: Options, chosen: str) -> str:
            raise self.error

    hooks = Refusing()
    workspace = start(hooks)
    with pytest.raises(OverLimit, match=r"Ask for a seat first\."):
        workspace.turns.send("ann", "c", "Hello", OPTIONS)
    hooks.error = RuntimeError("planted")
    with pytest.raises(HookError) as caught:
        workspace.turns.send("ann", "c", "Hello", OPTIONS)
    assert (str(caught.value), caught.value.hook) == (UNROUTED, "route")
    with pytest.raises(NotFound):
        workspace.library.conversation("ann", "c")


def test_the_system_instruction_is_made_for_each_request_and_never_twice_over(start: Start) -> None:
    """The turn's own settings stay the visitor's, so sending them once more adds nothing."""

    class House(Hooks):
        def system(self, *, owner: str, options: Options) -> str:
            return f"Serve {owner}. {options.system_instruction}"

    workspace = start(House())
    options = Options("gemini-2.5-flash", "Rhyme.")
    for text in ("Answer in two hops, with a continuation token.", "Hello"):
        workspace.turns.send("ann", "c", text, options)
        until(lambda: not workspace.library.conversation("ann", "c").busy)
        newest = workspace.library.conversation("ann", "c").turns[-1]
        options = newest.prompt.options
        asked = [frame.raw for frame in newest.journal.slice() if frame.raw.startswith(b'{"note":"request"')]
        assert asked
        assert all(raw.count(b'"Serve ann. Rhyme."') == 1 for raw in asked)
    assert options.system_instruction == "Rhyme."


def test_a_wrapped_stream_has_no_key_and_still_goes_with_it(start: Start) -> None:
    """Neither the visitor's in the request, nor the deployment's in who answers; one request of a hook's own
    goes with it as well."""
    seen: list[tuple[Source, Request]] = []

    class Looking(Hooks):
        def frames(self, source: Source, request: Request) -> Iterator[Frame]:
            seen.append((source, request))
            yield noted(request.record, "looked", at=source.endpoint)
            yield from source.frames(request)

    with peer(says(STREAM_HEAD)) as server:
        workspace = start(Looking(), url=server.url)
        found = say(workspace, "Hello", Route(key=VISITORS))
        assert VISITORS.encode() in server.requests[0]
    assert VISITORS not in repr(seen)
    assert OWNERS not in repr(seen)
    assert all(request.access is None for _, request in seen)
    assert b'"looked"' in found.turns[0].journal.slice()[0].raw


def test_a_wrapped_stream_that_raises_ends_its_turn_and_not_the_app(start: Start) -> None:
    """What had come is kept; the next turn goes its way."""

    class Breaking(Hooks):
        def frames(self, source: Source, request: Request) -> Iterator[Frame]:
            for number, frame in enumerate(source.frames(request)):
                if number == 5 and request.input == "Break":
                    raise ValueError("The gate has closed.")
                yield frame

    workspace = start(Breaking())
    broken = say(workspace, "Break").turns[-1]
    assert broken.turn.status == "failed"
    assert broken.turn.error is not None
    assert "The gate has closed." in str(broken.turn.error.message)
    assert len(broken.journal) == 6
    assert say(workspace, "Hello").turns[-1].turn.status == "completed"


def test_a_conversation_is_handed_on_when_a_turn_is_over(start: Start) -> None:
    """In the turn's thread, as the export that it is; what has it can give it to another installation."""
    hooks = Keeping()
    first = start(hooks)
    found = say(first, "My cat is called Umlaut.")
    until(lambda: hooks.kept)
    assert hooks.threads == [f"turn-{found.turns[0].id[:8]}"]
    assert hooks.kept["ann", "c"] == first.cassettes.export("ann", "c")
    second = start(hooks, "elsewhere")
    assert second.library.conversation("ann", "c").turns[0].turn == found.turns[0].turn
    assert "Umlaut" in text_of(say(second, "What did I say?").turns[-1].turn)
    with pytest.raises(NotFound):
        second.library.conversation("bob", "c")


def test_a_message_to_a_conversation_that_is_elsewhere_fetches_it_first(start: Start) -> None:
    """Else the application would be handed one turn in the place of all."""
    hooks = Keeping()
    say(start(hooks), "One")
    until(lambda: hooks.kept)
    found = say(start(hooks, "elsewhere"), "Two")
    assert [each.prompt.input for each in found.turns] == ["One", "Two"]


def test_a_conversation_is_fetched_once_however_many_ask(start: Start) -> None:
    """Two tabs that open it do not make two of each turn."""
    hooks = Keeping()
    say(start(hooks), "One")
    until(lambda: hooks.kept)
    second = start(hooks, "elsewhere")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: second.library.conversation("ann", "c"), range(8)))
    assert {len(each.turns) for each in found} == {1}
    assert len({each.turns[0].id for each in found}) == 1


def test_what_was_deleted_or_is_another_s_is_not_fetched(start: Start) -> None:
    """The application is not asked for an id that is in use."""
    hooks = Keeping()
    workspace = start(hooks)
    say(workspace, "One")
    until(lambda: hooks.kept)
    hooks.kept["bob", "c"] = hooks.kept["ann", "c"]
    with pytest.raises(NotFound):
        workspace.library.conversation("bob", "c")
    workspace.library.delete("ann", "c")
    with pytest.raises(NotFound, match="deleted"):
        workspace.library.conversation("ann", "c")


def test_a_failure_to_hand_on_costs_nothing_and_is_told(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The turn is stored, the queue moves, the log and /health tell of it; with the next turn it is over."""
    hooks = Keeping()
    workspace = start(hooks)
    assert workspace.health()["hooks"] == "no trouble"
    hooks.failing = True
    workspace._store.create("ann", "c")  # so that nothing has to be fetched
    with caplog.at_level(logging.WARNING):
        for text in ("One", "Two", "Three"):
            workspace.turns.send("ann", "c", text, OPTIONS)
        until(lambda: len(hooks.threads) == 3 and not workspace.library.conversation("ann", "c").queue)
        until(lambda: workspace.health()["hooks"] != "no trouble")
    assert [each.turn.status for each in workspace.library.conversation("ann", "c").turns] == [
        "completed"
    ] * 3
    health = workspace.health()
    assert health["ok"] is True
    assert "RuntimeError" in str(health["hooks"])
    assert "planted" not in str(health)
    assert any("was not handed on" in record.message for record in caplog.records)
    hooks.failing = False
    say(workspace, "Four")
    until(lambda: workspace.health()["hooks"] == "no trouble")
    assert hooks.kept["ann", "c"] == workspace.cassettes.export("ann", "c")


def test_a_failure_to_fetch_is_said_and_nothing_is_begun(start: Start) -> None:
    """Neither an exception nor a file that is none is taken for "there is nothing"."""
    hooks = Keeping()
    workspace = start(hooks)
    hooks.failing = True
    for attempt in (
        workspace.library.conversation,
        lambda owner, id: workspace.turns.send(owner, id, "One", OPTIONS),
    ):
        with pytest.raises(StoreError) as caught:
            attempt("ann", "c")
        assert str(caught.value) == UNLOADED
    hooks.failing = False
    hooks.kept["ann", "c"] = b"{}"
    with pytest.raises(StoreError, match=r"cannot be read\. The file is no cassette"):
        workspace.library.conversation("ann", "c")
    del hooks.kept["ann", "c"]
    with pytest.raises(NotFound):
        workspace.library.conversation("ann", "c")

"""Each sees their own: every public call of the library and every route, tried with somebody else's ids.

Whoever adds one adds its attempt here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from interactions.conversations.conversation import Conversation, Prompt, StoredTurn, Turns
from interactions.conversations.presets import Preset
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import DEFAULT
from interactions.errors import InteractionsError, NotFound
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.ui.server import routes
from interactions.ui.server.identity import COOKIE, owner_of
from interactions.workspace import Workspace
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")
ANN, BOB = owner_of("ann"), owner_of("bob")
SECRET = "peberholm"  # a word that ann has said
ID = re.compile(r"\b(?:nobodys-)?[0-9a-f]{32}\b")


class Named(NamedTuple):
    """What an attempt names: of ann's, or of nobody's."""

    conversation: str
    held: str  # a conversation in which something waits
    running: str
    deleted: str
    replayed: str
    turn: str
    interrupted: str
    waiting: str
    interaction: str
    stored: StoredTurn
    preset: str


Attempt = Callable[[Any, str, Named], object]

# Of the calls that take an owner, what somebody does who knows all ids.
FOUND: dict[str, Attempt] = {
    "conversation": lambda it, who, of: it.conversation(who, of.conversation),
    "conversations": lambda it, who, _of: it.conversations(who),
    "at_hand": lambda it, who, _of: it.at_hand(who),
    "search": lambda it, who, _of: it.search(who, SECRET),
    "rename": lambda it, who, of: it.rename(who, of.conversation, "Mine"),
    "pin": lambda it, who, of: it.pin(who, of.conversation),
    "fork": lambda it, who, of: it.fork(who, of.conversation, of.turn),
    "delete": lambda it, who, of: it.delete(who, of.conversation),
    "restore": lambda it, who, of: it.restore(who, of.deleted),
}
LISTED = {name: FOUND[name] for name in ("conversations", "at_hand", "search")}
STORE: dict[str, Attempt] = {
    **{name: attempt for name, attempt in FOUND.items() if name not in LISTED},
    "remove": lambda it, who, of: it.remove(who, of.held, of.waiting),
    "enqueue": lambda it, who, of: it.enqueue(who, of.conversation, Prompt("b", "Hello", OPTIONS)),
}
CATALOGUE: dict[str, Attempt] = {
    **LISTED,
    "names": lambda it, who, of: it.names(who, of.interaction, ""),
}
STORED_TURNS: dict[str, Attempt] = {
    "begin_next": lambda it, who, of: it.begin_next(who, of.held),
    "finish": lambda it, who, of: it.finish(who, of.stored),
    "take_back": lambda it, who, of: it.take_back(who, of.held, of.interrupted),
}
TURNS: dict[str, Attempt] = {
    "bring_back": lambda it, who, of: it.bring_back(who, of.held, of.interrupted),
    "remove": lambda it, who, of: it.remove(who, of.held, of.waiting),
    "send_next": lambda it, who, of: it.send_next(who, of.held),
    "stop": lambda it, who, of: it.stop(who, of.running),
}
LIBRARY: dict[str, Attempt] = {
    **FOUND,
    "forget": lambda it, who, of: it.forget(who, of.conversation),
    "frame": lambda it, who, of: it.frame(who, of.conversation, of.turn, 0),
}
ENDPOINTS: dict[str, Attempt] = {
    "retrieve": lambda it, who, of: it.retrieve(who, of.interaction),
}
PRESETS: dict[str, Attempt] = {
    "all": lambda it, who, _of: it.all(who),
    "put": lambda it, who, of: it.put(who, [Preset(of.preset, "", Options("bobs"))]),
    "remove": lambda it, who, of: it.remove(who, of.preset),
}
CASSETTES: dict[str, Attempt] = {
    "export": lambda it, who, of: it.export(who, of.conversation),
    "import_": lambda it, who, _of: it.import_(who, b"{}"),
}
IMPORTS: dict[str, Attempt] = {
    "start": lambda it, who, _of: (it.start(who, b"{}"), it.of(who, 20.0)),
    "of": lambda it, who, _of: it.of(who),
    "stop": lambda it, who, _of: it.stop(who),
    "forget": lambda it, who, _of: it.forget(who),
}
REPLAYS: dict[str, Attempt] = {
    "start": lambda it, who, of: it.start(who, of.conversation, of.turn),
    "stop": lambda it, who, of: it.stop(who, of.replayed),
    "playing": lambda it, who, of: it.playing(who, of.replayed),
    "shown": lambda it, who, of: len(it.shown(who, Conversation(of.replayed, Turns())).turns),
}
# An id belongs to one owner: who takes one for a conversation of their own learns that it is taken. Nobody
# guesses one; nothing is read, and nothing changes.
TAKEN: dict[str, Attempt] = {
    "create": lambda it, who, of: it.create(who, of.conversation),
    "taken": lambda it, who, of: it.taken(who, of.conversation),
    "send": lambda it, who, of: it.send(who, of.conversation, "Hello", OPTIONS),
}
ATTEMPTS: dict[str, dict[str, Attempt]] = {
    "_store": STORE,
    "_store.catalogue": CATALOGUE,
    "_store.turns": STORED_TURNS,
    "turns": TURNS,
    "library": LIBRARY,
    "endpoints": ENDPOINTS,
    "presets": PRESETS,
    "cassettes": CASSETTES,
    "imports": IMPORTS,
    "replays": REPLAYS,
}
# Those without an owner, none of which names anything that is somebody's.
EVERYBODYS: dict[str, set[str]] = {
    "_store": {"behind", "close", "fact", "rest", "save", "trouble", "catalogue", "presets", "turns"},
    "_store.turns": {"take_abandoned", "unblocked"},
    "turns": {"capped", "recoverable", "running", "send_unblocked", "take_up_abandoned"},
    "endpoints": {
        *("accounts", "address", "can", "endpoint", "forget", "free", "listings", "misrouted", "names"),
        *("needs_no_visitor", "opens", "reach", "route", "sandboxed", "try_key"),
    },
    "": {"close", "configuration", "health", "profiles", "saving", "settings"},
}


def part(workspace: Workspace, name: str) -> Any:
    return attrgetter(name)(workspace) if name else workspace


def public(found: object) -> dict[str, list[str]]:
    """The names of what a part has, each with what a call of it takes."""
    members = {name: getattr(found, name) for name in dir(found) if not name.startswith("_")}
    return {
        name: [*inspect.signature(member).parameters] if inspect.isroutine(member) else []
        for name, member in members.items()
    }


def test_every_part_is_tried(workspace: Workspace) -> None:
    """What the workspace has beside them names nothing that is somebody's."""
    assert public(workspace).keys() == {
        name for name in (*ATTEMPTS, *EVERYBODYS[""]) if not name.startswith("_")
    }
    assert not any("owner" in takes for takes in public(workspace).values())


@pytest.mark.parametrize("name", ATTEMPTS)
def test_every_call_that_takes_an_owner_is_tried(workspace: Workspace, name: str) -> None:
    """It names the owner first; and none that touches what is somebody's takes none."""
    found = part(workspace, name)
    calls = {call: takes for call, takes in public(found).items() if "owner" in takes}
    assert calls.keys() == ATTEMPTS[name].keys() | {call for call in TAKEN if hasattr(found, call)}
    assert {takes[0] for takes in calls.values()} == {"owner"}
    assert public(found).keys() - calls.keys() == EVERYBODYS.get(name, set())


@pytest.fixture(scope="module")
def workspace(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("isolation")
    made = Workspace(Settings(api_key="k", base_url=sandbox.url, data=str(folder)))
    yield made
    made.close()


def say(workspace: Workspace, conversation: str, text: str, *, over: bool = True) -> StoredTurn:
    workspace.turns.send(ANN, conversation, text, OPTIONS)
    if over:
        until(lambda: workspace.library.conversation(ANN, conversation).turns[-1].journal.closed)
    return workspace.library.conversation(ANN, conversation).turns[-1]


@pytest.fixture(scope="module")
def anns(workspace: Workspace) -> Iterator[Named]:
    """A conversation that rests, one with a turn that waits, one that runs, a deleted one, one
    with a replay, and a preset."""
    resting, held, running, deleted, replayed = (str(digit) * 32 for digit in range(5))
    stored = say(workspace, resting, f"Tell me of {SECRET}")
    workspace.library.pin(ANN, resting)
    cut = say(workspace, held, "Cut the stream after 8 events and forget it.")
    workspace._store.enqueue(ANN, held, Prompt("a" * 32, "Later", OPTIONS))
    say(workspace, running, "Stay silent.", over=False)
    say(workspace, deleted, "Hello")
    workspace.library.delete(ANN, deleted)
    again = say(workspace, replayed, "Hello")
    workspace.replays.start(ANN, replayed, again.id, pace=1e6)
    workspace.presets.put(ANN, [Preset("mine", "", Options("anns"))])
    workspace._store.save()
    assert not workspace.library.conversation(ANN, running).turns[-1].journal.closed
    ids = (resting, held, running, deleted, replayed, stored.id, cut.id, "a" * 32, stored.head.id)
    yield Named(*ids, stored, "mine")
    workspace.turns.stop(ANN, running)
    workspace.replays.stop(ANN, replayed)


def nobodys(of: Named) -> Named:
    """Ids of the same form that nobody has."""
    other = {name: f"nobodys-{'f' * 32}" for name in of._fields if name not in {"stored", "preset"}}
    prompt = Prompt("f" * 32, "Hello", OPTIONS)
    stored = StoredTurn("f" * 32, other["conversation"], prompt, None, of.stored.created, of.stored.journal)
    return of._replace(**other, stored=stored, preset="nobodys")


def state(workspace: Workspace, of: Named) -> object:
    """All that ann has."""
    shown = [workspace.library.conversation(ANN, id) for id in (of.conversation, of.held, of.running)]
    return (
        [(each.id, each.title, each.pinned) for each in workspace.library.conversations(ANN)],
        [
            ([turn.id for turn in each.turns], each.busy, [prompt.id for prompt in each.queue])
            for each in shown
        ],
        workspace.cassettes.export(ANN, of.conversation),
        workspace.presets.all(ANN),
        workspace.replays.playing(ANN, of.replayed),
        told(lambda: workspace.library.conversation(ANN, of.deleted)),
    )


def told(ask: Callable[[], object]) -> str:
    """What is answered or raised, but for the ids in it."""
    try:
        said: object = ask()
    except InteractionsError as error:
        said = (type(error), str(error))
    return ID.sub("id", repr(said))


@pytest.mark.parametrize(
    ("name", "call"), [(name, call) for name, attempts in ATTEMPTS.items() for call in attempts]
)
def test_what_is_somebody_elses_cannot_be_told_from_what_there_is_not(
    workspace: Workspace, anns: Named, name: str, call: str
) -> None:
    """Nothing is read, and nothing changes."""
    it = part(workspace, name)
    attempt, before = ATTEMPTS[name][call], state(workspace, anns)
    found = told(lambda: attempt(it, BOB, anns))
    assert found == told(lambda: attempt(it, BOB, nobodys(anns))).replace("nobodys", anns.preset)
    assert SECRET not in found
    assert state(workspace, anns) == before
    assert told(lambda: workspace.library.conversations(BOB)) == "[]"


@pytest.mark.parametrize("name", TAKEN)
def test_an_id_that_somebody_has_is_nobody_elses(workspace: Workspace, anns: Named, name: str) -> None:
    before = state(workspace, anns)
    for it in (workspace.turns, workspace._store):
        if not hasattr(it, name):
            continue
        if name == "taken":
            assert TAKEN[name](it, BOB, anns) is True
        else:
            with pytest.raises(NotFound, match="no such conversation"):
                TAKEN[name](it, BOB, anns)
    assert state(workspace, anns) == before
    assert told(lambda: workspace.library.conversations(BOB)) == "[]"


def test_a_key_of_ones_own_opens_no_conversation_of_another(workspace: Workspace, anns: Named) -> None:
    """Deleting at the server and bringing back name a conversation first, whatever keys are at hand."""
    for key in ("k", "bobs"):
        with pytest.raises(NotFound):
            workspace.library.forget(BOB, anns.conversation, {DEFAULT: key})
        with pytest.raises(NotFound):
            workspace.turns.bring_back(BOB, anns.held, anns.interrupted, {DEFAULT: key})


ADDRESSES: dict[str, Callable[[Named], str]] = {
    "/health": lambda _of: "/health",
    "/news": lambda _of: "/news",
    "/news/{ids}": lambda of: f"/news/{of.conversation},{of.running}",
    "/raw/{conversation}/{turn}/{seq}": lambda of: f"/raw/{of.conversation}/{of.turn}/0",
}


def test_every_route_is_tried() -> None:
    assert {route.path for route in routes.ROUTES} == ADDRESSES.keys()


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("cookie", ["bob", "", None, "anne", f"ann; {COOKIE}=bob"])
def test_a_route_answers_a_stranger_as_if_there_was_nothing(
    workspace: Workspace, anns: Named, monkeypatch: pytest.MonkeyPatch, path: str, cookie: str | None
) -> None:
    """In status, headers and body."""
    monkeypatch.setattr(routes, "workspace", lambda: workspace)
    client = TestClient(Starlette(routes=routes.ROUTES))
    headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}"}
    before = state(workspace, anns)
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        answers = [
            client.request(method, ADDRESSES[path](of), headers=headers) for of in (anns, nobodys(anns))
        ]
        theirs, nothing = ((each.status_code, each.headers, each.content) for each in answers)
        assert theirs == nothing
        assert SECRET.encode() not in answers[0].content
    assert state(workspace, anns) == before


@pytest.mark.parametrize("seq", ["9" * 5000, "9" * 10, "-1", "x", "1.0", "١", "0x0"])
def test_what_is_no_frame_s_number_is_a_frame_that_there_is_not(
    workspace: Workspace, anns: Named, monkeypatch: pytest.MonkeyPatch, seq: str
) -> None:
    """Also for the owner, and in the same words."""
    monkeypatch.setattr(routes, "workspace", lambda: workspace)
    client = TestClient(Starlette(routes=routes.ROUTES), cookies={COOKIE: "ann"})
    found = client.get(f"/raw/{anns.conversation}/{anns.turn}/{seq}")
    assert (found.status_code, found.text) == (404, "There is no such frame.")
    assert client.get(f"/raw/{anns.conversation}/{anns.turn}/0").status_code == 200

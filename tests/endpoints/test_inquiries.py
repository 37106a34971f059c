"""What can be asked of endpoints beside turns, and by whom."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import DEFAULT, Route
from interactions.endpoints.endpoints import NOT_YOURS, OTHER_PROTOCOL
from interactions.errors import NotFound, SettingsError, UpstreamError
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store.database import FILE
from interactions.workspace import Workspace
from tests.parts import NOWHERE, connections, endpoints
from tests.peers import peer, says
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")


@pytest.fixture
def workspace(sandbox: Server, tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(Settings(api_key="the-deployments", base_url=sandbox.url, data=str(tmp_path)))
    yield made
    made.close()


def say(workspace: Workspace, owner: str, conversation: str, key: str = "") -> StoredTurn:
    workspace.turns.send(owner, conversation, "Hello", OPTIONS, Route(key=key))
    until(lambda: workspace.library.conversation(owner, conversation).turns[-1].journal.closed)
    return workspace.library.conversation(owner, conversation).turns[-1]


def refused(workspace: Workspace, owner: str, interaction: str) -> bool:
    """Said in one way, whoever has it."""
    try:
        workspace.endpoints.retrieve(owner, interaction)
    except NotFound as error:
        return str(error) == NOT_YOURS
    return False


def test_on_the_deployments_key_an_interaction_is_fetched_for_its_owner_alone(workspace: Workspace) -> None:
    """It opens the interactions of all visitors."""
    id = say(workspace, "ann", "c").head.id
    workspace._store.save()
    check_whose(workspace, id)


def test_a_turn_that_could_not_be_saved_is_its_owners_as_well(workspace: Workspace, tmp_path: Path) -> None:
    workspace._store.save()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        check_whose(workspace, say(workspace, "ann", "c").head.id)
        other.execute("ROLLBACK")


def check_whose(workspace: Workspace, id: str) -> None:
    """It is an interaction of ann's."""
    assert workspace.endpoints.retrieve("ann", id).json
    assert refused(workspace, "bob", id)
    for unknown in (f"{id}\0", f" {id}", "v1_nothing", "../models", "\ud800", ""):
        assert refused(workspace, "ann", unknown)


def test_a_turn_that_never_had_an_id_names_nothing(workspace: Workspace) -> None:
    """Without one, its server would tell of all."""
    workspace.turns.send("ann", "c", "Refuse with HTTP 400.", Options("no-such-model"))
    until(lambda: workspace.library.conversation("ann", "c").turns[-1].journal.closed)
    assert workspace.library.conversation("ann", "c").turns[-1].head.id == ""
    assert refused(workspace, "ann", "")
    workspace._store.save()
    assert refused(workspace, "ann", "")


def test_a_file_that_names_somebody_elses_interaction_opens_it_for_nobody(workspace: Workspace) -> None:
    """What was imported is no account's here, whatever ids are in it."""
    id = say(workspace, "ann", "c").head.id
    made = workspace.cassettes.import_("bob", workspace.cassettes.export("ann", "c"))
    (turn,) = workspace.library.conversation("bob", made).turns
    assert turn.head.id == id
    assert refused(workspace, "bob", id)
    before = len(turn.journal)
    workspace.turns.bring_back("bob", made, turn.id)
    assert len(workspace.library.conversation("bob", made).turns[0].journal) == before
    assert workspace.library.forget("bob", made) == 1
    assert workspace.endpoints.retrieve("ann", id).json


def test_a_deleted_turn_names_nothing_until_it_is_brought_back(workspace: Workspace) -> None:
    id = say(workspace, "ann", "c").head.id
    for saved in (False, True):
        workspace.library.delete("ann", "c")
        if saved:
            workspace._store.save()
        assert refused(workspace, "ann", id)
        workspace.library.restore("ann", "c")
        if saved:
            workspace._store.save()
        assert not refused(workspace, "ann", id)


def test_an_interaction_of_ones_own_key_is_not_asked_for_with_the_deployments(workspace: Workspace) -> None:
    """Nor is that of the deployment's key kept from who has it: a key of one's own opens what it opens."""
    theirs = say(workspace, "ann", "c", key="anns").head.id
    assert refused(workspace, "ann", theirs)
    assert workspace.endpoints.retrieve("ann", theirs, Route(key="anns")).json
    assert workspace.endpoints.retrieve("bob", "v1_nothing", Route(key="bobs")).status in {400, 404}


@pytest.mark.parametrize("version", ["v1beta", "v1"])
def test_the_endpoint_can_be_reached_and_an_answer_fetched(sandbox: Server, version: str) -> None:
    """Both for the diagnostics page; a refusal is an answer."""
    made = endpoints(connections(sandbox.url, api_version=version))
    assert made.reach().status == 200
    assert made.retrieve("ann", "v1_nothing", Route(key="own")).status in {400, 404}


def test_an_endpoint_that_is_not_there_is_said_plainly() -> None:
    """The message names the host and what to check."""
    with pytest.raises(UpstreamError, match=r"127\.0\.0\.1.*Check the endpoint") as caught:
        endpoints(connections()).reach()
    assert (caught.value.status, caught.value.host) == (0, "127.0.0.1")


def test_a_key_can_be_tried(sandbox: Server) -> None:
    """It works, or the server's words say why not, or nobody answers."""
    own = Route(key="AIza-visitors-own")
    assert endpoints(connections(sandbox.url)).try_key(own) is None
    echo = b'HTTP/1.1 400 Bad Request\r\n\r\n{"error":{"code":400,"message":"Bad key AIza-visitors-own."}}'
    with peer(says(echo)) as server:
        refused = endpoints(connections(server.url, key="")).try_key(own)
    assert refused is not None
    assert (refused.http_status, refused.message) == (400, "Bad key (masked).")
    assert server.requests[0].startswith(b"GET /v1beta/models?pageSize=1 ")
    with pytest.raises(UpstreamError, match="Check the endpoint"):
        endpoints(connections()).try_key(own)


def test_an_endpoint_is_known_by_name_and_one_that_is_gone_is_said() -> None:
    """Whatever is asked of it; nobody is called."""
    made = endpoints(connections())
    assert list(made.names) == [DEFAULT]
    assert made.endpoint(DEFAULT).base_url == NOWHERE
    assert made.address(DEFAULT).startswith(NOWHERE)
    assert "store" in made.can(DEFAULT).settings
    for ask in (made.endpoint, made.can, made.address, made.reach):
        with pytest.raises(SettingsError, match="no endpoint 'gone' any more"):
            ask("gone")


def test_a_message_goes_where_it_was_meant_or_says_why_it_cannot() -> None:
    """With the key that its visitor has there; an imported turn goes where its protocol is spoken."""
    made = endpoints(connections())
    keys = {DEFAULT: "own", "gone": "another"}
    meant = Prompt("p", "Hello", OPTIONS, protocol="gemini", endpoint=DEFAULT)
    assert (made.route(meant, keys), made.misrouted(meant)) == (Route(DEFAULT, "own"), "")
    assert made.needs_no_visitor(meant)
    assert not made.needs_no_visitor(replace(meant, account=made.accounts.name(Route(DEFAULT, "own"))))
    assert made.route(replace(meant, endpoint="")) == Route(DEFAULT)
    assert "no endpoint 'gone' any more" in made.misrouted(replace(meant, endpoint="gone"))
    changed = replace(meant, protocol="anthropic")
    assert made.misrouted(changed) == OTHER_PROTOCOL.format(DEFAULT)
    assert not made.needs_no_visitor(changed)


def test_an_answer_that_repeats_the_key_is_told_without_it() -> None:
    """The deployment's, or one of the visitor's own."""
    body = b'{"error": {"message": "the-deployments, or anns-own?"}}'
    head = b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    with peer(says(head % len(body), body)) as server:
        workspace = Workspace(Settings(api_key="the-deployments", base_url=server.url))
        assert b"the-deployments" not in workspace.endpoints.reach().body
        own = Route(key="anns-own")
        assert b"anns-own" not in workspace.endpoints.retrieve("ann", "v1_x", own).body
        refusal = workspace.endpoints.try_key(own)
        assert refusal is not None
        assert "anns-own" not in str(refusal.message)
        workspace.close()

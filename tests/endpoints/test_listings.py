"""What is known of the models of a server: only what somebody has asked for, as long as it is fresh."""

from __future__ import annotations

import threading

import pytest

from interactions.endpoints import listings
from interactions.endpoints.accounts import Accounts
from interactions.endpoints.endpoint import Route
from interactions.endpoints.listings import Listing, Listings
from interactions.errors import SettingsError, Unreachable, UpstreamError
from tests.waiting import until

ONE, OWN = Route("one"), Route("one", "sk-planted-1a7e")
NAMES = Accounts("", b"salt").name


class Asked:
    """A server that counts, and answers what it was told to."""

    def __init__(self, *answers: tuple[str, ...] | Exception) -> None:
        self._answers = iter(answers)
        self.routes: list[Route] = []

    def __call__(self, route: Route) -> tuple[str, ...]:
        self.routes.append(route)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_nobody_is_asked_before_somebody_wants_to_know() -> None:
    """What is known stands there without asking again."""
    server = Asked(("a", "b"))
    known = Listings(server, NAMES)
    assert known.known(ONE) is None
    assert server.routes == []
    assert known.ask(ONE) == known.known(ONE) == known.known(ONE) == Listing(("a", "b"))
    assert server.routes == [ONE]


def test_what_one_key_may_see_is_not_told_to_another() -> None:
    """Lists differ by account."""
    known = Listings(Asked(("a",), ("fine-tuned",)), NAMES)
    known.ask(ONE)
    assert known.known(OWN) is None
    assert known.ask(OWN) == Listing(("fine-tuned",))
    assert known.known(ONE) == Listing(("a",))


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (Unreachable("Nobody is there."), True),
        (UpstreamError("The server says no."), False),
        (SettingsError("It takes a key."), False),
    ],
)
def test_why_there_is_no_list_is_known_in_its_place(error: Exception, down: bool) -> None:
    """Until it is asked again."""
    known = Listings(Asked(("a",), error, ("b",)), NAMES)
    known.ask(ONE)
    assert known.ask(ONE) == known.known(ONE) == Listing(trouble=str(error), down=down)
    assert known.ask(ONE) == Listing(("b",))


def test_what_is_old_is_known_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not kept."""
    known = Listings(Asked(("a",), ("b",)), NAMES)
    known.ask(OWN)
    monkeypatch.setattr(listings, "FRESH", 0.0)
    assert known.known(OWN) is None
    known.ask(ONE)
    assert NAMES(OWN) not in known._known


def test_what_is_known_holds_no_key() -> None:
    """A visitor's is of their browser's session only."""
    known = Listings(Asked(("a",)), NAMES)
    known.ask(OWN)
    assert known.known(OWN) == Listing(("a",))
    assert OWN.key not in str(known._known)
    assert all(isinstance(name, str) for name in known._known)


def test_a_server_is_looked_at_once_while_it_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than a moment; what comes later is known later."""
    monkeypatch.setattr(listings, "PATIENCE", 0.01)
    begun, let_go, asked = threading.Event(), threading.Event(), Asked(("a",))

    def slow(route: Route) -> tuple[str, ...]:
        begun.set()
        let_go.wait(10)
        return asked(route)

    known = Listings(slow, NAMES)
    known.look(ONE)
    known.look(ONE)
    assert begun.wait(10)
    assert known.known(ONE) is None
    let_go.set()
    until(lambda: known.known(ONE) == Listing(("a",)))
    known.look(ONE)
    assert asked.routes == [ONE]


def test_a_list_that_comes_at_once_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is why there is none."""
    monkeypatch.setattr(listings, "PATIENCE", 30.0)  # a busy machine takes longer than a moment
    known = Listings(Asked(("a",), UpstreamError("The server says no.")), NAMES)
    known.look(ONE)
    known.look(OWN)
    assert known.known(ONE) == Listing(("a",))
    assert known.known(OWN) == Listing(trouble="The server says no.")

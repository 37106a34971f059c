"""Which process sends a message that waits, and with which key."""

from __future__ import annotations

from interactions.conversations.conversation import Prompt
from interactions.conversations.request import Access, Options
from interactions.running.pending import SHORTLY, Pending
from interactions.store.leases import LEASE

OURS, THEIRS = (Prompt(id, "Hello", Options("m"), account=id) for id in ("ours", "theirs"))
KEY, ANOTHER = (Access("http://x", key) for key in ("one", "another"))


def keyless(prompt: Prompt) -> bool:
    """Whether the message needs no visitor's key."""
    return prompt.account == "ours"


def test_the_process_that_a_message_came_to_may_send_it_whatever_key_it_needs() -> None:
    """Another one may go on with what needs none."""
    here, elsewhere = Pending(keyless), Pending(keyless)
    here.add(THEIRS.id, KEY)
    assert here.follows(THEIRS)
    assert here.overdue(THEIRS)
    assert not elsewhere.follows(THEIRS)
    assert elsewhere.follows(OURS)


def test_a_message_is_sent_with_the_first_key_that_was_named_for_it() -> None:
    """Which is kept until then, and no longer."""
    made = Pending(keyless)
    made.add(THEIRS.id, None)
    made.add(THEIRS.id, KEY)
    made.add(THEIRS.id, ANOTHER)
    assert made.pop(THEIRS.id) is KEY
    assert made.pop(THEIRS.id) is None
    assert not made.follows(THEIRS)


def test_a_message_of_another_process_is_left_to_it_for_a_while() -> None:
    """For a moment if anybody can send it, for a lease if only that one has the key; and from when it was
    first seen to wait without anything before it."""
    clock = [100.0]
    made = Pending(keyless, lambda: clock[0])
    assert not made.overdue(OURS)
    made.seen([OURS.id, THEIRS.id])
    clock[0] += SHORTLY - 0.1
    made.seen([OURS.id, THEIRS.id])
    assert not made.overdue(OURS)
    clock[0] += 0.2
    assert made.overdue(OURS)
    assert not made.overdue(THEIRS)
    clock[0] += LEASE
    assert made.overdue(THEIRS)
    made.seen([])
    made.seen([THEIRS.id])
    assert not made.overdue(THEIRS), "it had been sent, and waits anew"

"""News for an idle page: changes to its conversations in another tab or process, and whether all is saved.

The page's script (`assist.js`) asks for it, and has the page run again when there is some. Streamlit has a
timer for this (`st.fragment(run_every=…)`), which must not be used: in 1.67 it sends along a message that is
about to be sent when it fires, and the message is then sent once more. Between the key
and the sending lie 15 ms and more; a timer of 11 ms had 12 of 12 messages sent twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from interactions.conversations.conversation import Conversation
from interactions.running.imports import Import

IMPORT = "import"  # the parameter of a page that shows how far one is
UNREAD = "unread"  # of one that shows turns which could not be read

Watch: TypeAlias = Mapping[str, object]


def watch(
    conversations: Sequence[Conversation],
    over: float | None = None,
    *,
    behind: bool = False,
    coming: Import | None = None,
    unread: bool = False,
) -> Watch:
    """For the page's script: where it asks, and what is known. `over` is in how many seconds the page has to
    be drawn anyway, `behind` whether it says that saving is, `coming` the import that it shows, `unread`
    whether it shows turns that could not be read."""
    url = "/".join(filter(None, ("news", ",".join(each.id for each in conversations))))
    known = sign(conversations, behind=behind, coming=coming, unread=unread)
    asked = "&".join(f"{name}=" for name, wanted in ((IMPORT, coming), (UNREAD, unread)) if wanted)
    url = f"{url}?{asked}" if asked else url
    return {"url": url, "sign": known, "over": over if over and over > 0 else None}


def sign(
    conversations: Sequence[Conversation],
    *,
    behind: bool = False,
    coming: Import | None = None,
    unread: bool = False,
) -> str:
    """Changes when something happens to one of them, when saving falls behind or catches up, when an import
    has come further, and when turns can be read again."""
    marks = ["behind"] * behind + ["unread"] * unread
    seen = repr([_sign(each) for each in conversations] + marks + [coming] * bool(coming))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _sign(conversation: Conversation) -> tuple[object, ...]:
    turns = conversation.tree or conversation.turns
    newest = turns[-1] if turns else None
    return (
        conversation.id,
        conversation.title,
        conversation.pinned,
        conversation.busy,
        len(turns),
        newest and (newest.id, newest.epoch),
        [prompt.id for prompt in conversation.queue],
    )

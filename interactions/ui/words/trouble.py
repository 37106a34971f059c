"""The sentences in a failed turn: what happened, the server's own words, and what to do."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from interactions.providers.profile import EMPTY, Profile
from interactions.store.offline import UNREAD
from interactions.turns.events import ErrorDetail
from interactions.turns.turn import Turn
from interactions.ui.words import OUTSIDE_CHAIN
from interactions.ui.words.causes import (
    ABSENT,
    AGAIN,
    AGES,
    CAUSES,
    CUTS,
    DOWN,
    EARLY,
    ENDED,
    FORGOTTEN,
    LONG_CHAIN,
    OURS,
    OWN,
    STATUSES,
    UNCONNECTED,
    UNITS,
    UNKNOWN,
    VAGUE,
    Cause,
    by_code,
    by_message,
)
from interactions.ui.words.chain import how_long


class Trouble(NamedTuple):
    """What happened and what to do about it. `quoted` is the server's own text, or ""."""

    happened: str
    quoted: str
    advice: str


def trouble(turn: Turn, profile: Profile = EMPTY) -> Trouble | None:
    """The sentences for a turn that did not end well; None for one that did, or that still runs.
    `profile` is that of its protocol."""
    if not turn.ended or turn.status in {"completed", "requires_action"}:
        return None
    error = turn.error or ErrorDetail()
    if error.code == UNREAD:  # how it ended is not known here
        happened, advice = OWN[UNREAD]
    elif turn.status == "cancelled":
        happened, advice = _cancelled(turn), f"What had arrived is kept. {OUTSIDE_CHAIN}"
    elif turn.status in ENDED:
        happened, advice = by_code(profile).get(str(error.code or "")) or _early(turn.status, error)
    elif turn.status == "interrupted":
        happened, advice = _interrupted(error), f"What had arrived is kept. {OUTSIDE_CHAIN} {AGAIN}"
    else:
        cause = _cause(turn, error, profile)
        happened = f"{cause.happened.removesuffix('.')}{_named(error)}."
        advice = f"{_wait(error)}{cause.advice} {OUTSIDE_CHAIN}"
    return Trouble(happened, error.message or "", advice)


def _early(status: str, error: ErrorDetail) -> Cause:
    """Why an answer stopped early: in the server's own word if there is one, and nobody knows it here."""
    if status != "incomplete" or not error.code:
        return ENDED[status]
    return EARLY._replace(happened=EARLY.happened.format(error.code))


def lacks_model(turn: Turn, profile: Profile = EMPTY) -> bool:
    """Whether a turn has failed because its server does not have the model (any more)."""
    if turn.status != "failed" or turn.error is None:
        return False
    cause = _cause(turn, turn.error, profile)
    # Some servers say no more than that something was not found; then their message may name the model.
    vague = cause == STATUSES[404] or cause.happened == FORGOTTEN.happened
    return cause in _NO_MODEL or (vague and "model" in (turn.error.message or "").lower())


_NO_MODEL = (ABSENT, CAUSES["no_model"], CAUSES["not_downloaded"])


def _cancelled(turn: Turn) -> str:
    """The receipt of a stop: who, when, and what the server says to it."""
    if turn.receipt is None:
        lost = f"{_interrupted(turn.error)} " if turn.error and turn.error.code else ""
        return f"{lost}The server has cancelled the answer."
    by, time, confirmed = turn.receipt
    tokens = turn.usage.total_output_tokens if turn.usage else None
    said = f"Stopped by {by} at {time}."
    if not confirmed:
        return f"{said} The connection is closed. The server does not say whether it has stopped."
    counted = f", and counts {tokens:,} tokens of output" if tokens is not None else "; it reports no usage"
    return f"{said} The server confirms it{counted}."


def _interrupted(error: ErrorDetail) -> str:
    if not error.code:
        return "The stream ended without saying that the answer was complete."
    return CUTS.get(str(error.code), "The connection broke before the answer was complete.")


def _wait(error: ErrorDetail) -> str:
    """How long the server asks to wait, in the largest unit of which there are at least two, rounded up."""
    if error.retry_after is None:
        return ""
    if error.retry_after >= AGES:
        return "The server asks to wait for a very long time. "
    size, unit = next(each for each in UNITS if error.retry_after >= 2 * each[0] or each[0] == 1)
    return f"The server asks to wait {ceil(error.retry_after / size):,} {unit}. "


def _cause(turn: Turn, error: ErrorDetail, profile: Profile) -> Cause:
    code, message = str(error.code or error.status or "").lower(), (error.message or "").lower()
    causes, telling = by_code(profile), UNCONNECTED if code == "connecterror" else by_message(profile)
    told = [part for part in telling if part in message]
    if told and (code in VAGUE | profile.vague or code not in causes):
        return telling[max(told, key=len)]  # the longest says most
    if causes.get(code) == FORGOTTEN:
        return FORGOTTEN._replace(advice=f"{how_long(profile.retention)}{FORGOTTEN.advice}")
    if turn.previous_interaction_id and code == "invalid_request" and error.http_status == 400:
        return LONG_CHAIN
    status = error.http_status or (error.code if isinstance(error.code, int) else 0)
    default = DOWN if status >= 500 else UNKNOWN
    return causes.get(code) or STATUSES.get(status, default)


def _named(error: ErrorDetail) -> str:
    """The HTTP status and the server's code, for readers who look them up."""
    status = f"HTTP {error.http_status}" if error.http_status else ""
    code = str(error.code or error.status or "")
    known = ", ".join(filter(None, (status, "" if code in OURS else code)))
    return f" ({known})" if known else ""

"""What a stream says: the events of the Interactions API, typed, and what we say in between.

What fits none of them is an `Unknown` that keeps the raw object.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from interactions.turns.steps import Wire
from interactions.turns.values import Count, Place


class Usage(msgspec.Struct, frozen=True):
    """Counts of tokens. `total_output_tokens` is the visible output; thoughts are counted apart, and so is
    what went in by tools. What was read from a cache or written to one is part of the input; the last is not
    in Google's vocabulary, and is None where there was none. A number that no server means is no count.
    `shares` is ours: what each model has used, where it was more than one."""

    total_tokens: Count | None = None
    total_input_tokens: Count | None = None
    total_output_tokens: Count | None = None
    total_thought_tokens: Count | None = None
    total_cached_tokens: Count | None = None
    total_tool_use_tokens: Count | None = None
    total_cache_write_tokens: Count | None = None
    shares: tuple[Share, ...] | None = None

    def __add__(self, other: Usage) -> Usage:
        """Of two requests; within one, the wire's figures are running totals and are never added."""
        counts: dict[str, Any] = {}
        for name in self.__struct_fields__[:-1]:
            a, b = getattr(self, name), getattr(other, name)
            counts[name] = None if a is b is None else (a or 0) + (b or 0)
        return Usage(**counts, shares=(*(self.shares or ()), *(other.shares or ())) or None)


class Share(msgspec.Struct, frozen=True):
    """What one model has used of a request. Without a name nobody knows which model it was."""

    model: str
    usage: Usage


class Interaction(msgspec.Struct, frozen=True):
    """The resource inside `interaction.created` and `interaction.completed`, and a plain JSON answer."""

    id: str = ""
    status: str = ""
    model: str | None = None
    agent: str | None = None
    usage: Usage | None = None
    continuation_token: str | None = None
    steps: tuple[Wire, ...] | None = None
    errors: tuple[Wire, ...] | None = None


class ErrorDetail(msgspec.Struct, frozen=True):
    """`code` is a snake_case word, in Google's older shape an HTTP status with `status` as the word.

    `http_status` and `retry_after` are ours: the status of the answer that carried it, and after how many
    seconds the server wants to be asked again. Some servers have a field of that name, with anything in it.
    """

    code: str | Place | None = None
    message: str | None = None
    status: str | None = None
    http_status: int | None = None
    retry_after: int | None = msgspec.field(default=None, name="ours:retry_after")


class TextDelta(msgspec.Struct, frozen=True, tag_field="type", tag="text", forbid_unknown_fields=True):
    text: str
    annotations: tuple[Wire, ...] | None = None


class SummaryDelta(
    msgspec.Struct, frozen=True, tag_field="type", tag="thought_summary", forbid_unknown_fields=True
):
    content: Wire


class SignatureDelta(
    msgspec.Struct, frozen=True, tag_field="type", tag="thought_signature", forbid_unknown_fields=True
):
    signature: str


class ArgumentsDelta(
    msgspec.Struct, frozen=True, tag_field="type", tag="arguments_delta", forbid_unknown_fields=True
):
    arguments: str


class AnnotationsDelta(
    msgspec.Struct, frozen=True, tag_field="type", tag="text_annotation_delta", forbid_unknown_fields=True
):
    annotations: tuple[Wire, ...]


class NativeDelta(msgspec.Struct, frozen=True):
    """Ours: a finished step as its vendor, whose protocol is not this one, wants it back."""

    vendor: str
    item: Wire


class CorrectedDelta(msgspec.Struct, frozen=True):
    """Ours: the finished text of a step, or the JSON of its arguments, that contradicts what was streamed of
    it."""

    text: str


class ThoughtDelta(msgspec.Struct, frozen=True):
    """Ours: what was said as text turns out to be a thought."""


class UnreadDelta(msgspec.Struct, frozen=True):
    """Ours: fields of a step that are not empty, and that nobody has read."""

    fields: Wire


class OtherDelta(msgspec.Struct, frozen=True):
    """A delta with a whole payload (media, server tools), or of an unknown kind."""

    type: str
    data: Wire


KnownDelta: TypeAlias = TextDelta | SummaryDelta | SignatureDelta | ArgumentsDelta | AnnotationsDelta
Delta: TypeAlias = KnownDelta | NativeDelta | CorrectedDelta | ThoughtDelta | UnreadDelta | OtherDelta


class InteractionCreated(msgspec.Struct, frozen=True, tag_field="event_type", tag="interaction.created"):
    interaction: Interaction


class StatusUpdate(msgspec.Struct, frozen=True, tag_field="event_type", tag="interaction.status_update"):
    status: str
    interaction_id: str = ""
    continuation_token: str | None = None
    usage: Usage | None = None


class StepStart(msgspec.Struct, frozen=True, tag_field="event_type", tag="step.start"):
    index: Place
    step: Wire


class Metadata(msgspec.Struct, frozen=True):
    """`total_usage` is that of the request so far."""

    total_usage: Usage | None = None


class KnownStepDelta(
    msgspec.Struct, frozen=True, tag_field="event_type", tag="step.delta", forbid_unknown_fields=True
):
    """The most frequent event, as its JSON is decoded: one with any other field is a `StepDelta`."""

    index: Place
    delta: KnownDelta
    metadata: Metadata | None = None
    event_id: str | None = None


class StepDelta(msgspec.Struct, frozen=True):
    """A delta whose kind the wire types do not name; handled like any other."""

    index: Place
    delta: Delta
    metadata: Metadata | None = None


class StepStop(msgspec.Struct, frozen=True, tag_field="event_type", tag="step.stop"):
    """`usage` is that of the request so far, not of the step."""

    index: Place
    usage: Usage | None = None


class InteractionCompleted(msgspec.Struct, frozen=True, tag_field="event_type", tag="interaction.completed"):
    interaction: Interaction


class Error(msgspec.Struct, frozen=True, tag_field="event_type", tag="error"):
    error: ErrorDetail


class Unknown(msgspec.Struct, frozen=True):
    """Anything that is none of the above; `raw` is the object, or the text that was no JSON."""

    event_type: str
    raw: object


class Requested(msgspec.Struct, frozen=True):
    """Ours: a request has left. It opens a hop, and its input becomes steps."""

    input: tuple[Wire, ...]
    model: str
    previous_interaction_id: str | None
    stored: bool


class Retrying(msgspec.Struct, frozen=True):
    """Ours: the server is asked again in so many seconds, for the `attempt`th of `of` times. `http_status` is
    that of its refusal, and 0 if it was not reached."""

    seconds: float
    attempt: int
    of: int
    http_status: int = 0


class Retried(msgspec.Struct, frozen=True):
    """Ours: the server has been asked again."""


class Resumed(msgspec.Struct, frozen=True):
    """Ours: a turn that seemed over goes on by another means, a rung of the ladder. With `afresh` all that
    its last request has brought will be said again; if not, the steps that began behind the frame `after`."""

    rung: str
    afresh: bool = False
    after: int = -1


class LeftOut(msgspec.Struct, frozen=True):
    """Ours: what the history that is sent along lacks, because it was made elsewhere."""

    parts: tuple[str, ...]


class Told(msgspec.Struct, frozen=True):
    """Ours: fields of the answer as a whole that have no place of their own in a turn. A later value of a
    field takes the place of an earlier one."""

    fields: Wire


class Remark(msgspec.Struct, frozen=True):
    """Ours: what is odd about the answer, as a sentence without its full stop."""

    words: str


class Progress(msgspec.Struct, frozen=True):
    """Ours: what the server says it does at present, and which `share` of it is done (0 to 1). Whatever the
    model says ends it, and so does one without words."""

    doing: str
    share: float | None = None


class Retrieved(msgspec.Struct, frozen=True):
    """Ours: an interaction that is over, as its server has kept it. It is the last word on what was said."""

    interaction: Interaction


class Ended(msgspec.Struct, frozen=True):
    """Ours: nothing more will come. `status` is what that means for a turn that is still open; `error`
    names what broke the connection, and is empty for a plain end and for Stop. A `message` without an error
    says why a turn could not be brought back; `by` and `time` say who stopped it, and when (UTC)."""

    status: str
    error: str = ""
    message: str = ""
    by: str = ""
    time: str = ""


WireBody: TypeAlias = (
    InteractionCreated | StatusUpdate | StepStart | KnownStepDelta | StepStop | InteractionCompleted | Error
)
Body: TypeAlias = (
    WireBody
    | StepDelta
    | Unknown
    | Requested
    | Retrying
    | Retried
    | Resumed
    | LeftOut
    | Told
    | Remark
    | Progress
    | Retrieved
    | Ended
)


class Event(msgspec.Struct, frozen=True):
    """A body, the sequence number of the frame that carried it, and its arrival in ns since the request."""

    frame: int
    at: int
    body: Body

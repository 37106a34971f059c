"""What a turn consists of: steps, in the Interactions vocabulary, as frozen values.

The wire knows 23 kinds of step and will know more. Here they are six: what the user sent, what the model
wrote, what it thought, a tool's call, a tool's result, and anything else, raw. Network, disk and page are
unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never

import msgspec

from interactions.turns.rope import Rope

Wire: TypeAlias = Mapping[str, Any]

OWN_CALLS = frozenset(  # of the Interactions API
    {
        "function_call",
        "code_execution_call",
        "google_search_call",
        "google_maps_call",
        "url_context_call",
        "file_search_call",
        "mcp_server_tool_call",
        "retrieval_call",
        "tool_search_call",
        "processing_call",
    }
)
OTHERS_CALLS = frozenset(  # for which it has no name; the client runs some of them
    {
        "image_generation_call",
        "custom_tool_call",
        "computer_call",
        "shell_call",
        "local_shell_call",
        "apply_patch_call",
        "mcp_approval_call",
        "server_tool_call",
    }
)
CALLS = OWN_CALLS | OTHERS_CALLS
RESULTS = frozenset(call.removesuffix("_call") + "_result" for call in CALLS)
UNREAD = "unread"  # ours: the field of a step that has those of the server that nobody has read
WAITS = "waits"  # ours: the field of a call's step that says whether the client has to answer it


class Text(msgspec.Struct, frozen=True):
    """A text part; annotations point into it by UTF-8 byte offsets."""

    text: Rope
    annotations: tuple[Wire, ...] = ()


class Media(msgspec.Struct, frozen=True):
    """An image, audio, video or document part, or a part of a kind not known here, as it came."""

    raw: Wire


Content: TypeAlias = Text | Media


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """`hop` counts the requests of a turn, `index` is the wire's own; together they name a step.

    `sent` marks input of ours. `first` and `last` are the sequence numbers of the frames that made it.
    `other` holds deltas that do not fit the kind of step they were sent to, `unread` fields that nobody has
    read. `native` has, by vendor, what the step was before it was translated: nobody but that vendor gets it
    back, and nobody draws it. `announced` is whether the stream has begun it before it sent content of it.
    """

    hop: int
    index: int
    first: int
    last: int
    sent: bool = False
    open: bool = True
    other: tuple[Wire, ...] = ()
    native: Wire = {}
    unread: Wire = {}
    announced: bool = True


class UserInput(_Step, frozen=True, kw_only=True):
    content: tuple[Content, ...] = ()


class ModelOutput(_Step, frozen=True, kw_only=True):
    content: tuple[Content, ...] = ()
    error: Wire | None = None


class Thought(_Step, frozen=True, kw_only=True):
    """`signature` is opaque and goes back to the server unchanged."""

    content: tuple[Content, ...] = ()
    signature: str = ""


class ToolCall(_Step, frozen=True, kw_only=True):
    """`fragments` is the JSON of the arguments as it forms; `data` is the step without them. A call `waits`
    if the client has to answer it."""

    type: str
    data: Wire
    fragments: Rope = msgspec.field(default_factory=Rope)  # a shared one would grow for two turns
    waits: bool = False

    @property
    def server_executed(self) -> bool:
        return not self.waits

    @property
    def name(self) -> str:
        return str(self.data.get("name") or self.type.removesuffix("_call"))

    @property
    def arguments(self) -> object:
        """The parsed arguments; while they form, or when they are not JSON, their text."""
        text = str(self.fragments)
        return text if text else self.data.get("arguments", {})


class ToolResult(_Step, frozen=True, kw_only=True):
    type: str
    data: Wire

    @property
    def name(self) -> str:
        return str(self.data.get("name") or self.type.removesuffix("_result"))


class OtherStep(_Step, frozen=True, kw_only=True):
    """A kind of step not known here: shown, saved and passed on as it came."""

    data: Wire

    @property
    def type(self) -> str:
        return str(self.data.get("type", ""))


Step: TypeAlias = UserInput | ModelOutput | Thought | ToolCall | ToolResult | OtherStep


def step_from_wire(raw: Wire, *, hop: int, index: int, frame: int) -> Step:
    """The step that a `step.start` opens, seeded with whatever content it already carries."""
    kind = raw.get("type") if isinstance(raw.get("type"), str) else ""
    where: dict[str, Any] = {"hop": hop, "index": index, "first": frame, "last": frame}
    if isinstance(native := raw.get("native"), Mapping):
        where["native"] = {vendor: item for vendor, item in native.items() if isinstance(item, Mapping)}
        raw = {key: value for key, value in raw.items() if key != "native"}
        # Only a step that was made here says so: a server's own field of that name is its own.
        if isinstance(unread := raw.get(UNREAD), Mapping):
            where["unread"] = unread
            raw = {key: value for key, value in raw.items() if key != UNREAD}
    if kind == "model_output":
        return ModelOutput(**where, content=contents(raw.get("content")), error=_mapping(raw.get("error")))
    if kind == "thought":
        signature = raw.get("signature") or ""
        return Thought(**where, content=contents(raw.get("summary")), signature=str(signature))
    if kind == "user_input":
        return UserInput(**where, content=contents(raw.get("content")))
    if kind in CALLS:
        data = {key: value for key, value in raw.items() if key != WAITS}
        waits = raw.get(WAITS, kind == "function_call") is True
        return ToolCall(**where, type=str(kind), data=data, waits=waits)
    if kind in RESULTS:
        return ToolResult(**where, type=str(kind), data=dict(raw))
    return OtherStep(**where, data=dict(raw))


def _mapping(raw: object) -> Wire | None:
    return raw if raw is None or isinstance(raw, Mapping) else {"message": raw}


def contents(raw: object) -> tuple[Content, ...]:
    """Content parts from the wire: a list, one part, or a plain string."""
    if isinstance(raw, str):
        return (Text(Rope(raw)),)
    parts = raw if isinstance(raw, list | tuple) else [raw]
    return tuple(_content(part) for part in parts if isinstance(part, Mapping))


def _content(part: Wire) -> Content:
    text = part.get("text", "")
    if part.get("type", "text") != "text" or not isinstance(text, str):
        return Media(part)
    annotations = part.get("annotations")
    known = annotations if isinstance(annotations, list | tuple) else ()
    return Text(Rope(text), tuple(each for each in known if isinstance(each, Mapping)))


def add_text(content: tuple[Content, ...], text: str) -> tuple[Content, ...]:
    """Text goes on in the last part if that is a text, else it begins a new one."""
    if content and isinstance(last := content[-1], Text):
        return (*content[:-1], Text(last.text + text, last.annotations))
    return (*content, Text(Rope(text)))


def annotate(content: tuple[Content, ...], annotations: tuple[Wire, ...]) -> tuple[Content, ...]:
    """Annotations belong to the text part they arrive behind."""
    if content and isinstance(last := content[-1], Text):
        return (*content[:-1], Text(last.text, last.annotations + annotations))
    return (*content, Text(Rope(), annotations))


def kind_of(step: Step) -> str:
    """The kind of a step in the words of the wire."""
    match step:
        case ModelOutput():
            return "model_output"
        case Thought():
            return "thought"
        case UserInput():
            return "user_input"
        case ToolCall() | ToolResult() | OtherStep():
            return step.type
        case _:
            assert_never(step)


def content_of(step: Step) -> tuple[Content, ...]:
    """The texts and media of a step; those in the data of a tool are the tool's."""
    match step:
        case UserInput() | ModelOutput() | Thought():
            return step.content
        case ToolCall() | ToolResult() | OtherStep():
            return ()
        case _:
            assert_never(step)


def sent_arguments(call: ToolCall) -> Wire:
    """The arguments for a server that takes an object alone. Those that are none go back as they were said,
    wrapped as Anthropic's documentation of fine-grained tool streaming advises."""
    given = call.arguments
    if isinstance(given, Mapping):
        return given
    return {"INVALID_JSON": given} if given else {}


def plain(content: tuple[Content, ...]) -> str:
    """The text parts, joined."""
    return "".join(str(part.text) for part in content if isinstance(part, Text))

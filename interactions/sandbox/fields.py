"""What a request may contain, as tables; `check` walks them and refuses the rest by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from interactions.sandbox import catalogue
from interactions.sandbox.refusals import invalid
from interactions.sandbox.wire import Json

Kinds = tuple[type, ...]

TEXT: Kinds = (str,)
FLAG: Kinds = (bool,)
COUNT: Kinds = (int,)
NUMBER: Kinds = (int, float)
LIST: Kinds = (list,)
OBJECT: Kinds = (dict,)
ANY: Kinds = (str, bool, int, float, list, dict)

BODY: Mapping[str, Kinds] = {
    "model": TEXT,
    "agent": TEXT,
    "input": (str, list, dict),
    "system_instruction": TEXT,
    "tools": LIST,
    "generation_config": OBJECT,
    "agent_config": OBJECT,
    "response_format": (list, dict),
    "response_mime_type": TEXT,
    "response_modalities": LIST,
    "stream": FLAG,
    "store": FLAG,
    "background": FLAG,
    "previous_interaction_id": TEXT,
    "service_tier": TEXT,
    "safety_settings": LIST,
    "environment": (str, dict),
    "labels": OBJECT,
    "webhook_config": OBJECT,
    "cached_content": TEXT,
    "continuation_token": TEXT,
}
UNSUPPORTED = {
    "safety_settings": "Custom safety settings are not supported.",
    "cached_content": "Explicit caching is not supported.",
}
ECHOED = (  # GET repeats them
    "previous_interaction_id",
    "system_instruction",
    "tools",
    "generation_config",
    "agent_config",
    "response_format",
    "labels",
)

CONFIG_V1: Mapping[str, Kinds] = {
    "max_output_tokens": COUNT,
    "seed": COUNT,
    "stop_sequences": LIST,
    "thinking_level": TEXT,
    "thinking_summaries": TEXT,
    "tool_choice": (str, dict),
}
CONFIG: Mapping[str, Mapping[str, Kinds]] = {
    "v1": CONFIG_V1,
    "v1beta": {
        **CONFIG_V1,
        "temperature": NUMBER,
        "top_p": NUMBER,
        "top_k": COUNT,
        "speech_config": (list, dict),
        "transcription_config": OBJECT,
        "video_config": OBJECT,
        "image_config": OBJECT,
    },
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "thinking_level": catalogue.LEVELS,
    "thinking_summaries": ("auto", "none"),
    "tool_choice": ("auto", "any", "none", "validated"),
}
RANGES: Mapping[str, tuple[float, float]] = {
    "max_output_tokens": (1, 65536),
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_k": (1, 1000),
}


@dataclass(frozen=True)
class Shape:
    """The keys of one tagged object, besides `type`."""

    required: Mapping[str, Kinds]
    optional: Mapping[str, Kinds]


_MEDIA = Shape(
    {},
    {
        "data": TEXT,
        "uri": TEXT,
        "mime_type": TEXT,
        "resolution": TEXT,
        "name": TEXT,
        "channels": COUNT,
        "sample_rate": COUNT,
        "processing": (str, dict),
    },
)
CONTENT: Mapping[str, Shape] = {
    "text": Shape({"text": TEXT}, {"annotations": LIST}),
    **dict.fromkeys(("image", "audio", "video", "document"), _MEDIA),
}
_CALL = Shape(
    {"id": TEXT},
    dict.fromkeys(("name", "server_name", "arguments", "signature", "search_type", "retrieval_type"), ANY),
)
_RESULT = Shape(
    {"call_id": TEXT}, dict.fromkeys(("name", "server_name", "result", "is_error", "signature"), ANY)
)
_SERVER_TOOLS = ("code_execution", "google_search", "google_maps", "url_context", "file_search")
_CALLED_TOOLS = (*_SERVER_TOOLS, "mcp_server_tool", "retrieval", "tool_search", "processing")
STEPS: Mapping[str, Shape] = {
    "user_input": Shape({"content": LIST}, {}),
    "model_output": Shape({}, {"content": LIST, "error": OBJECT}),
    "thought": Shape({}, {"signature": TEXT, "summary": LIST}),
    "function_call": Shape({"id": TEXT, "name": TEXT, "arguments": OBJECT}, {"signature": TEXT}),
    "function_result": Shape(
        {"call_id": TEXT, "result": (str, dict, list)}, {"name": TEXT, "is_error": FLAG}
    ),
    **{f"{tool}_call": _CALL for tool in _CALLED_TOOLS},
    **{f"{tool}_result": _RESULT for tool in _CALLED_TOOLS},
}
TOOLS = ("function", *_SERVER_TOOLS, "mcp_server", "computer_use", "retrieval", "tool_search")


def check(value: Mapping[str, object], fields: Mapping[str, Kinds], where: str = "") -> None:
    for name, item in value.items():
        if name not in fields:
            raise invalid(f"Unknown parameter '{where}{name}'.", "parameter_unknown")
        if type(item) not in fields[name]:
            wanted = " or ".join(WORDS[kind] for kind in fields[name])
            raise invalid(f"Invalid value for '{where}{name}': expected {wanted}.")


WORDS = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "an object",
}


def check_tagged(value: object, shapes: Mapping[str, Shape], where: str) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise invalid(f"Invalid value for '{where}': expected an object with a 'type'.")
    if value["type"] not in shapes:
        raise invalid(f"Invalid value for '{where}.type': '{value['type']}' is not supported.")
    shape = shapes[value["type"]]
    check(value, {"type": TEXT, **shape.required, **shape.optional}, f"{where}.")
    for name in shape.required:
        if name not in value:
            raise invalid(f"Missing required parameter '{where}.{name}'.")


def check_config(config: Json, version: str) -> None:
    check(config, CONFIG[version], "generation_config.")
    if not all(isinstance(stop, str) for stop in config.get("stop_sequences", ())):
        raise invalid("Invalid value for 'generation_config.stop_sequences': expected a list of strings.")
    choice = config.get("tool_choice", "auto")
    if isinstance(choice, dict) and not isinstance(choice.get("allowed_tools"), dict):
        raise invalid("Missing required parameter 'generation_config.tool_choice.allowed_tools'.")
    for name, value in config.items():
        where = f"generation_config.{name}"
        if isinstance(value, str) and name in CHOICES and value not in CHOICES[name]:
            raise invalid(f"Invalid value for '{where}': '{value}'. Use one of {', '.join(CHOICES[name])}.")
        if isinstance(value, int | float) and name in RANGES:
            low, high = RANGES[name]
            if not low <= value <= high:
                raise invalid(f"Invalid value for '{where}': {value} is not in [{low}, {high}].")

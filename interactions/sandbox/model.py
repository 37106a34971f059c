"""The sandbox's model: the same request and history give the same steps."""

from base64 import b64encode
from dataclasses import dataclass

from interactions.sandbox import functions, gallery, pictures, replies, scenarios, usage
from interactions.sandbox.clues import Clues
from interactions.sandbox.examples import example
from interactions.sandbox.interaction import call_id, signature
from interactions.sandbox.request import Request, Step
from interactions.sandbox.script import split
from interactions.sandbox.wire import Json, dumps, model_output, text

HOPS = 2
THOUGHT_TOKENS = {"minimal": 0, "low": 24, "medium": 64, "high": 128, "xhigh": 256}
ERRORS = {"failed": ({"code": "api_error", "message": "The run broke off: a tool did not answer."},)}
PICTURE = {"1:1": (256, 256), "16:9": (320, 180), "9:16": (180, 320)}


@dataclass(frozen=True)
class Answer:
    steps: tuple[Step, ...]
    status: str
    usage: Json
    continuation_token: str = ""
    errors: tuple[Json, ...] = ()


def answer(request: Request, history: tuple[Step, ...], salt: str) -> Answer:
    """`salt` makes signatures and call ids the interaction's own."""
    calls = functions.calls(request)
    if calls:
        output, status, token = _call_steps(calls, salt), "requires_action", ""
    else:
        output, status, token = _output(request, history, salt)
    tokens_in = usage.of_steps((*history, *request.new))
    tokens_in["text"] += usage.count(request.body.get("system_instruction", ""))
    tokens_in["text"] += usage.count(dumps(request.body.get("tools", "")).replace(",", ", "))
    thought = _thought(request, calls, salt)
    report = usage.report(tokens_in, output, _thinking(request))
    return Answer((*thought, *output), status, report, token, ERRORS.get(status, ()))


def _output(request: Request, history: tuple[Step, ...], salt: str) -> tuple[tuple[Step, ...], str, str]:
    ending = scenarios.ending(request.prompt)
    prepared = scenarios.output(request.prompt, salt)
    if _wants(request, "image"):
        return (model_output([text("Here is a gradient."), _picture(request)]),), "completed", ""
    if prepared and not _wants_json(request):
        return prepared, ending or "completed", ""
    words, clipped = _clip(request, _text(request, history))
    if ending:
        return (model_output([text(_half(words))]),), ending, ""
    if clipped or not scenarios.plays(request.prompt, "continuation"):
        return (model_output([text(words)]),), "incomplete" if clipped else "completed", ""
    pieces = list(split(words, (len(words.split()) // HOPS + 1,)))
    hop = min(request.hop, len(pieces) - 1)
    last = hop == len(pieces) - 1
    token = "" if last else b64encode(f"hop-{hop + 1}".encode()).decode()
    return (model_output([text(pieces[hop])]),), "completed" if last else "requires_continuation", token


def _text(request: Request, history: tuple[Step, ...]) -> str:
    if _wants_json(request):
        schema = _wants(request, "text").get("schema", {"properties": {"answer": {"type": "string"}}})
        return dumps(example(schema, Clues(request.prompt)))
    if scenarios.plays(request.prompt, "structured output"):
        return dumps(gallery.STRUCTURED)
    return replies.reply(request, history)


def _wants_json(request: Request) -> bool:
    return bool(_wants(request, "text").get("mime_type") == "application/json")


def _wants(request: Request, kind: str) -> Json:
    formats = request.body.get("response_format", [])
    listed = formats if isinstance(formats, list) else [formats]
    return next((one for one in listed if isinstance(one, dict) and one.get("type") == kind), {})


def _picture(request: Request) -> Json:
    width, height = PICTURE.get(_wants(request, "image").get("aspect_ratio", ""), PICTURE["1:1"])
    return {"data": pictures.png(width, height), "mime_type": "image/png", "type": "image"}


def _clip(request: Request, words: str) -> tuple[str, bool]:
    """Stop sequences end an answer in order; the token limit leaves it incomplete."""
    for stop in request.config.get("stop_sequences", ()):
        words = words.split(stop)[0] if stop else words
    limit = request.config.get("max_output_tokens")
    if limit is None or usage.count(words) <= limit - _thinking(request):
        return words, False
    return next(split(words, (max(1, limit - _thinking(request)),))).rstrip(), True


def _half(words: str) -> str:
    return next(split(words, (max(1, usage.count(words) // 2),))).rstrip(" \n-*>")


def _thinking(request: Request) -> int:
    """Thought tokens; they count against max_output_tokens, and never take more than half of it."""
    level = request.config.get("thinking_level", "medium")
    tokens = 0 if request.results else THOUGHT_TOKENS[level]
    limit = request.config.get("max_output_tokens")
    return tokens if limit is None else min(tokens, limit // 2)


def _thought(request: Request, calls: tuple[functions.Call, ...], salt: str) -> tuple[Step, ...]:
    """A turn that only works in a function's result does not think, unless it calls again."""
    if not calls and not _thinking(request):
        return ()
    step: Step = {"signature": signature(salt)}
    if request.summaries == "auto":
        step["summary"] = [text(replies.thought(request, [call.name for call in calls]))]
    return ({**step, "type": "thought"},)


def _call_steps(calls: tuple[functions.Call, ...], salt: str) -> tuple[Step, ...]:
    return tuple(
        {
            "id": call_id(salt, i),
            "signature": "",
            "type": "function_call",
            "name": call.name,
            "arguments": call.arguments,
        }
        for i, call in enumerate(calls)
    )

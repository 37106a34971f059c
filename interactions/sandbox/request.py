"""POST bodies: validated, with the input brought into its one form, a list of steps."""

import json
from base64 import b64decode
from dataclasses import dataclass
from itertools import takewhile

from interactions.sandbox import catalogue, fields
from interactions.sandbox.refusals import Refusal, invalid
from interactions.sandbox.wire import Json, text, user_input

Step = Json

CLIENT_STEPS = ("user_input", "function_result")


@dataclass(frozen=True)
class Request:
    version: str
    body: Json
    input: tuple[Step, ...]
    hop: int  # how many hops of a continued answer came before

    @property
    def earlier(self) -> tuple[Step, ...]:
        """In the stateless form, the turns that the client sends along: all up to the last model step."""
        return self.input[: len(self.input) - len(self.new)]

    @property
    def new(self) -> tuple[Step, ...]:
        backwards = takewhile(lambda step: step["type"] in CLIENT_STEPS, reversed(self.input))
        return tuple(backwards)[::-1]

    @property
    def prompt(self) -> str:
        """ "" when the last thing that the client says is a function's result."""
        last = self.new[-1] if self.new else {}
        return said(last) if last.get("type") == "user_input" else ""

    @property
    def config(self) -> Json:
        config: Json = self.body.get("generation_config", {})
        return config

    @property
    def summaries(self) -> str:
        """Models and agents are asked for them in different places."""
        config = self.body.get("agent_config", self.config)
        return str(config.get("thinking_summaries", "none"))

    @property
    def whose(self) -> Json:
        return {key: self.body[key] for key in ("model", "agent") if key in self.body}

    @property
    def store(self) -> bool:
        return bool(self.body.get("store", True))

    @property
    def background(self) -> bool:
        return bool(self.body.get("background", False))

    @property
    def results(self) -> tuple[Step, ...]:
        return tuple(step for step in self.new if step["type"] == "function_result")

    @property
    def echo(self) -> Json:
        return {key: self.body[key] for key in fields.ECHOED if key in self.body}


def said(step: Step) -> str:
    return "\n".join(part["text"] for part in step.get("content", ()) if part["type"] == "text")


def read(raw: bytes, version: str) -> Request:
    try:
        body = json.loads(raw)
    except ValueError as problem:
        raise invalid(f"Invalid JSON payload received. {problem}") from problem
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. The body must be an object.")
    body = {key: value for key, value in body.items() if value is not None}
    fields.check(body, fields.BODY)
    _check_whose(body, version)
    _check_options(body, version)
    return Request(version, body, _input(body), _hop(body))


def _check_whose(body: Json, version: str) -> None:
    if ("model" in body) == ("agent" in body):
        raise invalid("Exactly one of 'model' and 'agent' must be set.")
    if "model" in body and not catalogue.known(body["model"].removeprefix("models/"), version):
        raise Refusal(
            404, f"Model '{body['model']}' was not found for API version {version}.", "model_not_found"
        )
    if "agent" in body and not catalogue.AGENTS.fullmatch(body["agent"]):
        raise Refusal(404, f"Agent '{body['agent']}' was not found.")


def _check_options(body: Json, version: str) -> None:
    config = body.get("generation_config", {})
    fields.check_config(config, version)
    background, level = body.get("background", False), config.get("thinking_level")
    refused = {
        "'store' must be true when 'background' is true.": background and not body.get("store", True),
        "'generation_config' cannot be used with 'agent'; use 'agent_config'.": "agent" in body and config,
        "'agent_config' can only be used with 'agent'.": "model" in body and "agent_config" in body,
        f"Agent '{body.get('agent')}' requires 'background' to be true.": (
            body.get("agent", "").startswith("deep-research") and not background
        ),
        f"Agent '{body.get('agent')}' requires 'environment'.": (
            body.get("agent", "").startswith("antigravity") and not body.get("environment")
        ),
        "Missing required parameter 'agent_config.type'.": "type"
        not in body.get("agent_config", {"type": ""}),
        f"Thinking level '{level}' is not supported for this model.": (
            level and level not in catalogue.levels(body.get("model", ""))
        ),
        **{message: name in body for name, message in fields.UNSUPPORTED.items()},
    }
    for message, wrong in refused.items():
        if wrong:
            raise invalid(message)
    for i, tool in enumerate(body.get("tools", ())):
        _check_tool(tool, f"tools[{i}]")


def _check_tool(tool: object, where: str) -> None:
    if not isinstance(tool, dict) or "type" not in tool:
        raise invalid(f"Missing required parameter '{where}.type'.")
    if tool["type"] not in fields.TOOLS:
        raise invalid(
            f"Invalid value for '{where}.type': '{tool['type']}'. Use one of {', '.join(fields.TOOLS)}."
        )
    if tool["type"] == "function" and not isinstance(tool.get("name"), str):
        raise invalid(f"Missing required parameter '{where}.name'.")
    if not isinstance(tool.get("parameters", {}), dict):
        raise invalid(f"Invalid value for '{where}.parameters': expected an object.")


def _input(body: Json) -> tuple[Step, ...]:
    value = body.get("input")
    if not value and "continuation_token" in body:
        return ()
    if not value:
        raise invalid("Missing required parameter 'input'.")
    if isinstance(value, str):
        return (user_input([text(value)]),)
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, dict) and item.get("type") in (*fields.CONTENT,) for item in items):
        _check_content(items, "input")
        return (user_input(items),)
    for i, step in enumerate(items):
        fields.check_tagged(step, fields.STEPS, f"input[{i}]")
        if "content" in step:
            _check_content(step["content"], f"input[{i}].content")
    _check_signatures(items)
    return tuple(items)


def _check_content(parts: list[Json], where: str) -> None:
    for i, part in enumerate(parts):
        fields.check_tagged(part, fields.CONTENT, f"{where}[{i}]")


def _check_signatures(steps: list[Step]) -> None:
    """A call is valid only with the signature of the thought that led to it."""
    signed = False
    for step in steps:
        signed = (signed or bool(step.get("signature"))) and step["type"] not in (
            "user_input",
            "function_result",
        )
        if step["type"] == "function_call" and not signed:
            raise invalid(
                f"Function call '{step['name']}' is missing a thought signature.", "missing_thought_signature"
            )


def check_results(results: tuple[Step, ...], history: tuple[Step, ...]) -> None:
    """Every result answers an open call, and parallel calls are answered together."""
    answered = {step["call_id"] for step in history if step["type"] == "function_result"}
    calls = {step["id"] for step in history if step["type"] == "function_call"} - answered
    given = {step["call_id"] for step in results}
    if unknown := given - calls:
        raise invalid(f"No function call with the id '{min(unknown)}' waits for a result.")
    if given and given != calls:
        raise invalid("The number of function results must equal the number of function calls of the turn.")


def _hop(body: Json) -> int:
    if "continuation_token" not in body:
        return 0
    try:
        return int(b64decode(body["continuation_token"]).decode().removeprefix("hop-"))
    except ValueError as problem:
        raise invalid("Invalid continuation token.") from problem

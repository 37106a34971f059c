"""The stream's events as Google writes them: key order, framing, nothing else."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]

DONE = b"event: done\ndata: [DONE]\n\n"


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def frame(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['event_type']}\ndata: {dumps(event)}\n\n".encode()


def _event(event_type: str, **fields: object) -> Json:
    return {**fields, "event_type": event_type}


def created(resource: Json) -> Json:
    about = {"id": resource["id"], "status": "in_progress", "object": "interaction", **_whose(resource)}
    return _event("interaction.created", interaction=about)


def status_update(resource: Json, status: str = "in_progress") -> Json:
    return _event("interaction.status_update", interaction_id=resource["id"], status=status)


def completed(resource: Json) -> Json:
    keys = ("id", "status", "usage", "continuation_token", "created", "updated", "service_tier", "object")
    about = {key: resource[key] for key in keys if key in resource}
    errors = {"errors": resource["errors"]} if "errors" in resource else {}
    return _event("interaction.completed", interaction={**about, **_whose(resource), **errors})


def step_start(index: int, step: Json) -> Json:
    return _event("step.start", index=index, step=step)


def step_delta(index: int, delta: Json) -> Json:
    return _event("step.delta", index=index, delta=delta)


def step_stop(index: int) -> Json:
    return _event("step.stop", index=index)


def error(code: str, message: str) -> Json:
    return _event("error", error={"message": message, "code": code})


def text(value: str) -> Json:
    return {"text": value, "type": "text"}


def user_input(content: Iterable[Json]) -> Json:
    return {"content": list(content), "type": "user_input"}


def model_output(content: Iterable[Json]) -> Json:
    return {"content": list(content), "type": "model_output"}


def _whose(resource: Json) -> Json:
    return {key: resource[key] for key in ("model", "agent") if key in resource}

"""A provider that can keep time: it streams numbered words at an exact rate and notes when each one left.

A prompt such as "bench run=a1 events=2000 rate=100" makes the stream; `GET /times/a1` then says when the
request came and when each word went, in nanoseconds of the machine's clock. Shares no code with the app.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

PROMPT = re.compile(rb"bench run=([\w-]+) events=(\d+) rate=(\d+)")
PARAGRAPH = 60  # words


@dataclass
class Run:
    name: str
    events: int
    rate: int
    arrived: int = field(default_factory=time.time_ns)
    times: list[int] = field(default_factory=list)
    done: bool = False


RUNS: dict[str, Run] = {}


def frame(event_type: str, **fields: object) -> bytes:
    data = json.dumps({**fields, "event_type": event_type}, separators=(",", ":"))
    return f"event: {event_type}\ndata: {data}\n\n".encode()


def word(number: int) -> bytes:
    end = "\n\n" if number % PARAGRAPH == PARAGRAPH - 1 else " "
    return frame("step.delta", index=0, delta={"text": f"w{number:06d}{end}", "type": "text"})


def opening(run: Run) -> bytes:
    interaction = {"id": run.name, "status": "in_progress", "object": "interaction", "model": "bench"}
    return b"".join(
        (
            frame("interaction.created", interaction=interaction),
            frame("interaction.status_update", interaction_id=run.name, status="in_progress"),
            frame("step.start", index=0, step={"type": "model_output"}),
        )
    )


def closing(run: Run) -> bytes:
    usage = {"total_tokens": run.events + 8, "total_input_tokens": 8, "total_output_tokens": run.events}
    interaction = {
        "id": run.name,
        "status": "completed",
        "usage": usage,
        "created": "2026-11-02T10:00:00Z",
        "updated": "2026-11-02T10:00:00Z",
        "object": "interaction",
        "model": "bench",
    }
    return b"".join(
        (
            frame("step.stop", index=0),
            frame("interaction.completed", interaction=interaction),
            b"event: done\ndata: [DONE]\n\n",
        )
    )


async def stream(run: Run) -> AsyncIterator[bytes]:
    """Word n leaves n/rate seconds after the first; those that are late leave together."""
    yield opening(run)
    start, sent = time.monotonic(), 0
    while sent < run.events:
        due = min(run.events, int((time.monotonic() - start) * run.rate) + 1)
        run.times += [time.time_ns()] * (due - sent)
        yield b"".join(map(word, range(sent, due)))
        sent = due
        await asyncio.sleep(max(0, start + sent / run.rate - time.monotonic()))
    yield closing(run)
    run.done = True


async def create(request: Request) -> Response:
    arrived = time.time_ns()
    prompts = PROMPT.findall(await request.body())
    if not prompts:
        message = "This server answers only prompts such as 'bench run=a1 events=2000 rate=100'."
        return JSONResponse({"error": {"code": "invalid_request", "message": message}}, 400)
    name, events, rate = prompts[-1]
    run = RUNS[name.decode()] = Run(name.decode(), int(events), int(rate), arrived)
    return StreamingResponse(stream(run), media_type="text/event-stream")


async def times(request: Request) -> Response:
    run = RUNS.get(request.path_params["run"])
    if run is None:
        return JSONResponse({"error": {"code": "not_found", "message": "No such run."}}, 404)
    return JSONResponse({"arrived": run.arrived, "times": run.times, "done": run.done})


async def health(_: Request) -> Response:
    return PlainTextResponse("ok")


def serve_forever(port: int) -> None:
    routes = [
        Route("/{path:path}/interactions", create, methods=["POST"]),
        Route("/interactions", create, methods=["POST"]),
        Route("/times/{run}", times),
        Route("/health", health),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8700)
    serve_forever(parser.parse_args().port)

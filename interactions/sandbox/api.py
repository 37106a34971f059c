"""The Interactions API as a Starlette application."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256

from starlette.applications import Starlette
from starlette.requests import Request as Http
from starlette.responses import Response
from starlette.routing import Route

from interactions.sandbox import catalogue, model, refusals, request, resume, scenarios
from interactions.sandbox.interaction import Interaction, now
from interactions.sandbox.memory import Memory
from interactions.sandbox.refusals import JsonResponse, Refusal
from interactions.sandbox.request import Request
from interactions.sandbox.runs import Later, Run
from interactions.sandbox.script import Script, Stored, write
from interactions.sandbox.stream import Lead, Performance
from interactions.sandbox.table import Scenario

VERSIONS = ("v1", "v1beta")
REFUSALS = 2  # of one body, and of one interaction's GETs, before they are served
CANCELLING = 1.0  # seconds
STATUSES = {Stored.FAILED: "failed", Stored.CANCELLED: "cancelled"}
Handler = Callable[[Http], Awaitable[Response]]


class Api:
    def __init__(self, *, pace: float, seed: str) -> None:
        self.pace = pace
        self.memory = Memory(seed)
        self.stage: set[Performance] = set()
        self._refused: Counter[bytes] = Counter()

    def app(self) -> Starlette:
        table = (
            ("POST", "interactions", self.create),
            ("GET", "interactions/{id}", self.get),
            ("DELETE", "interactions/{id}", self.delete),
            ("POST", "interactions/{id}/cancel", self.cancel),
            ("GET", "models", self.models),
            ("GET", "models/{id}", self.model),
        )
        routes = [
            Route(f"/{version}/{path}", _with_key(handler), methods=[method])
            for version in VERSIONS
            for method, path, handler in table
        ]
        return Starlette(
            routes=routes,
            exception_handlers={
                Refusal: refusals.refuse,
                Exception: refusals.failed,
                404: refusals.lost,
                405: refusals.lost,
            },
        )

    async def create(self, http: Http) -> Response:
        raw = await http.body()
        asked = request.read(raw, _version(http))
        parent = self._parent(asked)
        asked, history = _continued(asked, parent)
        request.check_results(asked.results, history)
        played = scenarios.playing(asked.prompt)
        refusals.raise_first(one.refuse(asked.body) for one in played if one.refuse)
        self._refuse(raw, played)
        run = Run(
            self._answer(asked, parent, history),
            partial(_rehearse, asked=asked, played=played),
            self.pace,
            scenarios.later(played),
        )
        return (
            self._perform(run, asked, played) if asked.body.get("stream") else await self._unary(run, asked)
        )

    async def get(self, http: Http) -> Response:
        run, query = self.memory.get(http.path_params["id"]), http.query_params
        if Later.BUSY in run.later and run.refusals < REFUSALS:
            run.refusals += 1
            raise refusals.busy(503)
        if query.get("stream") == "true":
            return Performance(_again(run, query.get("last_event_id", "")), run, self.stage)
        include_input = query.get("include_input") == "true"
        return JsonResponse(run.interaction().resource(echo=True, include_input=include_input))

    async def delete(self, http: Http) -> Response:
        self.memory.forget(http.path_params["id"])
        return JsonResponse({})

    async def cancel(self, http: Http) -> Response:
        """A slow cancellation is answered as if nothing had been asked."""
        run = self.memory.background(http.path_params["id"])
        before = run.interaction()
        slow = Later.SLOW_CANCEL in run.later
        run.stop("cancelled", CANCELLING * self.pace if slow else 0.0)
        return JsonResponse((before if slow else run.interaction()).resource(echo=True))

    async def models(self, http: Http) -> Response:
        return JsonResponse({"models": catalogue.listed(_version(http))})

    async def model(self, http: Http) -> Response:
        name = http.path_params["id"]
        if not catalogue.known(name, _version(http)):
            raise refusals.GatewayRefusal(
                404, f"Model is not found: models/{name} for api version {_version(http)}"
            )
        return JsonResponse(catalogue.describe(name))

    def _parent(self, asked: Request) -> Interaction | None:
        name = asked.body.get("previous_interaction_id")
        return None if name is None else self.memory.parent(name)

    def _refuse(self, raw: bytes, played: tuple[Scenario, ...]) -> None:
        scenario = next((one for one in played if one.busy), None)
        if not scenario:
            return
        body = sha256(raw).digest()
        self._refused[body] += 1
        if self._refused[body] > REFUSALS and not scenario.name.endswith("always"):
            del self._refused[body]
            return
        raise refusals.busy(scenario.busy)

    def _answer(
        self, asked: Request, parent: Interaction | None, history: tuple[request.Step, ...]
    ) -> Interaction:
        name = self.memory.new_id()
        answer = model.answer(asked, history, name)
        return Interaction(
            id=name,
            whose=asked.whose,
            input=() if asked.hop and not asked.body.get("input") else asked.input,
            echo=asked.echo,
            parent=parent,
            created=now(),
            background=asked.background,
            status=answer.status,
            steps=answer.steps,
            usage=answer.usage,
            errors=answer.errors,
            continuation_token=answer.continuation_token,
            service_tier=asked.body.get("service_tier", "standard"),
        )

    async def _unary(self, run: Run, asked: Request) -> Response:
        if asked.background:
            self.memory.keep(run)
            return JsonResponse(run.interaction().resource())
        await asyncio.sleep(run.seconds)
        run.finish()
        if asked.store:
            self.memory.keep(run)
        return JsonResponse(_resource(run.whole, asked))

    def _perform(self, run: Run, asked: Request, played: tuple[Scenario, ...]) -> Response:
        """In the foreground the first stream leads; in the background its faults are not the run's."""
        if asked.store:
            self.memory.keep(run)
        good = run.script()
        if asked.background:
            told = replace(good, resource=run.interaction().resource())
            return Performance(scenarios.direct(told, played, asked.prompt), run, self.stage)
        first = scenarios.direct(good, played, asked.prompt)
        return Lead(first, run, self.stage, partial(self._settle, run, first.stored))

    def _settle(self, run: Run, stored: Stored, left: bool) -> None:
        """A client that leaves cancels a foreground run."""
        if left:
            run.stop("cancelled")
        elif stored is Stored.NOTHING:
            self.memory.lose(run.id)
        elif stored is Stored.LATER:
            run.go_on()
        elif stored in STATUSES:
            run.stop(STATUSES[stored])
        else:
            run.finish()


def _with_key(handler: Handler) -> Handler:
    async def guarded(http: Http) -> Response:
        key = http.headers.get("x-goog-api-key") or http.query_params.get("key")
        if not key:
            raise refusals.no_key()
        if key == "invalid":
            raise refusals.wrong_key()
        return await handler(http)

    return guarded


def _version(http: Http) -> str:
    return http.url.path.split("/")[1]


def _resource(finished: Interaction, asked: Request) -> request.Step:
    resource = finished.resource()
    return resource if asked.store else {**resource, "id": ""}


def _rehearse(whole: Interaction, asked: Request, played: tuple[Scenario, ...]) -> Script:
    script = scenarios.rehearse(write(_resource(whole, asked)), played, asked.prompt)
    return resume.placed(resume.resumable(script) if asked.background else script)


def _again(run: Run, event_id: str) -> Script:
    if Later.NO_STREAM in run.later:
        raise refusals.invalid(f"Interaction interactions/{run.id} cannot be streamed again.")
    if Later.REPEATED in run.later and run.finished:
        return resume.repeated(run.script(), event_id)
    return resume.after(run.script(), event_id)


def _continued(asked: Request, parent: Interaction | None) -> tuple[Request, tuple[request.Step, ...]]:
    """A later hop has no input of its own: it goes on from the first hop's, and from what came before."""
    if parent and asked.hop and not asked.input:
        origin = next(one for one in parent.lineage() if one.input)
        before = origin.parent.history() if origin.parent else ()
        again = replace(asked, input=origin.input)
        return again, (*before, *again.earlier)
    if not asked.input:
        raise refusals.invalid("Missing required parameter 'input'.")
    return asked, (*(parent.history() if parent else ()), *asked.earlier)

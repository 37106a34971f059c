"""The Interactions API as a Starlette application."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256

from starlette.applications import Starlette
from starlette.requests import Request as Http
from starlette.responses import Response
from starlette.routing import Route

from interactions.sandbox import catalogue, model, refusals, request, scenarios, script
from interactions.sandbox.memory import Interaction, Memory, now
from interactions.sandbox.refusals import JsonResponse, Refusal
from interactions.sandbox.request import Request
from interactions.sandbox.script import Script, Stored
from interactions.sandbox.stream import Performance
from interactions.sandbox.table import Scenario

VERSIONS = ("v1", "v1beta")
REFUSALS = 2  # of one body, before it is served
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
        finished = self._answer(asked, parent, history)
        if asked.body.get("stream"):
            good = script.write(_resource(finished, asked), resumable=asked.background)
            return self._perform(scenarios.direct(good, played, asked.prompt), finished, asked)
        return await self._unary(finished, asked)

    async def get(self, http: Http) -> Response:
        name, query = http.path_params["id"], http.query_params
        found = self.memory.get(name)
        if query.get("stream") == "true":
            again = script.write(self.memory.final(name).resource(), resumable=True)
            rest = script.after(again, query.get("last_event_id", ""))
            return Performance(rest, self.pace, lambda *_: None, self.stage)
        include_input = query.get("include_input") == "true"
        return JsonResponse(found.resource(echo=True, include_input=include_input))

    async def delete(self, http: Http) -> Response:
        self.memory.forget(http.path_params["id"])
        return JsonResponse({})

    async def cancel(self, http: Http) -> Response:
        return JsonResponse(self.memory.cancel(http.path_params["id"]).resource(echo=True))

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
        refusal = Refusal(scenario.busy)
        refusal.headers["retry-after"] = "1"
        raise refusal

    def _answer(
        self, asked: Request, parent: Interaction | None, history: tuple[request.Step, ...]
    ) -> Interaction:
        name = self.memory.new_id()
        answer = model.answer(asked, history, name)
        finished = Interaction(
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
        return replace(finished, updated=now(self._seconds(finished)))

    def _seconds(self, finished: Interaction) -> float:
        return script.write(finished.resource()).seconds * self.pace

    async def _unary(self, finished: Interaction, asked: Request) -> Response:
        seconds = self._seconds(finished)
        if asked.background:
            self.memory.keep_later(finished, seconds)
            return JsonResponse(self.memory.get(finished.id).resource())
        await asyncio.sleep(seconds)
        if asked.store:
            self.memory.keep(finished)
        return JsonResponse(_resource(finished, asked))

    def _perform(self, played: Script, finished: Interaction, asked: Request) -> Response:
        """The interaction is in progress while the stream plays, unless it runs in the background."""
        if asked.background:
            self.memory.keep_later(finished, played.seconds * self.pace)
        elif asked.store:
            self.memory.keep(replace(finished, status="in_progress", steps=(), usage=None))

        def settle(closed: int, left: bool) -> None:
            if not asked.background and self.memory.holds(finished.id):
                self._settle(played, finished, closed, left)

        return Performance(played, self.pace, settle, self.stage)

    def _settle(self, played: Script, finished: Interaction, closed: int, left: bool) -> None:
        """A client that leaves cancels a foreground run."""
        sent = replace(finished, steps=finished.steps[:closed], updated=now())
        if left:
            self.memory.keep(replace(sent, status="cancelled"))
        elif played.stored is Stored.NOTHING:
            self.memory.forget(finished.id)
        elif played.stored in STATUSES:
            self.memory.keep(replace(sent, status=STATUSES[played.stored]))
        else:
            self.memory.keep(finished)


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

"""The routes of the app besides its pages: health, news, and raw frames."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interactions.errors import InteractionsError, NotFound
from interactions.store.offline import unread
from interactions.ui.server.identity import COOKIE, owner_of
from interactions.ui.server.news import IMPORT, UNREAD, sign
from interactions.ui.server.policy import FOREIGN
from interactions.ui.server.root import workspace

_NUMBER = re.compile(r"[0-9]{1,10}")  # Python reads none of more than 4,300 digits


def health(_request: Request) -> Response:
    """200 when turns can run, else 503 and the reason. Never asks the provider."""
    try:
        found = workspace().health()
        return JSONResponse(found, status_code=200 if found["ok"] else 503)
    except InteractionsError as error:
        return JSONResponse({"ok": False, "reason": str(error)}, status_code=503)


def raw(request: Request) -> Response:
    """The bytes of one frame as a file, for its owner alone; nothing in them runs."""
    path = request.path_params
    try:
        owner = owner_of(request.cookies.get(COOKIE, ""))
        seq = int(path["seq"]) if _NUMBER.fullmatch(path["seq"]) else -1
        body = workspace().library.frame(owner, path["conversation"], path["turn"], seq)
    except NotFound as error:
        return Response(str(error), status_code=404, media_type="text/plain")
    except InteractionsError as error:
        return Response(str(error), status_code=503, media_type="text/plain")
    headers = {**FOREIGN, "content-disposition": f'attachment; filename="frame-{seq}.txt"'}
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)


def news(request: Request) -> Response:
    """What a page that waits asks for: see `interactions.ui.server.news`. One that is gone is news as well;
    whoever has no owner's cookie has no conversations that could change elsewhere."""
    if COOKIE not in request.cookies:
        return Response(status_code=404)
    owner, ids = owner_of(request.cookies[COOKIE]), request.path_params.get("ids", "")
    try:
        found = [workspace().library.conversation(owner, each) for each in ids.split(",") if each]
        coming = workspace().imports.of(owner) if IMPORT in request.query_params else None
        missing = UNREAD in request.query_params and any(map(unread, found))
        known = sign(found, behind=bool(workspace().saving()), coming=coming, unread=missing)
    except NotFound:
        return JSONResponse({"sign": ""})
    except InteractionsError as error:
        return JSONResponse({"reason": str(error)}, status_code=503)
    return JSONResponse({"sign": known})


ROUTES = [
    Route("/health", health),
    Route("/news", news),
    Route("/news/{ids}", news),
    Route("/raw/{conversation}/{turn}/{seq}", raw),
]


def at(base: str) -> list[Route]:
    """All of them below `base`, where the pages are, whose links are relative; `/health` is where it is
    without one as well."""
    below = [Route(base + route.path, route.endpoint) for route in ROUTES]
    return [*below, *(ROUTES[:1] if base else [])]

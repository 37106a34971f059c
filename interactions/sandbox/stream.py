"""A script played to a socket."""

import asyncio
from collections.abc import Callable

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from interactions.sandbox.script import Ending, Script

Settle = Callable[[int, bool], None]


class Performance(StreamingResponse):
    """Plays until the script's end or until the client leaves, and is on the `stage` for that time.

    `settle(closed, left)` is called once: how many steps were sent to their end, and whether the client left
    first. It is called before the final event is sent, so that a client that answers it at once finds a
    finished interaction.
    """

    def __init__(self, script: Script, pace: float, settle: Settle, stage: "set[Performance]") -> None:
        headers = {
            "content-type": script.content_type,
            "server-timing": f"gfet4t7; dur={int(script.seconds * pace * 1000)}",
            "x-content-type-options": "nosniff",
        }
        super().__init__((), headers=headers)
        self._script = script
        self._pace = pace
        self._settle = settle
        self._stage = stage
        self._closed = 0
        self._settled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._stage.add(self)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stage.remove(self)
            self._settle_once(left=True)

    async def stream_response(self, send: Send) -> None:
        if self._script.headers:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._play(send)
        # A body that is never ended makes uvicorn close the socket without the last chunk.
        if self._script.ending is Ending.CLEAN:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _play(self, send: Send) -> None:
        for i, beat in enumerate(self._script.beats):
            await asyncio.sleep(beat.pause * self._pace)
            if i == self._script.settling:
                self._settle_once(left=False)
            await send({"type": "http.response.body", "body": beat.bytes, "more_body": True})
            self._closed += beat.is_event("step.stop")
        if self._script.ending is Ending.SILENT:
            await asyncio.Event().wait()

    def _settle_once(self, *, left: bool) -> None:
        if not self._settled:
            self._settled = True
            self._settle(self._closed, left)

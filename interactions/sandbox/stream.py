"""A script played to a socket."""

import asyncio
from collections.abc import Callable

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from interactions.sandbox.runs import Run
from interactions.sandbox.script import Beat, Ending, Script, closing

Settle = Callable[[bool], None]


class Performance(StreamingResponse):
    """Plays to the script's end or until the client leaves, and is on the `stage` for that time.

    It follows its run: what is past comes at once, the rest when it happens, and the end of a run that was
    stopped. Whether anyone listens makes no difference to the run.
    """

    def __init__(self, script: Script, run: Run, stage: "set[Performance]") -> None:
        headers = {
            "content-type": script.content_type,
            "server-timing": f"gfet4t7; dur={int(script.seconds * run.pace * 1000)}",
            "x-content-type-options": "nosniff",
        }
        super().__init__((), headers=headers)
        self._script = script
        self._run = run
        self._stage = stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._stage.add(self)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stage.remove(self)

    async def stream_response(self, send: Send) -> None:
        if self._script.headers:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        ending = await self._play(send)
        if ending is Ending.SILENT:
            await asyncio.Event().wait()
        # A body that is never ended makes uvicorn close the socket without the last chunk.
        if ending is Ending.CLEAN:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _play(self, send: Send) -> Ending:
        for i, beat in enumerate(self._script.beats):
            if not await self._comes(i, beat):
                await _write(send, *closing(self._run.interaction().resource()))
                return Ending.CLEAN
            await _write(send, beat)
        return self._script.ending

    async def _comes(self, _: int, beat: Beat) -> bool:
        """Waits for the beat; False when it never comes."""
        if beat.place >= 0:
            return await self._run.happens(beat)
        await asyncio.sleep(beat.pause * self._run.pace)
        return True


class Lead(Performance):
    """The stream of a foreground run, which is as far as this stream is.

    `settle(left)` is called once: whether the client left before the end. It is called before the final event
    is sent, so that a client that answers it at once finds a finished interaction.
    """

    def __init__(self, script: Script, run: Run, stage: set[Performance], settle: Settle) -> None:
        super().__init__(script, run, stage)
        self._settle = settle
        self._settled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._settle_once(left=True)

    async def _comes(self, i: int, beat: Beat) -> bool:
        await asyncio.sleep(beat.pause * self._run.pace)
        self._run.advance(beat)
        if i == self._script.settling:
            self._settle_once(left=False)
        return True

    def _settle_once(self, *, left: bool) -> None:
        if not self._settled:
            self._settled = True
            self._settle(left)


async def _write(send: Send, *beats: Beat) -> None:
    for beat in beats:
        await send({"type": "http.response.body", "body": beat.bytes, "more_body": True})

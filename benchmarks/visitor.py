"""A visitor without a browser: speaks Streamlit's own socket protocol, one protobuf message a frame."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


@dataclass(frozen=True)
class Received:
    at: int  # ns, when it was taken from the socket
    raw: bytes
    message: ForwardMsg


@dataclass
class Visitor:
    """What a browser's tab remembers between two runs of the page."""

    socket: ClientConnection
    composer: str = ""  # the id of the chat input
    query: str = ""
    page: str = ""

    async def ask(self, prompt: str | None = None) -> None:
        """Ask for a run of the page; with a prompt, as if it had been sent in the chat input."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        if prompt is not None:
            widget = message.rerun_script.widget_states.widgets.add(id=self.composer)
            widget.chat_input_value.data = prompt
        await self.socket.send(message.SerializeToString())

    async def answers(self) -> AsyncIterator[Received]:
        """What the server sends until a run ends by itself. One that ends for a rerun is not the last."""
        async for data in self.socket:
            raw = bytes(data) if isinstance(data, bytes) else data.encode()
            received = Received(time.time_ns(), raw, ForwardMsg.FromString(raw))
            self._remember(received.message)
            yield received
            if _ended(received.message):
                return

    async def run(self, prompt: str | None = None) -> float:
        """One whole run of the page; returns how long it took, in ms."""
        start = time.perf_counter()
        await self.ask(prompt)
        async for _ in self.answers():
            pass
        return (time.perf_counter() - start) * 1000

    def _remember(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "delta":
                self._remember_element(message)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "new_session":
                self.page = message.new_session.page_script_hash
            case "navigation":
                self.page = message.navigation.page_script_hash

    def _remember_element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "chat_input":
                self.composer = element.chat_input.id
            case "exception":
                raise RuntimeError(f"The page failed: {element.exception.type}: {element.exception.message}")


def _ended(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "script_finished" and message.script_finished in ENDED


@asynccontextmanager
async def visit(url: str) -> AsyncIterator[Visitor]:
    """Connect as a browser does; the page has not run yet."""
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(address, compression=None, max_size=None, proxy=None) as socket:
        yield Visitor(socket)

"""The API on a socket: uvicorn in a daemon thread."""

import logging
import socket
import threading
import time

import uvicorn

from interactions.sandbox.api import Api

STARTING = 10.0  # seconds
AGAIN = 1.0  # seconds
THREAD = "interactions-sandbox"


_LOG = logging.getLogger(__name__)


class Server:
    def __init__(self, listener: socket.socket, api: Api) -> None:
        host, port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._api = api
        self._uvicorn = _Uvicorn(_config(api))
        self._thread = threading.Thread(target=self._run, args=(listener,), name=THREAD, daemon=True)

    @property
    def streams(self) -> int:
        """Streams that are being played at this moment."""
        return len(self._api.stage)

    def start(self) -> None:
        self._thread.start()
        if not self._uvicorn.accepting.wait(STARTING):
            raise RuntimeError(f"the sandbox did not start within {STARTING:.0f} s")

    def _run(self, listener: socket.socket) -> None:
        """For as long as nobody closes it, whatever goes wrong in between."""
        while not self._uvicorn.should_exit:
            try:
                self._uvicorn.run([listener])
            except Exception:  # noqa: BLE001 (a thread's boundary)
                _LOG.exception("The sandbox has failed; it goes on.")
                time.sleep(AGAIN)

    def close(self) -> None:
        """Ends open streams too, wherever they are. May be called twice."""
        self._uvicorn.should_exit = True
        self._thread.join(STARTING)


def serve(port: int = 0, host: str = "127.0.0.1", pace: float = 1.0, *, seed: str | None = None) -> Server:
    """Returns when connections are accepted; `port` 0 takes a free one.

    `pace` multiplies every pause: 0 is as fast as possible. Servers with one `seed` give the same ids in the
    same order. Without it each has ids of its own, so that an old one never names a new conversation.
    """
    api = Api(pace=pace, seed=str(time.time_ns()) if seed is None else seed)
    server = Server(_listener(host, port), api)
    server.start()
    return server


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()


class _Quiet(logging.Filter):
    """Drops what a sandbox does on purpose from uvicorn's log, which the process may share with others."""

    EXPECTED = ("ASGI callable returned without", "Cancel %s running task(s)")

    def filter(self, record: logging.LogRecord) -> bool:
        ours = record.threadName == THREAD
        return not ours or (record.levelno >= logging.WARNING and not record.msg.startswith(self.EXPECTED))


_QUIET = _Quiet()


def _config(api: Api) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_QUIET)
    config = uvicorn.Config(
        api.app(),
        lifespan="off",
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=0,
        timeout_keep_alive=60,
        server_header=False,
    )
    config.access_log = False  # as an argument it would take the handlers from every server of the process
    return config


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener

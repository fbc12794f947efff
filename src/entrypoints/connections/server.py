"""uvicorn's server, which loses no request when it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from uvicorn.server import ServerState

BACKLOG = 2_048
"""Connections that the system may keep until they are accepted."""
AT_A_TIME = 8
"""Connections accepted at a time, so that several processes share a burst of them."""
TICKS_PER_SECOND = 10

EachSecond = Callable[["Server"], None]


class Listener(socket.socket):
    """A listening socket. For asyncio its queue is as long as what is accepted at a time; here it is longer."""

    def listen(self, backlog: int = BACKLOG, /) -> None:
        super().listen(BACKLOG)


class StoppableState(ServerState):
    """What the connections of a server share."""

    def __init__(self) -> None:
        super().__init__()
        self.is_stopping = False
        """Whether the next answer on each connection is its last."""
        self.stopping = asyncio.Event()
        """Set when the server stops, for answers that would go on."""


class Server(uvicorn.Server):
    """A server that answers what has reached it before it stops, and closes idle connections only when they would have
    been closed anyway: a client may just be sending its next request.

    On SIGINT, for use at a terminal, idle connections are closed at once.
    """

    def __init__(self, config: uvicorn.Config, each_second: EachSecond | None = None) -> None:
        super().__init__(config)
        self.server_state: StoppableState = StoppableState()
        self._each_second = each_second
        self._is_hurried = False
        self._patience = config.timeout_graceful_shutdown
        self._loop: asyncio.AbstractEventLoop | None = None

    def retire(self) -> None:
        """Stop, and wait for running requests for as long as they may take: others accept new ones."""
        self.config.timeout_graceful_shutdown = None
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            self._is_hurried = True
        if self.should_exit and self.config.timeout_graceful_shutdown is None and self._loop is not None:
            # It was retiring, and now everything stops.
            self.config.timeout_graceful_shutdown = self._patience
            self._loop.call_soon_threadsafe(self._loop.call_later, self._patience or 0, self._cut)
        super().handle_exit(sig, frame)

    def _cut(self) -> None:
        for task in self.server_state.tasks:
            task.cancel()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        if self._each_second is not None and counter % TICKS_PER_SECOND == 0:
            self._each_second(self)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.server_state.stopping.set()
        if not self._is_hurried:
            # The system has accepted the connections in the listeners' queues, and would reset them.
            for _ in range(3):
                await asyncio.sleep(0)
            self.server_state.is_stopping = True
        await super().shutdown(sockets)
        if self._each_second is not None:
            self._each_second(self)

"""A worker as its supervisor sees it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from entrypoints.workers.plan import READY, REFUSED

PassOn = Callable[["Worker", bytes], None]


class Worker:
    """One process that serves."""

    def __init__(
        self, number: int, process: asyncio.subprocess.Process, channel: socket.socket, pass_on: PassOn
    ) -> None:
        """`pass_on` is called with what other workers must know."""
        self.number = number
        self._pass_on = pass_on
        self.process = process
        self.is_leaving = False
        self.started_at = self.heard_at = monotonic()
        self._channel = channel
        self._came_up: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(channel, self._hear)

    def __str__(self) -> str:
        return f"worker {self.number} (process {self.process.pid})"

    @property
    def is_ready(self) -> bool:
        return self._came_up.done() and self._came_up.result()

    async def comes_up(self) -> bool:
        """Wait until it accepts connections; False if it ends before."""
        return await asyncio.shield(self._came_up)

    async def ends(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        status = await self.process.wait()
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        if not self._came_up.done():
            self._came_up.set_result(False)
        return status

    def tell(self, what: bytes) -> None:
        """Tell the worker what another one has said."""
        with suppress(OSError):  # It may be slow to listen, or gone.
            self._channel.send(what)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def _hear(self) -> None:
        try:
            heard = self._channel.recv(4_096)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if not heard:
            asyncio.get_running_loop().remove_reader(self._channel)
            return
        self.heard_at = monotonic()
        if READY in heard and not self._came_up.done():
            self._came_up.set_result(True)
        if news := bytes(each for each in heard if each >= REFUSED):
            self._pass_on(self, news)


def reason_of(status: int) -> str:
    """Why a process with this exit status has ended, which is negative for a signal."""
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"

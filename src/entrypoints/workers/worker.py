"""One of several processes that serve the HTTP API: `python -m entrypoints.workers.worker PLAN`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec
from uvicorn.config import STARTUP_FAILURE

from entrypoints.bootstrap import Service
from entrypoints.cli.serving import serve_as
from entrypoints.connections.server import Listener, Server
from entrypoints.http.kit.observe import TURNED_AWAY, Metrics
from entrypoints.settings import ConfigurationError
from entrypoints.workers.plan import ALIVE, READY, REFUSED, RETIRE, Plan
from entrypoints.workers.shared_metrics import SharedMetrics

UNCHANGED = 5
"""Seconds after which metrics are written although no request has been answered."""
SELDOM = 0.2
"""Seconds between two messages about refused connections."""

log = logging.getLogger("unified_dental.workers")


@runtime_checkable
class Sharing(Protocol):
    """A database whose connections are shared with other processes."""

    def share_with(self, tell_others: Callable[[int], None]) -> Callable[[int], None]:
        """`tell_others` is called with the number of connections of a pool that was refused another; the result is to
        be called with such numbers of others.
        """


class Channel:
    """The connection to the supervisor: says that this worker is alive, receives what other workers report, and notices
    the end of the supervisor. Writes the metrics too.
    """

    def __init__(self, plan: Plan, shared: SharedMetrics, metrics: Metrics) -> None:
        self._channel = plan.channel
        self._shared = shared
        self._metrics = metrics
        self._server: Server | None = None
        self._share: Callable[[int], None] | None = None
        self._told_at = 0.0
        self._answered, self._age = -1, 0
        self._cannot_write = False
        os.set_blocking(plan.channel, False)

    def share(self, service: Service) -> None:
        """Share the connections that the database grants with the other workers."""
        if isinstance(service.readiness, Sharing):
            self._share = service.readiness.share_with(self._refused)

    def each_second(self, server: Server) -> None:
        """To be called by the server."""
        if self._server is None:
            self._server = server
            asyncio.get_running_loop().add_reader(self._channel, self._hear)
            self._say(READY)
        self._say(ALIVE)
        answered = server.server_state.total_requests
        if answered != self._answered or self._age >= UNCHANGED or server.should_exit:
            self._write(server)
            self._answered, self._age = answered, 0
        self._age += 1

    def _write(self, server: Server) -> None:
        try:
            self._shared.write(self._metrics.families(server.lifespan.state.get(TURNED_AWAY, {})))
        except OSError as error:
            # A full disk, or no supervisor any more.
            if not self._cannot_write:
                log.warning("the metrics cannot be written: %s", error.strerror)
            self._cannot_write = True
        else:
            self._cannot_write = False

    def _refused(self, count: int) -> None:
        now = time.monotonic()
        if now - self._told_at >= SELDOM:
            self._told_at = now
            self._say(bytes([min(REFUSED + count, 255)]))

    def _say(self, what: bytes) -> None:
        with suppress(OSError):  # It may be slow to listen, or gone.
            os.write(self._channel, what)

    def _hear(self) -> None:
        try:
            heard = os.read(self._channel, 4_096)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if not heard:
            # Without the supervisor, nobody could replace or stop this worker.
            asyncio.get_running_loop().remove_reader(self._channel)
            if self._server is not None:
                self._server.should_exit = True
        for each in heard:
            if self._share is not None:
                self._share(each - REFUSED)


def main() -> None:
    """Serve until told to stop."""
    # A terminal sends it to all processes at once; the supervisor decides what it means.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    shared = SharedMetrics(Path(plan.folder), plan.number, time.monotonic())
    metrics = Metrics(shared.merge)
    channel = Channel(plan, shared, metrics)
    listeners: list[Any] = [Listener(fileno=descriptor) for descriptor in plan.listeners]
    try:
        server = serve_as(metrics, plan.host, channel.each_second, channel.share)
    except ConfigurationError as error:
        log.error("not started: %s", error)
        sys.exit(STARTUP_FAILURE)
    signal.signal(RETIRE, lambda *_: server.retire())
    server.run(listeners)


if __name__ == "__main__":
    main()

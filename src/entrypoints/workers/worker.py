"""One of several processes that serve the HTTP API: `python -m entrypoints.workers.worker PLAN`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from uvicorn.config import STARTUP_FAILURE

from entrypoints.cli.serving import serve_as
from entrypoints.connections.server import Listener, Server
from entrypoints.http.kit.observe import TURNED_AWAY, Metrics
from entrypoints.settings import ConfigurationError
from entrypoints.workers.plan import ALIVE, READY, RETIRE, Plan
from entrypoints.workers.shared_metrics import SharedMetrics

UNCHANGED = 5
"""Seconds after which metrics are written although no request has been answered."""

log = logging.getLogger("unified_dental.workers")


class Reports:
    """Tells the supervisor that this worker is alive, and writes its metrics; notices the end of the supervisor."""

    def __init__(self, plan: Plan, shared: SharedMetrics, metrics: Metrics) -> None:
        self._channel = plan.channel
        self._shared = shared
        self._metrics = metrics
        self._is_ready = False
        self._written: tuple[int, int] = (-1, 0)
        os.set_blocking(plan.channel, False)

    def each_second(self, server: Server) -> None:
        """To be called by the server."""
        if not self._is_ready:
            self._is_ready = True
            self._say(READY)
        self._say(ALIVE)
        if self._has_supervisor():
            answered, age = self._written
            if server.server_state.total_requests != answered or age >= UNCHANGED or server.should_exit:
                self._shared.write(self._metrics.families(server.lifespan.state.get(TURNED_AWAY, {})))
                answered, age = server.server_state.total_requests, 0
            self._written = answered, age + 1
        else:
            # Nobody could replace or stop this worker.
            server.should_exit = True

    def _say(self, what: bytes) -> None:
        with suppress(OSError):  # It may be slow to listen, or gone.
            os.write(self._channel, what)

    def _has_supervisor(self) -> bool:
        try:
            return os.read(self._channel, 1) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def main() -> None:
    """Serve until told to stop."""
    # A terminal sends it to all processes at once; the supervisor decides what it means.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    shared = SharedMetrics(Path(plan.folder), plan.number, time.monotonic())
    metrics = Metrics(shared.merge)
    reports = Reports(plan, shared, metrics)
    listeners: list[Any] = [Listener(fileno=descriptor) for descriptor in plan.listeners]
    try:
        server = serve_as(metrics, plan.host, reports.each_second)
    except ConfigurationError as error:
        log.error("not started: %s", error)
        sys.exit(STARTUP_FAILURE)
    signal.signal(RETIRE, lambda *_: server.retire())
    server.run(listeners)


if __name__ == "__main__":
    main()

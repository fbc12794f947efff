"""Keeps a number of workers running: replaces those that end, and renews or stops all of them without losing requests.

Workers are processes of their own, started and not forked, so that a renewal takes new settings and new code. They
share the listening sockets: what has reached one of these is answered, even if a worker ends. Decision 35 has the
reasons.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from entrypoints.workers.plan import RETIRE, Plan
from entrypoints.workers.process import Worker, reason_of
from entrypoints.workers.shared_metrics import SharedMetrics, file_of

MODULE = "entrypoints.workers.worker"
SILENT = 120.0
"""Seconds without a sign of life after which a worker is killed: its event loop hangs, or it does not start."""
EARLY = 60.0
"""A worker that ends sooner, in seconds, is replaced with a growing delay."""
DELAY = 1.0
"""Seconds until a worker is started again that has ended early twice; each further time it is twice as long."""
LONGEST_DELAY = 30.0
GRACE = 15.0
"""Seconds beyond the time for running requests after which a worker is killed."""
CHECK = 5.0
"""Seconds between two checks for silent workers."""

log = logging.getLogger("unified_dental.workers")


@dataclass
class _Place:
    """A worker's number with the process that has it now."""

    number: int
    worker: Worker | None = None
    early_ends: int = 0
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Supervisor:
    """Runs the workers until SIGTERM or SIGINT; SIGHUP renews them one after the other."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        number: int,
        *,
        host: str,
        folder: Path,
        stop_timeout: float,
        silent: float = SILENT,
        delay: float = DELAY,
        module: str = MODULE,
    ) -> None:
        """`stop_timeout` is in seconds, for running requests; `folder` is an empty one for the metrics.

        A worker runs the `module`, and may be `silent` for that many seconds. `delay` is as DELAY says.
        """
        self._listeners = listeners
        self._host = host
        self._folder = folder
        self._metrics = SharedMetrics(folder)
        self._stop_timeout = stop_timeout
        self._silent = silent
        self._delay = delay
        self._module = module
        self._places = [_Place(each) for each in range(1, number + 1)]
        self._running: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._must_stop = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None
        self._must_renew_again = False
        self._first_was_ready = self._all_were_started = False
        self._starting = 0
        self._nothing_runs = asyncio.Event()
        self._status = 0

    async def run(self) -> int:
        """Run until stopped; the exit status, which is 1 if the workers could not be started."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.renew)
        self._do(self._start_all())
        self._do(self._watch_silence())
        await self._must_stop.wait()
        await self._stop()
        return self._status

    def stop(self) -> None:
        """Stop all workers, and end."""
        self._must_stop.set()

    def renew(self) -> None:
        """Replace each worker by a new one, which takes over before the old one stops accepting connections."""
        if not self._all_were_started:
            log.info("the workers are still starting, and are not renewed")
        elif self._renewing is None:
            log.info("renewing all workers")
            self._renewing = self._do(self._renew_all())
            self._renewing.add_done_callback(self._renewed)
        else:
            self._must_renew_again = True

    def _renewed(self, task: asyncio.Task[None]) -> None:
        self._renewing = None
        if self._must_renew_again and not self._must_stop.is_set():
            self._must_renew_again = False
            self.renew()

    async def _start_all(self) -> None:
        # One first: what keeps it from starting is said once.
        first, *others = self._places
        first.worker = await self._start(first)
        if not await first.worker.comes_up():
            self._status = 0 if self._must_stop.is_set() else 1
            self._must_stop.set()
            return
        self._first_was_ready = True
        for place in others:
            place.worker = await self._start(place)
        await asyncio.gather(*(place.worker.comes_up() for place in others if place.worker))
        self._all_were_started = True
        address, port = self._listeners[0].getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        log.info("running on http://%s:%d; workers: %d", shown, port, len(self._places))

    async def _start(self, place: _Place) -> Worker:
        if self._must_stop.is_set():
            raise asyncio.CancelledError
        self._starting += 1
        try:
            worker = await self._spawned(place.number)
        finally:
            self._starting -= 1
        self._running.add(worker)
        self._do(self._attend(place, worker))
        if self._must_stop.is_set():
            worker.send(signal.SIGTERM)
        return worker

    async def _spawned(self, number: int) -> Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            descriptors = [listener.fileno() for listener in self._listeners]
            plan = Plan(number, descriptors, theirs.fileno(), str(self._folder), self._host)
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",  # The working directory holds settings, not code.
                    "-m",
                    self._module,
                    msgspec.json.encode(plan).decode(),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=[*descriptors, theirs.fileno()],
                )
            except BaseException:
                ours.close()
                raise
        return Worker(number, process, ours, self._pass_on)

    def _pass_on(self, speaker: Worker, news: bytes) -> None:
        for worker in self._running:
            if worker is not speaker:
                worker.tell(news)

    async def _attend(self, place: _Place, worker: Worker) -> None:
        status = await worker.ends()
        self._running.discard(worker)
        self._check_whether_nothing_runs()
        try:
            self._metrics.end(file_of(worker.number, worker.process.pid))
        except OSError as error:
            log.error("what %s counted is lost: %s", worker, error.strerror)
        if worker.is_leaving or self._must_stop.is_set():
            log.info("%s has ended", worker)
            return
        log.error("%s has ended unexpectedly: %s", worker, reason_of(status))
        if place.worker is worker and self._first_was_ready:
            await self._replace(place, worker)

    async def _replace(self, place: _Place, ended: Worker) -> None:
        async with place.changing:
            if place.worker is not ended:
                return
            if monotonic() - ended.started_at >= EARLY:
                place.early_ends = 0
            while True:
                place.early_ends += 1
                if place.early_ends > 1:
                    delay = min(LONGEST_DELAY, self._delay * 2.0 ** (place.early_ends - 2))
                    log.warning("worker %d is started again in %g seconds", place.number, delay)
                    await asyncio.sleep(delay)
                if new := await self._try_to_start(place):
                    place.worker = new
                    log.info("%s takes its place", new)
                    return

    async def _try_to_start(self, place: _Place) -> Worker | None:
        try:
            return await self._start(place)
        except OSError as error:
            log.error("worker %d cannot be started: %s", place.number, error.strerror)
            return None

    async def _renew_all(self) -> None:
        for place in self._places:
            async with place.changing:
                old, new = place.worker, await self._try_to_start(place)
                if new is None or not await new.comes_up():
                    log.error("worker %d could not be renewed; the other old ones keep running", place.number)
                    return
                place.worker, place.early_ends = new, 0
                if old in self._running:
                    old.is_leaving = True
                    old.send(RETIRE)
        log.info("all workers have been renewed; the old ones end after their running requests")

    async def _watch_silence(self) -> None:
        pause = min(CHECK, self._silent / 4)
        while True:
            before = monotonic()
            await asyncio.sleep(pause)
            if monotonic() - before > 2 * pause:
                continue  # This process itself did not run, and has not listened.
            for worker in self._running:
                if monotonic() - worker.heard_at > self._silent:
                    log.error("%s has given no sign of life for %g seconds and is killed", worker, self._silent)
                    worker.send(signal.SIGKILL)

    async def _stop(self) -> None:
        for listener in self._listeners:
            listener.close()
        for worker in self._running:
            worker.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(self._stop_timeout + GRACE):
                await self._all_ended()
        except TimeoutError:
            log.error("%d workers have not ended in time, and are killed", len(self._running))
            for worker in self._running:
                worker.send(signal.SIGKILL)
            await self._all_ended()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _all_ended(self) -> None:
        self._check_whether_nothing_runs()
        await self._nothing_runs.wait()

    def _check_whether_nothing_runs(self) -> None:
        if self._must_stop.is_set() and not self._running and not self._starting:
            self._nothing_runs.set()

    def _do(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A defect of this class, or no more processes may be started: better a restart from outside.
            log.critical("the supervisor failed, and stops the workers", exc_info=error)
            self._status = 1
            self._must_stop.set()

"""Commands in several processes: one process computes on one core only."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.util import Finalize
from typing import TypeVar

import click

from application.compliance.obligations.marks import Executes
from application.kernel.access import Actor
from application.kernel.messages import Command
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.settings import ConfigurationError, Settings

R = TypeVar("R")

RARELY = (50_000, 10, 10)
"""How rarely garbage is collected. Computing makes many small objects and no garbage: by default it takes a fifth of
the time to look at them.
"""


class ProcessEnded(click.ClickException):
    """One of the processes is gone, and the others have been stopped."""


@asynccontextmanager
async def carried_out_by(service: Service, processes: int) -> AsyncIterator[Executes]:
    """What carries out commands: this process, or several ones, each with a service of its own.

    Raises ConfigurationError for several processes on a database that only one can write to at a time.
    """
    if processes == 1:
        gc.freeze()
        before = gc.get_threshold()
        gc.set_threshold(*RARELY)
        try:
            yield service.bus
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()
        return
    if not service.settings.database_url.get_secret_value().startswith("postgres"):
        raise ConfigurationError("Several processes need PostgreSQL: elsewhere only one can write at a time.")
    # Not forked, since connections and threads cannot be shared.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _start, (service.settings,))
    try:
        yield _Processes(pool)
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Processes:
    """Carries out each command in one of the processes."""

    pool: ProcessPoolExecutor

    async def execute(self, command: Command[R], actor: Actor) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, _execute, command, actor)
        except BrokenProcessPool as error:
            raise ProcessEnded(
                "A process has ended unexpectedly, perhaps for lack of memory. What was computed so far is recorded; "
                "run the command again."
            ) from error


class _Process:
    """One of the processes, with its service. Nothing but the pool calls it, one command after the other."""

    runner: asyncio.Runner
    service: Service


def _start(settings: Settings) -> None:
    # The process that has started this one stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Process.runner = asyncio.Runner()
    _Process.service = bootstrap(settings)
    Finalize(None, _stop, exitpriority=10)
    gc.freeze()
    gc.set_threshold(*RARELY)


def _execute(command: Command[R], actor: Actor) -> R:
    return _Process.runner.run(_Process.service.bus.execute(command, actor))


def _stop() -> None:
    async def close() -> None:
        await _Process.service.close()

    with _Process.runner as runner:
        runner.run(close())

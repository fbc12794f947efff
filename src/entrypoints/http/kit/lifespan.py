"""What runs when the web application starts, while it runs, and when it stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from litestar import Litestar

from application.compliance.obligations.marks import work_off
from application.compliance.obligations.reactions import concern_many
from application.kernel.access import Actor
from application.kernel.answers import ForgetAnswers
from application.kernel.bus import Bus
from application.learning.sweeping import sweep
from application.reporting.commands import RefreshReports

log = logging.getLogger("unified_dental.housekeeping")

Hook = Callable[[], Awaitable[None]]

HOUR, MINUTE, QUARTER_MINUTE = 3_600.0, 60.0, 15.0


def lifespan(
    bus: Bus, on_startup: Sequence[Hook], on_shutdown: Sequence[Hook]
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Run the hooks, and the housekeeping between them."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for hook in reversed(on_shutdown):
                stack.push_async_callback(hook)
            for hook in on_startup:
                await hook()
            for work in (_forget(bus), _sweep(bus), _count(bus), _compute(bus)):
                await stack.enter_async_context(_in_background(work))
            yield

    return running


async def _forget(bus: Bus) -> None:
    while True:
        await _try(bus.execute(ForgetAnswers(), Actor.system()))
        await asyncio.sleep(HOUR)


async def _sweep(bus: Bus) -> None:
    while True:
        await _try(sweep(bus))
        await asyncio.sleep(MINUTE)


async def _count(bus: Bus) -> None:
    while True:
        # Each process tries; within the minute after a run, or during one, the others have nothing to do.
        await _try(bus.execute(RefreshReports(seconds=0.9 * MINUTE), Actor.system()))
        await asyncio.sleep(MINUTE)


async def _compute(bus: Bus) -> None:
    """What people owe is computed as soon as this process has changed it for many, and others' marks a bit later."""
    changed = asyncio.Event()
    bus.listen(lambda events: changed.set() if concern_many(events) else None)
    while True:
        changed.clear()
        await _try(work_off(bus))
        with suppress(TimeoutError):
            async with asyncio.timeout(QUARTER_MINUTE):
                await changed.wait()


async def _try(work: Awaitable[Any]) -> None:
    try:
        await work
    except Exception:
        log.exception("housekeeping failed; the service runs on")


@asynccontextmanager
async def _in_background(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

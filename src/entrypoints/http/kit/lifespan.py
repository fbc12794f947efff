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
from application.delivery.worker import Worker
from application.kernel.bus import Bus

log = logging.getLogger("unified_dental.housekeeping")

Hook = Callable[[], Awaitable[None]]

QUARTER_MINUTE = 15.0
GRACE = 10.0
"""Seconds that running deliveries and jobs have to end when the application stops."""
MARGIN = 2.0
"""Seconds more, for keeping their results."""


def lifespan(
    bus: Bus, on_startup: Sequence[Hook], on_shutdown: Sequence[Hook], worker: Worker | None = None
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Run the hooks, and between them what must be computed soon, and the worker if this process has one."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for hook in reversed(on_shutdown):
                stack.push_async_callback(hook)
            for hook in on_startup:
                await hook()
            await stack.enter_async_context(_in_background(_compute(bus)))
            if worker is not None:
                await stack.enter_async_context(_working(worker))
            yield

    return running


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


@asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.ensure_future(_try(worker.run(stop, GRACE)))
    try:
        yield
    finally:
        stop.set()
        # A silent database must not hold up the stop: what was claimed is free again when its lease has ended.
        await asyncio.wait({task}, timeout=GRACE + MARGIN)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
